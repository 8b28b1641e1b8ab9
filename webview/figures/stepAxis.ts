/**
 * Where training steps stand on an axis. A logarithmic axis has no place for step 0: it is set apart on the left,
 * behind a break that is drawn and named.
 *
 * Both kinds are linear scales over positions of ours, so that zooming and hovering are those of every other figure.
 */
import { haveSteps, stepsOf, type RunResults } from '../data/shownRuns';
import { factText } from '../../src/protocol/factWords';
import { integer } from '../../src/protocol/format';
import { orderFact } from '../../src/protocol/orderFact';
import { t } from '../l10n';
import type { AxisOptions } from './options';
import { largest } from '../../src/protocol/extremes';

export const AXIS_KINDS = ['linear', 'log'] as const;
export type AxisKind = (typeof AXIS_KINDS)[number];

export interface StepTick {
  value: number;
  label: string;
}

export interface StepAxis {
  title: string;
  /** Position of a step, or of the checkpoint at `index` where steps are not known. */
  place: (step: number | null, index: number) => number;
  /** Ticks between two positions; undefined leaves them to the chart. */
  ticks?: (min: number, max: number) => StepTick[];
  /** Ends of the axis: some free space on both sides, never more. */
  min: number;
  max: number;
  /** Position of the break before which step 0 stands. */
  gap?: number;
  /** What a reader has to know about the axis. */
  note: string;
}

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

/** The axis of a chart. */
export const stepOptions = ({ title, min, max, ticks }: StepAxis): AxisOptions => ({
  title,
  min,
  max,
  ...(ticks ? { ticks } : { whole: true }),
});

/** Free space at both ends, as a share of the range. */
const MARGIN = 0.03;
/** Room for step 0, as a share of the axis. */
const ZERO_SHARE = 0.12;

/** The axis that suits these runs, of which there is at least one. `extra` steps are shown as well. */
export function stepAxis(
  kind: AxisKind,
  runs: readonly RunResults[],
  extra: readonly number[] = [],
): StepAxis {
  if (!haveSteps(runs)) {
    const longest = largest(runs.map(({ series }) => series.points.length));
    const orders = new Set(runs.map(({ series }) => series.run.orderedBy).filter((by) => by !== 'step'));
    const [orderedBy = 'time', ...others] = orders;
    const isByTime = orderedBy === 'time' && others.length === 0;
    return {
      title: isByTime ? t('checkpoint, in the order written') : t('checkpoint, in order'),
      place: (_, index) => index + 1,
      ...around(1, longest),
      note: [orderedBy, ...others].map((by) => sentence(factText(orderFact(by)!, t))).join(' '),
    };
  }
  const steps = [...new Set([...stepsOf(runs), ...extra])].sort((a, b) => a - b);
  if (kind === 'linear') {
    return {
      title: t('training step'),
      place: (step) => step ?? Number.NaN,
      ...around(steps[0]!, steps.at(-1)!, Math.max(1, 0.1 * steps[0]!)),
      note: '',
    };
  }
  const positive = steps.filter((step) => step > 0).map((step) => Math.log10(step));
  const [first, last] = [positive[0] ?? 0, positive.at(-1) ?? 0];
  if (steps[0]! > 0) {
    return { ...logarithmic(Number.NaN), ...around(first, last), ticks: logTicks, note: '' };
  }
  const zero = first - Math.max(0.25, (ZERO_SHARE * (last - first)) / (1 - ZERO_SHARE));
  const gap = (zero + first) / 2;
  return {
    ...logarithmic(zero),
    ...around(zero, last),
    ticks: (min, max) => [
      ...(min <= zero && zero <= max ? [{ value: zero, label: '0' }] : []),
      ...logTicks(Math.max(min, gap), max),
    ],
    gap,
    note: t('Step 0 has no place on a logarithmic axis: it stands before the break.'),
  };
}

const logarithmic = (zero: number): Pick<StepAxis, 'title' | 'place'> => ({
  title: t('training step, logarithmic'),
  place: (step) => (step === null ? Number.NaN : step > 0 ? Math.log10(step) : zero),
});

/** Some free space on both sides; `alone` where there is but one position. */
function around(first: number, last: number, alone = 0.5): { min: number; max: number } {
  const margin = last > first ? MARGIN * (last - first) : alone;
  return { min: first - margin, max: last + margin };
}

/** The steps of these points as words: "step 2 000", or the checkpoint's place. */
export const stepName = (step: number | null, index: number): string =>
  step === null ? t('checkpoint {0}', index + 1) : t('step {0}', integer(step));

/** As few or as fine as the range asks for: powers of ten, 1-2-5, or round steps. */
export function logTicks(min: number, max: number): StepTick[] {
  const within = (factors: readonly number[]): StepTick[] => {
    const ticks: StepTick[] = [];
    for (let power = Math.floor(min); power <= Math.ceil(max); power++) {
      for (const factor of factors) {
        const step = factor * 10 ** power;
        const value = Math.log10(step);
        if (step >= 1 && value >= min - 1e-9 && value <= max + 1e-9)
          ticks.push({ value, label: integer(step) });
      }
    }
    return ticks;
  };
  for (const factors of [[1], [1, 2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9]]) {
    const ticks = within(factors);
    if (ticks.length >= 3) return ticks;
  }
  return roundSteps(10 ** min, 10 ** max);
}

function roundSteps(from: number, to: number): StepTick[] {
  const rough = Math.max(1, (to - from) / 5);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const ticks: StepTick[] = [];
  for (let value = Math.max(step, Math.ceil(from / step) * step); value <= to; value += step)
    ticks.push({ value: Math.log10(value), label: integer(value) });
  return ticks;
}

/** Whether steps are worth a choice between the two kinds. */
export const hasChoice = (runs: readonly RunResults[]): boolean =>
  runs.length > 0 && haveSteps(runs) && stepsOf(runs).filter((step) => step > 0).length > 1;
