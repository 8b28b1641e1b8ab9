/**
 * The null models of one projection of a full network, over all its weights; they are drawn from counts and moments.
 */
import { NULL_KINDS, type NullKind, type NullSettings, type ProjectionNulls } from '../../../protocol/nulls';
import type { RadiiRule } from '../../../protocol/analysis';
import type { RowRange } from '../../counting/chunks';
import type { CodePass, EdgeLengths } from '../../counting/passes';
import { partitionOf } from '../../counting/totals';
import type { GridSums, Kernel } from '../../multifractal/kernel/kernel';
import { drawTables, shuffleTables } from '../../multifractal/kernel/nullDraws';
import { momentSteps } from '../../multifractal/momentSteps';
import type { RadiusCodes } from '../../multifractal/radiusCodes';
import { lengthScale } from '../../multifractal/transfer';
import type { SpectrumFigures } from '../../multifractal/spectrum';
import { aliasTable } from '../../stats/alias';
import { drawingKey } from '../../weights/drawn';
import { joinMoments, NO_MOMENTS, type Moments } from '../../stats/moments';
import type { Random32 } from '../../stats/random32';
import { inputMoments } from '../moments';
import type { PlannedPart, PlannedProjection } from '../plan';
import { firstDraw, nullSample } from './figures';
import { deckOf, gaussianChances, gaussianMedian, streamOf, type GaussianWeights } from './nullTensor';
import { projectionNulls } from './summarizeNulls';

/**
 * Moments of single rows, three numbers each. They are joined in the order of the rows, whichever worker found them.
 */
export interface PartRows extends RowRange {
  part: number;
  moments: Float64Array;
}

/** The counts and moments of parts of a projection, whichever worker counted them. */
export interface Gathered {
  rows: PartRows[];
  /** Edges by code for every part; edges outside the spectrum are counted together. */
  pools: Uint32Array[];
}

/** Gathers what null models need from the weights and counts of a projection. */
export class NullGathering {
  readonly gathered: Gathered;
  #before = new Uint32Array();

  constructor(
    private readonly kernel: Kernel,
    private readonly projection: PlannedProjection,
  ) {
    this.gathered = { rows: [], pools: projection.parts.map(() => new Uint32Array()) };
  }

  /** Called with rows of a part that are in the kernel's input. */
  readonly onInput = (part: PlannedPart, { from, to }: RowRange, bytes: Uint8Array): void => {
    const moments = inputMoments(this.kernel, part.dtype, bytes, to - from, part.columns * part.taps);
    this.gathered.rows.push({ part: this.projection.parts.indexOf(part), from, to, moments });
  };

  /** Called when a part, or some of its rows, have been counted in addition to those before. */
  readonly onPart = (part: number, codes: RadiusCodes): void => {
    const { counts } = this.kernel;
    const { size } = codes;
    const pool = new Uint32Array(size);
    const run = codes.spectrum!;
    const end = this.projection.sources * size;
    for (let row = 0; row < end; row += size) {
      for (let code = 0; code < size; code++) pool[code] = pool[code]! + counts[row + code]!;
    }
    const before = this.#before.length === size ? this.#before : new Uint32Array(size);
    const { pools } = this.gathered;
    if (pools[part]!.length === 0) pools[part] = new Uint32Array(size);
    for (let code = 0; code < size; code++) {
      const into = code >= run.first && code <= run.last ? code : codes.beyond;
      pools[part]![into] = pools[part]![into]! + pool[code]! - before[code]!;
    }
    this.#before = pool;
  };
}

/** Joins what several workers have gathered of one projection. */
export function joinGathered(all: readonly Gathered[]): Gathered {
  const pools = all[0]!.pools.map((_, part) => {
    const own = all.map((each) => each.pools[part]!).filter(({ length }) => length > 0);
    const sum = new Uint32Array(own[0]?.length ?? 0);
    for (const pool of own) for (const [code, edges] of pool.entries()) sum[code] = sum[code]! + edges;
    return sum;
  });
  return { rows: all.flatMap(({ rows }) => rows), pools };
}

/** A tensor of a full network: all its sources have equally many edges. */
interface FullTensor {
  key: readonly [number, number];
  pool: Uint32Array;
  edges: number;
  mean: number;
  deviation: number;
}

/** The moments of each tensor: those of its parts together. */
export function tensorMoments(
  { parts }: PlannedProjection,
  moments: readonly Moments[],
): Map<number, Moments> {
  const tensors = new Map<number, Moments>();
  for (const [i, part] of parts.entries()) {
    const place = part.tensor ?? i;
    tensors.set(place, joinMoments(tensors.get(place) ?? NO_MOMENTS, moments[i]!));
  }
  return tensors;
}

const deviationOf = ({ count, squares }: Moments): number => (count === 0 ? 0 : Math.sqrt(squares / count));

/** Gaussian weights in place of those of a projection. @param moments those of each part */
export function gaussianOf(projection: PlannedProjection, moments: readonly Moments[]): GaussianWeights[] {
  return [...tensorMoments(projection, moments).values()].map((each) => ({
    edges: each.count,
    mean: each.mean,
    deviation: deviationOf(each),
  }));
}

