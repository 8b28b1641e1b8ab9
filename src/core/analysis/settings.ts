/** The settings of an analysis: the paper's preset, and the bounds within which each may be changed. */
import {
  DRAWS,
  FILTERS,
  TRANSFERS,
  MODES,
  SCALES,
  type AnalysisSettings,
  type Draws,
  type Mode,
  type SampleFilter,
  type ScaleFree,
  type Transfer,
} from '../../protocol/analysis';
import { MAX_THRESHOLD } from '../multifractal/radiusCodes';
import { NeuroMfaError } from '../../protocol/errors';

/** The settings that users choose. The moment orders q are given by their range and step. */
export interface SettingsInput {
  mode: Mode;
  /** `true` means `network`. */
  scaleFree: ScaleFree | true;
  /** Number of draws of each null model; null for none. */
  nullDraws: number | null;
  samples: number;
  neurons: number;
  draws: Draws;
  seed: number;
  threshold: number;
  transfer: Transfer;
  filter: SampleFilter;
  qMin: number;
  qMax: number;
  qStep: number;
}

/** The settings of Xiao et al., ICLR 2025. */
export const PAPER_PRESET: Readonly<SettingsInput> = {
  mode: 'sampled',
  scaleFree: false,
  nullDraws: null,
  samples: 10,
  neurons: 32,
  draws: 'scattered',
  seed: 0,
  threshold: 150,
  transfer: 'inv',
  filter: 0,
  qMin: -3,
  qMax: 3,
  qStep: 0.1,
};

/** Default number of draws of each null model: each draw of a full network costs a whole analysis. */
export const NULL_DRAWS: Readonly<Record<Mode, number>> = { sampled: 20, full: 5 };

/** With fewer draws the standard deviation is too uncertain to judge layers and intervals by. */
const MIN_NULL_DRAWS = 5;

/** Each sample is a job with a result of its own. */
export const MAX_SAMPLES = 1_000;
/** Far above any layer's width; a narrower layer is taken whole. */
export const MAX_NEURONS = 1_000_000;
/** Far more than any share of extreme draws needs. */
export const MAX_NULL_DRAWS = 1_000;
/** Seeds are 32-bit integers, those of the last sample included. */
const MAX_SEED = 2 ** 32 - 1;
/** μ^-q stays within float64 up to a million edges per neuron. */
export const MAX_ORDER = 50;
/** Every order takes a column of the partition function. */
export const MAX_ORDERS = 1_001;
/** Finer steps than 10^-6 add nothing: the orders are built from integers on this scale. */
const MAX_DECIMALS = 6;

/**
 * Settings for the whole network, with the paper's values where `input` gives none (for a part see `makeSubset`).
 * @throws NeuroMfaError `usage`; its subject is the key of {@link SettingsInput} concerned.
 */
