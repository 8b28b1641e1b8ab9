/**
 * The Gaussian null of a projection: independent weights with its shape, mean and standard deviation (method §6). α₀
 * grows with the number of targets, so what a projection's own α₀ says is how it differs from this.
 *
 * Every source neuron of such a network is alike, so some are enough; an edge is drawn as the class its length falls
 * into, by the probability of that class.
 */
import { errorFunction } from 'simple-statistics';
import { elementReader } from '../../checkpoint/dtype';
import type { ByteSource } from '../../checkpoint/source';
import { CODES, type Kernel } from '../../multifractal/kernel/kernel';
import { momentSteps } from '../../multifractal/momentSteps';
import { missingSpectrum, multifractalSpectrum, type Spectrum } from '../../multifractal/spectrum';
import { TRANSFER } from '../../multifractal/transfer';
import { Mt19937 } from '../../sampling/mt19937';
import type { PlannedProjection } from '../plan';
import { rowBytes } from './countPart';
import { partitionOf } from './merge';
import { edgesOf } from './projectionSums';
import type { CodePass, EdgeLengths } from './tables';

/** Drawn sources: as many as these edges allow, within bounds. */
const DRAWN_EDGES = 131_072;
const FEWEST_SOURCES = 16;
const MOST_SOURCES = 512;
/** Rows, evenly spaced, that mean and deviation are taken from. */
const MOMENT_ROWS = 32;
const SEED = 20_240_214;

export type NullSpectrum = Pick<Spectrum, 'alpha0' | 'alpha0Exact' | 'width'>;

/** @returns null where the null network has no spectrum either, or no finite weights. */
export function gaussianNull(
  kernel: Kernel,
  passes: readonly CodePass[],
  projection: PlannedProjection,
  lengths: EdgeLengths,
  q: readonly number[],
  open: (file: string) => ByteSource,
): NullSpectrum | null {
  const { mean, deviation } = moments(projection, open);
  if (!(deviation > 0)) return null;
  const { codes } = passes.find((pass) => pass.codes.spectrum)!;
  const run = codes.spectrum!;
  const bins = codes.radius[run.last]!;
  const perSource = Math.round(edgesOf(projection) / projection.sources);
  const wanted = Math.min(MOST_SOURCES, Math.max(FEWEST_SOURCES, Math.floor(DRAWN_EDGES / perSource)));
  const sources = Math.min(wanted, projection.sources);
  const draw = classDrawer(radiusProbabilities(lengths, bins, mean, deviation));
  /** Any code of the radius will do; what is no edge has the code nobody reads. */
  const codeOfRadius = new Uint8Array(bins + 1).fill(codes.beyond);
  for (let code = run.first; code <= run.last; code++) codeOfRadius[codes.radius[code]!] = code;

  kernel.begin(sources, perSource + 1, 0);
  const { counts } = kernel;
  const uniforms = uniformNumbers(sources * perSource);
  for (let source = 0, i = 0; source < sources; source++) {
    for (let edge = 0; edge < perSource; edge++, i++) {
      counts[source * CODES + codeOfRadius[draw(uniforms[i]!)]!]!++;
    }
  }
  const sums = kernel.fold(sources, codes, run, bins, momentSteps(q));
  const partition = partitionOf({ ...sums, sources, edgesKept: 0 });
  if (missingSpectrum(partition)) return null;
  const { alpha0, alpha0Exact, width } = multifractalSpectrum(partition, q);
  return { alpha0, alpha0Exact, width };
}

let uniforms = new Uint32Array();

/** The first numbers of the one seeded sequence that every null is drawn from. */
function uniformNumbers(count: number): Uint32Array {
  if (uniforms.length < count) {
    const generator = new Mt19937(SEED);
    uniforms = Uint32Array.from({ length: count }, () => generator.uint32());
  }
  return uniforms;
}

function moments(
  projection: PlannedProjection,
  open: (file: string) => ByteSource,
): { mean: number; deviation: number } {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (const part of projection.parts) {
    const width = part.columns * part.kernel;
    const bytes = new Uint8Array(rowBytes(part));
    const element = elementReader(part.dtype, bytes);
    const rows = Math.min(MOMENT_ROWS, part.rows);
    for (let i = 0; i < rows; i++) {
      const row = Math.floor((i * part.rows) / rows);
      open(part.file).read(part.offset + row * bytes.length, bytes);
      for (let column = 0; column < width; column++) {
        const weight = element(column);
        if (!Number.isFinite(weight)) continue;
        count++;
        sum += weight;
        squares += weight * weight;
      }
    }
  }
  const mean = sum / count;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)) };
}

/** P(an edge has radius r) for r = 1 … bins; at 0 the probability that it is none. */
function radiusProbabilities(
  { transfer, threshold, scale }: EdgeLengths,
  bins: number,
  mean: number,
  deviation: number,
): Float64Array {
  /** P(|w| > magnitude). */
  const longer = (magnitude: number): number =>
    1 - (normalCdf((magnitude - mean) / deviation) - normalCdf((-magnitude - mean) / deviation));
  /** The magnitude whose edge has this length. */
  const magnitudeAt = (d: number): number => inverse((magnitude) => scale * TRANSFER[transfer](magnitude), d);
  const probabilities = new Float64Array(bins + 1);
  let within = longer(magnitudeAt(1)); // shorter than the class in hand
  for (let radius = 1; radius <= bins; radius++) {
    const until = longer(magnitudeAt(Math.min(radius + 0.5, threshold)));
    probabilities[radius] = Math.max(0, until - within);
    within = until;
  }
  probabilities[0] = Math.max(0, 1 - probabilities.reduce((sum, p) => sum + p, 0));
  return probabilities;
}

/** Bisection of a falling function over the magnitudes that weights have. */
function inverse(falling: (magnitude: number) => number, value: number): number {
  let low = 2 ** -150;
  let high = 2 ** 130;
  for (let i = 0; i < 100; i++) {
    const middle = Math.sqrt(low * high);
    if (falling(middle) > value) low = middle;
    else high = middle;
  }
  return high;
}

function normalCdf(x: number): number {
  return (1 + errorFunction(x / Math.SQRT2)) / 2;
}

/** Maps a uniform 32-bit number to a class by its probability. */
function classDrawer(probabilities: Float64Array): (uniform: number) => number {
  const upTo = new Float64Array(probabilities.length);
  let sum = 0;
  for (const [i, probability] of probabilities.entries()) upTo[i] = (sum += probability) * 2 ** 32;
  upTo[upTo.length - 1] = 2 ** 32;
  // Where to begin looking, by the upper 12 bits.
  const guide = Uint16Array.from({ length: 4096 }, (_, i) => upTo.findIndex((bound) => bound > i * 2 ** 20));
  return (uniform) => {
    let found = guide[uniform >>> 20]!;
    while (upTo[found]! <= uniform) found++;
    return found;
  };
}