function tensorsOf(projection: PlannedProjection, { rows, pools }: Gathered): FullTensor[] {
  const { name, parts, sources } = projection;
  const moments = parts.map((): Moments => NO_MOMENTS);
  const ordered = [...rows].sort((a, b) => a.part - b.part || a.from - b.from);
  for (const { part, moments: each } of ordered) {
    for (let i = 0; i < each.length; i += 3) {
      const [count, mean, squares] = [each[i]!, each[i + 1]!, each[i + 2]!];
      moments[part] = joinMoments(moments[part]!, { count, mean, squares });
    }
  }
  return [...tensorMoments(projection, moments)].map(([place, each]) => {
    const own = pools.filter((_, i) => (parts[i]!.tensor ?? i) === place);
    const pool = own[0]!.map((_, code) => own.reduce((sum, edges) => sum + edges[code]!, 0));
    return {
      key: drawingKey(name, place),
      pool,
      edges: pool.reduce((sum, edges) => sum + edges, 0) / sources,
      mean: each.mean,
      deviation: deviationOf(each),
    };
  });
}

/** A projection's contribution to the draws of the whole network, with all moments. */
export type NullSums = Record<NullKind, Omit<GridSums, 'degrees'>[]>;

/** With at least this many edges per source, counts are drawn instead of edges. */
const WIDE = 512;
/** A full network is a single sample. */
const SEED = 0;

export function drawNulls(
  kernel: Kernel,
  pass: CodePass,
  projection: PlannedProjection,
  gathered: Gathered,
  {
    q,
    radii,
    lengths,
    gaussianScale,
    nulls,
  }: {
    q: readonly number[];
    radii: RadiiRule;
    lengths: EdgeLengths;
    /** The scale for lengths of Gaussian weights; null where they are relative to this projection's own median. */
    gaussianScale: number | null;
    nulls: NullSettings;
  },
  checkCancelled: () => void,
): { sums: NullSums; nulls: ProjectionNulls } {
  const { codes } = pass;
  const { sources } = projection;
  const bins = codes.radius[codes.spectrum!.last]!;
  const tensors = tensorsOf(projection, gathered);
  const largest = tensors.reduce((sum, { edges }) => sum + edges, 1);
  const scale =
    gaussianScale ??
    lengthScale(
      gaussianMedian(
        tensors.map((each) => ({ ...each, edges: each.edges * sources })),
        lengths.transfer,
      ),
    );
  const counters = tensors.map((tensor) => countersOf(tensor, pass, sources, { ...lengths, scale }));
  const alone = tensors.length === 1;
  const draw = (kind: NullKind, index: number): void => {
    // Counts of several tensors add up: each is drawn into separate counters, then added to those before it.
    kernel.begin(alone ? sources : 2 * sources, largest, 0, codes.size);
    const first = alone ? 0 : sources;
    for (const [i, tensor] of tensors.entries()) {
      counters[i]![kind](kernel, first, streamOf(tensor, kind, SEED, index));
      if (!alone) addRows(kernel.counts, sources * codes.size);
      checkCancelled();
    }
  };
  const of = (kind: NullKind): { sums: NullSums[NullKind]; figures: NullFigureList } => {
    const figures: NullFigureList = [];
    const sums = Array.from({ length: nulls.draws }, (_, index) => {
      draw(kind, index);
      const { degrees: _degrees, ...grid } = kernel.fold(
        sources,
        codes,
        codes.spectrum!,
        bins,
        momentSteps(q),
      );
      figures.push(firstDraw(partitionOf({ ...grid, sources, edgesKept: 0 }, radii), q)?.figures ?? null);
      checkCancelled();
      return grid;
    });
    return { sums, figures };
  };
  const [shuffled, gaussian] = NULL_KINDS.map(of) as [ReturnType<typeof of>, ReturnType<typeof of>];
  return {
    sums: { shuffled: shuffled.sums, gaussian: gaussian.sums },
    nulls: projectionNulls({
      shuffled: nullSample(shuffled.figures, null).draws,
      gaussian: nullSample(gaussian.figures, null).draws,
    }),
  };
}

type NullFigureList = (SpectrumFigures | null)[];

/** Adds the second half of the counters to the first, and clears it. */
function addRows(counts: Uint32Array, half: number): void {
  for (let at = 0; at < half; at++) counts[at] = counts[at]! + counts[half + at]!;
  counts.fill(0, half);
}

/** Returns a function that counts a tensor's edges, with its tables made once. */
function countersOf(
  tensor: FullTensor,
  pass: CodePass,
  sources: number,
  lengths: EdgeLengths,
): Record<NullKind, (kernel: Kernel, first: number, random: Random32) => void> {
  const { edges, pool } = tensor;
  const chances = gaussianChances(tensor, pass, lengths);
  if (edges >= WIDE) {
    const [shuffled, drawn] = [shuffleTables(pool, sources), drawTables(chances, edges)];
    return {
      shuffled: (kernel, first, random) => {
        kernel.countShuffledWide(pool, shuffled, sources, first, random);
      },
      gaussian: (kernel, first, random) => {
        kernel.countDrawnWide(drawn, edges, sources, first, random);
      },
    };
  }
  const [deck, table] = [deckOf(pool), aliasTable(chances)];
  const slots = new Uint32Array(sources).fill(edges);
  return {
    shuffled: (kernel, first, random) => {
      kernel.countShuffled(deck, slots, first, random);
    },
    gaussian: (kernel, first, random) => {
      kernel.countDrawn(table, slots, first, random);
    },
  };
}
