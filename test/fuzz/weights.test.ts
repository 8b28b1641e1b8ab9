/** Any bytes as weights: whole analyses of tiny models, sampled and full, with any settings that are accepted. */
import { afterAll, expect, vi } from 'vitest';
import { makeSettings, type SettingsInput } from '../../src/core/analysis/settings';
import { readResults, writeResults } from '../../src/core/store/resultsFile';
import {
  SCALES,
  analysisSchema,
  FILTERS,
  TRANSFERS,
  type Analysis,
  type AnalysisSettings,
} from '../../src/protocol/analysis';
import { analyzeHere } from '../unit/support/analyze';
import { PathEngine } from '../unit/support/engine';
import { expectRefusal, expectSound } from './support/expectations';
import { Folder } from './support/folder';
import type { Random } from './support/random';
import { fuzz, type Outcome } from './support/target';
import { BITS, count, tensorFile, type MadeTensor } from './support/tensorFiles';

vi.mock('../../src/worker/thread', () => import('./support/inThread'));

const folder = new Folder();
const path = folder.at('step1/model.safetensors');
const engine = new PathEngine({ directory: folder.path, threads: 1 });
afterAll(() => engine.dispose());

interface Input {
  file: Uint8Array;
  /** Compared with the plain walk, which takes as long as all the rest. */
  compared: boolean;
  settings: Partial<SettingsInput>;
}

function make(random: Random): Input {
  const width = random.pick([4, 12, 12]);
  const dtypes = random.chance(0.8)
    ? [random.pick(['F16', 'BF16', 'F32', 'F64'])]
    : ['F16', 'BF16', 'F32', 'F64'];
  const filling = random.chance(0.6) ? random.pick(FILLINGS) : null;
  const tensors = random.list(1, random.chance(0.1) ? 3 : 1, (block) => {
    const prefix = `gpt_neox.layers.${block}.`;
    const shapes: Readonly<Record<string, readonly number[]>> = {
      'attention.query_key_value.weight': [3 * width, width],
      'attention.dense.weight': [width, width],
      'mlp.dense_h_to_4h.weight': [2 * width, width],
      'mlp.dense_4h_to_h.weight': [width, 2 * width],
    };
    return Object.entries(shapes).map(([name, shape]): MadeTensor => {
      const dtype = random.pick(dtypes);
      const fill = filling ?? random.pick(FILLINGS);
      return { name: prefix + name, dtype, shape, bytes: fill(random, dtype, count(shape)) };
    });
  });
  return {
    file: tensorFile(random, tensors.flat()),
    compared: random.chance(0.25),
    settings: anySettings(random),
  };
}

type Filling = (random: Random, dtype: string, count: number) => Uint8Array;

const numbers =
  (value: (random: Random) => number): Filling =>
  (random, dtype, length) =>
    stored(
      dtype,
      Float64Array.from({ length }, () => value(random)),
    );

/** Edge lengths of some units, as weights have. */
const usual = (random: Random): number => (random.chance(0.5) ? -1 : 1) * 2 ** -(8 * random.fraction());
const SPECIAL = [
  0,
  -0,
  NaN,
  Infinity,
  -Infinity,
  1,
  -1,
  5e-324,
  1e-310,
  2 ** -149,
  2 ** -24,
  1e-40,
  65504,
  3e38,
  1e308,
];

const FILLINGS: readonly Filling[] = [
  (random, dtype, length) => random.bytes((length * BITS[dtype]!) / 8),
  numbers(usual),
  numbers(usual),
  numbers(usual),
  numbers((random) => (random.chance(0.1) ? random.pick(SPECIAL) : usual(random))),
  numbers((random) => random.pick(SPECIAL)),
  numbers((random) => (random.chance(0.9) ? 0 : usual(random))),
  numbers((random) => usual(random) * 2 ** random.between(-1074, 1000)),
  // All of one magnitude, which no edge length may fit.
  (random, dtype, length) => {
    const scale = 2 ** random.between(-1074, 1000);
    return numbers((each) => usual(each) * scale)(random, dtype, length);
  },
  (random, dtype, length) => {
    const value = random.pick([...SPECIAL, 1 / 3, 0.01, 1 / 150]);
    return stored(dtype, new Float64Array(length).fill(value));
  },
];