export function makeSettings(input: Partial<SettingsInput> = {}): AnalysisSettings {
  const { qMin, qMax, qStep, ...chosen } = { ...PAPER_PRESET, ...input };
  const { mode, samples, neurons, draws, seed, threshold, transfer, filter, nullDraws } = chosen;
  const scaleFree = chosen.scaleFree === true ? 'network' : chosen.scaleFree;
  if (!MODES.includes(mode))
    throw usage('mode', `"${mode}" is not a mode`, `Choose one of ${MODES.join(', ')}`);
  checkWhole('samples', samples, 1, MAX_SAMPLES);
  checkWhole('neurons', neurons, 1, MAX_NEURONS);
  if (!DRAWS.includes(draws))
    throw usage('draws', `"${draws}" is no way to draw neurons`, `Choose one of ${DRAWS.join(', ')}`);
  checkWhole('seed', seed, 0, MAX_SEED - (samples - 1));
  if (!(threshold > 1) || !Number.isFinite(threshold)) {
    throw usage(
      'threshold',
      `${threshold} is not a length above 1`,
      'Edges with 1 < d ≤ threshold are kept; the paper has 150',
    );
  }
  if (threshold > MAX_THRESHOLD) {
    throw usage('threshold', `${threshold} is above ${MAX_THRESHOLD}`, 'Lower it; the paper has 150');
  }
  if (!TRANSFERS.includes(transfer)) {
    throw usage(
      'transfer',
      `"${transfer}" is not a transfer function`,
      `Choose one of ${TRANSFERS.join(', ')}`,
    );
  }
  if (!FILTERS.includes(filter)) {
    throw usage('filter', `${filter} is not a filter`, `Choose one of ${FILTERS.join(', ')}`);
  }
  if (scaleFree !== false && !SCALES.includes(scaleFree)) {
    throw usage('scaleFree', `"${scaleFree}" is no such scale`, `Choose one of ${SCALES.join(', ')}`);
  }
  if (nullDraws !== null) checkWhole('nullDraws', nullDraws, MIN_NULL_DRAWS, MAX_NULL_DRAWS);
  const q = momentOrders(qMin, qMax, qStep);
  // In the order of the result's schema, so that a stored result reads like one just computed.
  const radii = { rule: 'observed' as const };
  const nulls = nullDraws === null ? null : { draws: nullDraws };
  const lengths = { threshold, transfer, filter, scaleFree, radii, nulls, q, subset: null };
  const runs = draws === 'runs' ? { draws } : {};
  if (mode === 'sampled') return { mode, samples, neurons, seed, ...lengths, ...runs };
  // The whole network is analyzed once: the settings of samples have fixed values.
  return { mode, samples: 1, neurons: 0, seed: 0, ...lengths };
}

/**
 * The orders `min`, `min` + `step`, … up to `max`, each the float64 nearest to its decimal value, so that 0 is exact.
 * @throws NeuroMfaError `usage` where 0 is not among them or there are fewer than 3.
 */
export function momentOrders(min: number, max: number, step: number): number[] {
  if (!(step > 0)) throw usage('qStep', `${step} is not a positive step`, 'The paper has 0.1');
  for (const [key, value] of Object.entries({ qMin: min, qMax: max, qStep: step })) {
    if (!(Math.abs(value) <= MAX_ORDER)) {
      throw usage(key, `${value} is not within ±${MAX_ORDER}`, 'The paper has −3 to 3 in steps of 0.1');
    }
    // eslint-disable-next-line no-restricted-properties -- it rounds a number that is compared, and is not shown
    if (Number(value.toFixed(MAX_DECIMALS)) !== value) {
      throw usage(key, `${value} has more than ${MAX_DECIMALS} decimals`, 'Give fewer decimals');
    }
  }
  const scale = 10 ** MAX_DECIMALS;
  const [first, last, stride] = [min, max, step].map((value) => Math.round(value * scale)) as [
    number,
    number,
    number,
  ];
  const count = Math.floor((last - first) / stride) + 1;
  if (count < 3) {
    throw usage(
      'qStep',
      `fewer than 3 orders from ${min} to ${max} in steps of ${step}`,
      'Widen the range or lower the step',
    );
  }
  if (count > MAX_ORDERS) throw usage('qStep', `${count} orders, more than ${MAX_ORDERS}`, 'Raise the step');
  if (first > 0 || last < 0 || first % stride !== 0) {
    throw usage(
      'qMin',
      `the orders from ${min} to ${max} in steps of ${step} leave out 0`,
      'Let the range hold 0 and start at a multiple of the step',
    );
  }
  return Array.from({ length: count }, (_, i) => (first + i * stride) / scale);
}

function checkWhole(key: keyof SettingsInput, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw usage(
    key,
    `${value} is not a whole number from ${least} to ${most}`,
    key === 'nullDraws'
      ? 'With fewer draws there is no standard deviation to judge layers and intervals by; 20 are usual, 5 for full networks'
      : `The paper has ${String(PAPER_PRESET[key])}`,
  );
}

function usage(key: string, cause: string, nextStep: string): NeuroMfaError {
  return new NeuroMfaError('usage', key, cause, nextStep);
}
