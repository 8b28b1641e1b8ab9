/**
 * How far the full network's numbers vary across layers: whole blocks (outside blocks: projections of one role) are
 * drawn with replacement, R is taken anew, and the spectrum follows from the drawn sums. Variation across layers, not
 * sampling error: the full network has none.
 */
import { missingSpectrum, multifractalSpectrum } from '../../multifractal/spectrum';
import { Mt19937 } from '../../sampling/mt19937';
import { BOOTSTRAP_SEED } from '../../stats/bootstrap';
import { partitionOf, weightedTotals, type Unit } from './merge';

/** With fewer units, resampling says next to nothing. */
export const MIN_UNITS = 5;

export interface BootstrapValues {
  alpha0: number[];
  alpha0Exact: number[];
  width: number[];
}

/** Why no interval can be given, or null. */
export function missingBootstrap(units: readonly Unit[]): string | null {
  if (units.length >= MIN_UNITS) return null;
  const kind = units.every(({ kind }) => kind === 'block') ? 'blocks' : 'projections';
  return `${units.length} ${kind} are too few to resample (at least ${MIN_UNITS})`;
}

/**
 * The drawn statistics; draws without a spectrum are NaN. Networks with equally many units of the same kinds draw the
 * same ones, so that values at two steps are paired.
 *
 * @param draws which of the draws, so that workers can share them.
 * @param checkpoint called before every draw; throws to stop.
 */
export function bootstrapUnits(
  units: readonly Unit[],
  q: readonly number[],
  draws: { from: number; to: number },
  checkpoint: () => void,
): BootstrapValues {
  const generator = new Mt19937(BOOTSTRAP_SEED);
  const kinds = new Map<string, Unit[]>();
  for (const unit of units) kinds.set(unit.kind, [...(kinds.get(unit.kind) ?? []), unit]);
  const values: BootstrapValues = { alpha0: [], alpha0Exact: [], width: [] };
  for (let draw = 0; draw < draws.to; draw++) {
    checkpoint();
    const drawn = [...kinds.values()].map((members) => {
      const times = new Uint32Array(members.length);
      // As many draws as members; which member a draw is for does not matter.
      members.forEach(() => times[generator.interval(members.length - 1)]!++);
      return { members, times };
    });
    if (draw < draws.from) continue;
    const totals = weightedTotals(
      drawn.flatMap(({ members, times }) => members.map(({ totals }, i) => ({ totals, times: times[i]! }))),
    );
    const sums = partitionOf(totals);
    const spectrum = missingSpectrum(sums) ? null : multifractalSpectrum(sums, q);
    values.alpha0.push(spectrum?.alpha0 ?? NaN);
    values.alpha0Exact.push(spectrum?.alpha0Exact ?? NaN);
    values.width.push(spectrum?.width ?? NaN);
  }
  return values;
}