/** Little-endian; 16-bit types keep the upper bits. */
function stored(dtype: string, values: Float64Array): Uint8Array {
  if (dtype === 'F64') return new Uint8Array(values.buffer);
  const single = Float32Array.from(values);
  if (dtype === 'F32') return new Uint8Array(single.buffer);
  const bits = new Uint32Array(single.buffer);
  const half = Uint16Array.from(bits, (word) => {
    if (dtype === 'BF16') return word >>> 16;
    const exponent = ((word >>> 23) & 0xff) - 112;
    const sign = (word >>> 16) & 0x8000;
    if (exponent >= 31) return sign | 0x7c00 | ((word >>> 13) & 0x3ff);
    return sign | (exponent > 0 ? (exponent << 10) | ((word >>> 13) & 0x3ff) : (word >>> 20) & 0x3ff);
  });
  return new Uint8Array(half.buffer);
}

function anySettings(random: Random): Partial<SettingsInput> {
  const usually = random.chance(0.7);
  const qStep = random.pick([0.5, 1, 0.1]);
  return {
    mode: random.chance(0.2) ? 'full' : 'sampled',
    scaleFree: random.chance(0.3) && random.pick(SCALES),
    samples: random.chance(0.2) ? 2 : 1,
    neurons: random.pick([32, 32, 12, 1, 1000]),
    seed: random.pick([0, 1, 12345, 2 ** 32 - 2]),
    threshold: usually ? 150 : random.pick([1.000001, 1.5, 2, 20, 150, 200, 250, 255, 1000]),
    transfer: usually ? 'inv' : random.pick(TRANSFERS),
    filter: random.pick(FILTERS),
    qMin: random.pick([-3, -1, -50, 0].filter((least) => (least * 1000) % (qStep * 1000) === 0)),
    qMax: random.pick([3, 1, 50, 20]),
    qStep: random.chance(0.9) ? qStep : 25,
  };
}

async function check({ file, compared, settings: input }: Input): Promise<Outcome> {
  folder.fill({ 'step1/model.safetensors': file });
  let settings: AnalysisSettings;
  try {
    settings = makeSettings(input);
  } catch (error) {
    return expectRefusal(error, '');
  }
  let analysis: Analysis;
  try {
    analysis = await engine.analyze(path, settings);
  } catch (error) {
    return expectRefusal(error, path);
  }
  expectWhole(analysis);
  if (compared && settings.mode === 'sampled') expectSame(analysis, settings);
  return analysis.result.summary.samplesKept > 0 ? 'taken' : 'refused';
}

/** Finite, and fit for the store, the panels and files of results. */
function expectWhole({ result, arrays }: Analysis): void {
  expectSound(analysisSchema, result);
  const json = JSON.stringify(result);
  expect(JSON.stringify(JSON.parse(json))).toBe(json);
  for (const [i, { outcome, reason, tau, radii }] of result.samples.entries()) {
    expect(outcome === 'kept').toBe(reason === null);
    expect(arrays[i]!.lnZ.length).toBe(tau.length * radii.length);
    expect(arrays[i]!.lnZ.every(Number.isFinite)).toBe(true);
    expect(arrays[i]!.nfd.every((value) => Number.isNaN(value) || Number.isFinite(value))).toBe(true);
  }
  const { samplesKept, reason, alpha0 } = result.summary;
  expect(samplesKept > 0).toBe(reason === null);
  expect(alpha0.mean === null).toBe(samplesKept === 0);
  const run = { name: 'run', path: folder.path, orderedBy: 'step' as const };
  const checkpoints = [{ name: 'step1', step: 1, result }];
  expect(readResults(writeResults({ run, checkpoints, initial: null }), path).checkpoints).toHaveLength(1);
}

/** What the kernel counts from packed weights, a plain walk over every weight finds as well. */
function expectSame({ result }: Analysis, settings: AnalysisSettings): void {
  const plain = analyzeHere(path, settings);
  for (const [i, sample] of plain.samples.entries()) {
    const other = result.samples[i]!;
    const exact = ({ outcome, nodes, nodesDropped, edgesKept, nonFinite, radii }: typeof sample): unknown => [
      ...[outcome, nodes, nodesDropped, edgesKept, nonFinite],
      ...radii,
    ];
    expect(exact(other)).toEqual(exact(sample));
    for (const key of ['alpha0', 'alpha0Exact', 'width'] as const) expectNear(other[key], sample[key], key);
  }
}

function expectNear(value: number | null, expected: number | null, what: string): void {
  if (value === expected) return;
  const off =
    value === null || expected === null
      ? Infinity
      : Math.abs(value - expected) / Math.max(1, Math.abs(expected));
  if (!(off < 1e-6)) expect.fail(`${what} is ${value} and ${expected}`);
}

fuzz({ name: 'weights', make, check });
