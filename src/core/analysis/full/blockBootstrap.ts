/**
 * How much the full network's numbers vary across layers: whole blocks (outside blocks: projections of one role) are
 * drawn with replacement, R is determined anew, and the spectrum follows from the drawn sums. This is variation across
 * layers, not sampling error: the full network has none.
 */
import type { AnalysisSettings } from '../../../protocol/analysis';
import type { Fact } from '../../../protocol/facts';
import { SUMS_AT_ONCE, type Kernel } from '../../multifractal/kernel/kernel';
import { spectrumFiguresIfAny } from '../../multifractal/spectrum';
import { Mt19937 } from '../../sampling/mt19937';
import { BOOTSTRAP_SEED } from '../../stats/bootstrap';
import { packTotals, partitionOf, unpackTotals } from '../../counting/totals';
import type { Unit } from './merge';

/** With fewer units, resampling says almost nothing. */
export const MIN_UNITS = 5;

/** The sums that spectra are made from. */
export type Moments = Pick<AnalysisSettings, 'q' | 'radii'>;

export interface BootstrapValues {
  alpha0: number[];
  alpha0Exact: number[];
  width: number[];
}

/** Why no interval can be given; null where one can. */
export function missingBootstrap(units: readonly Unit[]): Fact | null {
  if (units.length >= MIN_UNITS) return null;
  const unit = units.every(({ kind }) => kind === 'block') ? 'block' : 'projection';
  return { code: 'too-few-units', unit, units: units.length, least: MIN_UNITS };
}

/** The units of a network in a form that threads share. */
export interface PackedUnits {
  /** The number of units of each kind; units of one kind are adjacent. */
  kinds: number[];
  names: (number | string)[];
  bins: number;
  /** Their totals in shared memory, float64 [units, …], see `packTotals`. */
  totals: SharedArrayBuffer;
}

/** @param units at least one */
export function packUnits(units: readonly Unit[]): PackedUnits {
  const kinds = new Map<string, Unit[]>();
  for (const unit of units) {
    const same = kinds.get(unit.kind);
    if (same) same.push(unit);
    else kinds.set(unit.kind, [unit]);
  }
  const ordered = [...kinds.values()].flat();
  const packed = ordered.map(({ totals }) => packTotals(totals));
  const { length } = packed[0]!;
  const totals = new SharedArrayBuffer(8 * length * packed.length);
  for (const [i, each] of packed.entries()) new Float64Array(totals, 8 * length * i, length).set(each);
  return {
    kinds: [...kinds.values()].map((members) => members.length),
    names: ordered.map(({ name }) => name),
    bins: units[0]!.totals.bins,
    totals,
  };
}

/**
 * The statistics of the draws; NaN for draws without a spectrum. Networks with equally many units of the same kinds use
 * the same draws, so that values at two steps are paired.
 *
 * @param draws which of the draws, so that workers can share them.
 * @param checkCancelled called repeatedly; throws to stop.
 */
export function bootstrapUnits(
  kernel: Kernel,
  packed: PackedUnits,
  moments: Moments,
  draws: { from: number; to: number },
  checkCancelled: () => void,
): BootstrapValues {
  const { kinds, names } = packed;
  const generator = new Mt19937(BOOTSTRAP_SEED);
  for (let draw = 0; draw < draws.from; draw++) drawTimes(kinds, generator, new Float64Array(names.length));
  const next = (times: Float64Array): void => {
    drawTimes(kinds, generator, times);
  };
  return weightedFigures(kernel, packed, moments, draws.to - draws.from, next, checkCancelled);
}

/** The statistics without each unit in turn, in the order of `names`. */
export function leaveOneOut(
  kernel: Kernel,
  packed: PackedUnits,
  moments: Moments,
  checkCancelled: () => void,
): BootstrapValues {
  const units = packed.names.length;
  const next = (times: Float64Array, left: number): void => {
    times.fill(1);
    times[left] = 0;
  };
  return weightedFigures(kernel, packed, moments, units, next, checkCancelled);
}

/**
 * The statistics of `count` weighted sums of the units. @param weigh adds the weights of one sum to an array of zeros.
 */
function weightedFigures(
  kernel: Kernel,
  { names, bins, totals }: PackedUnits,
  moments: Moments,
  count: number,
  weigh: (weights: Float64Array, index: number) => void,
  checkCancelled: () => void,
): BootstrapValues {
  const { q, radii } = moments;
  const units = names.length;
  const terms = new Float64Array(totals);
  const length = terms.length / units;
  kernel.keepTerms(terms, length);
  const values: BootstrapValues = { alpha0: [], alpha0Exact: [], width: [] };
  for (let first = 0; first < count; first += SUMS_AT_ONCE) {
    checkCancelled();
    const rows = Math.min(SUMS_AT_ONCE, count - first);
    const weights = new Float64Array(SUMS_AT_ONCE * units);
    for (let row = 0; row < rows; row++) weigh(weights.subarray(row * units, (row + 1) * units), first + row);
    const summed = kernel.weightedSums(weights);
    for (let row = 0; row < rows; row++) {
      const sums = partitionOf(
        unpackTotals(summed.subarray(row * length, (row + 1) * length), bins, q.length),
        radii,
      );
      const figures = spectrumFiguresIfAny(kernel, sums, q);
      values.alpha0.push(figures?.alpha0 ?? NaN);
      values.alpha0Exact.push(figures?.alpha0Exact ?? NaN);
      values.width.push(figures?.width ?? NaN);
    }
  }
  return values;
}

/** Adds to `times` how often each unit is drawn: each kind has as many draws as members. */
function drawTimes(kinds: readonly number[], generator: Mt19937, times: Float64Array): void {
  let first = 0;
  for (const members of kinds) {
    for (let i = 0; i < members; i++) times[first + generator.interval(members - 1)]!++;
    first += members;
  }
}
