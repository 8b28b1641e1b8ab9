/**
 * Where training steps stand on an axis. A logarithmic axis has no place for step 0: it is set apart on the left,
 * behind a break that is drawn and named.
 *
 * Both kinds are linear scales over positions of ours, so that zooming and hovering are those of every other figure.
 */
import { haveSteps, stepsOf, type ShownRun } from '../data/shownRuns';
import { factText } from '../../src/protocol/factWords';
import { compact, integer } from '../../src/protocol/format';
import { TOKEN_COUNT, type Metrics } from '../../src/protocol/metrics';
import { orderFact } from '../../src/protocol/orderFact';
import { t } from '../l10n';
import type { AxisOptions } from './options';
import { largest, smallest } from '../../src/protocol/extremes';

export const AXIS_KINDS = ['linear', 'log', 'percent', 'epoch', 'tokens'] as const;
export type AxisKind = (typeof AXIS_KINDS)[number];

/** What an axis needs of a run: how far its training is at each point. */
export interface Course {
  id: string;
  name: string;
  series: {
    points: readonly { step: number | null; epoch?: number | null; tokens?: number | null }[];
    metrics?: Metrics;
    /** Of the whole run, where the points may end before it. */
    lastStep?: number;
  };
}

export interface StepTick {
  value: number;
  label: string;
}

export interface StepAxis {
  title: string;
  /** Position of the point of a run at `index`. */
  place: (run: Course, index: number) => number;
  /** Position of any step; absent where what is counted is something else. */
  ofStep?: (step: number) => number;
  /** Position of weights before any training. */
  start: number;
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

/** How far each point of a run is, as kinds of axes count it; null where that is not known. */
const PROGRESS: Readonly<Record<'percent' | 'epoch' | 'tokens', (run: Course) => (number | null)[]>> = {
  percent: ({ series: { points, lastStep } }) => {
    const last = lastStep ?? points.at(-1)?.step ?? 0;
    return points.map(({ step }) => (step === null || last === 0 ? null : (100 * step) / last));
  },
  epoch: ({ series: { points, metrics } }) =>
    points.map(({ epoch }, index) => metrics?.epochs?.[index] ?? epoch ?? null),
  tokens: ({ series: { points, metrics } }) => {
    const counted = metrics?.values.find(({ name }) => TOKEN_COUNT.test(name))?.values;
    return points.map(({ tokens }, index) => counted?.[index] ?? tokens ?? null);
  },
};

const isCounted = (kind: AxisKind): kind is keyof typeof PROGRESS => kind in PROGRESS;

/** Whether numbers can be places on an axis: all are known, none goes back, and not all are one. */
const isCourse = (places: readonly (number | null)[]): boolean =>
  places.every((place, index) => place !== null && place >= (places[index - 1] ?? 0)) &&
  (places.length === 1 || places.at(-1)! > places[0]!);

/** Why these runs have no axis of a kind, in a few words; null where they have it. */
export function axisProblem(kind: AxisKind, runs: readonly Course[]): string | null {
  if (kind === 'linear') return null;
  if (isCounted(kind)) {
    const without = runs.find((run) => !isCourse(PROGRESS[kind](run)));
    return without ? t('not known of {0}', without.name) : null;
  }
  if (!haveSteps(runs)) return t('steps are not known');
  return stepsOf(runs).filter((step) => step > 0).length > 1 ? null : t('it takes two steps above 0');
}

/** The axis that suits these runs, of which there is at least one. `drawn`: weights before training are shown as well. */
export function stepAxis(kind: AxisKind, runs: readonly ShownRun[], drawn = false): StepAxis {
  if (isCounted(kind) && axisProblem(kind, runs) === null) return countedAxis(kind, runs, drawn);
  if (!haveSteps(runs)) {
    const longest = largest(runs.map(({ series }) => series.points.length));
    const orders = new Set(runs.map(({ series }) => series.run.orderedBy).filter((by) => by !== 'step'));
    const [orderedBy = 'time', ...others] = orders;
    const isByTime = orderedBy === 'time' && others.length === 0;
    return {
      title: isByTime ? t('checkpoint, in the order written') : t('checkpoint, in order'),
      place: (_, index) => index + 1,
      start: 1,
      ...around(1, longest),
      note: [orderedBy, ...others].map((by) => sentence(factText(orderFact(by)!, t))).join(' '),
    };
  }
  const beside = runs.flatMap(({ overwritten = [] }) => overwritten.flatMap(({ step }) => step ?? []));
  const steps = [...new Set([...stepsOf(runs), ...beside, ...(drawn ? [0] : [])])].sort((a, b) => a - b);
  return axisOfSteps(kind === 'log', steps);
}

/** The axis of curves whose points all know their steps; there is at least one point. */
export const courseAxis = (kind: AxisKind, courses: readonly Course[]): StepAxis =>
  isCounted(kind) && axisProblem(kind, courses) === null
    ? countedAxis(kind, courses, false)
    : axisOfSteps(kind === 'log' && axisProblem('log', courses) === null, stepsOf(courses));

/** @param steps in order, each once; at least one. */
function axisOfSteps(log: boolean, steps: readonly number[]): StepAxis & Required<Pick<StepAxis, 'ofStep'>> {
  if (!log) {
    return {
      title: t('training step'),
      place: stepPlace((step) => step),
      ofStep: (step) => step,
      start: 0,
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

/** An axis of what else counts training. */
function countedAxis(kind: keyof typeof PROGRESS, runs: readonly Course[], drawn: boolean): StepAxis {
  const places = new Map(runs.map((run) => [run.id, PROGRESS[kind](run)]));
  const all = [...places.values()].flat().flatMap((place) => place ?? []);
  const words = {
    percent: [t('share of training, %'), t('100 % is the last checkpoint of each run.')],
    epoch: [t('epoch'), ''],
    tokens: [t('tokens trained on'), ''],
  } as const;
  const [title, note] = words[kind];
  return {
    title,
    place: ({ id }, index) => places.get(id)?.[index] ?? Number.NaN,
    start: 0,
    ...around(Math.min(smallest(all), drawn ? 0 : Infinity), largest(all)),
    ...(kind === 'tokens' && { ticks: compactTicks }),
    note,
  };
}

/** Round numbers of tokens: "200 M". */
function compactTicks(min: number, max: number): StepTick[] {
  const step = roundStep((max - min) / 5);
  const ticks: StepTick[] = [];
  for (let value = Math.max(0, Math.ceil(min / step) * step); value <= max; value += step)
    ticks.push({ value, label: compact(value) });
  return ticks;
}

const stepPlace =
  (of: (step: number) => number): StepAxis['place'] =>
  ({ series }, index) => {
    const step = series.points[index]?.step ?? null;
    return step === null ? Number.NaN : of(step);
  };

function logarithmic(zero: number): Pick<Required<StepAxis>, 'title' | 'place' | 'ofStep' | 'start'> {
  const placeOf = (step: number): number => (step > 0 ? Math.log10(step) : zero);
  return {
    title: t('training step, logarithmic'),
    place: stepPlace(placeOf),
    ofStep: placeOf,
    start: zero,
  };
}

/** Some free space on both sides; `alone` where there is but one position. */
function around(first: number, last: number, alone = 0.5): { min: number; max: number } {
  const margin = last > first ? MARGIN * (last - first) : alone;
  return { min: first - margin, max: last + margin };
}

/** The steps of these points as words: "step 2,000", or the checkpoint's place. */
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

const roundStep = (rough: number): number => {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
};

function roundSteps(from: number, to: number): StepTick[] {
  const step = roundStep(Math.max(1, (to - from) / 5));
  const ticks: StepTick[] = [];
  for (let value = Math.max(step, Math.ceil(from / step) * step); value <= to; value += step)
    ticks.push({ value: Math.log10(value), label: integer(value) });
  return ticks;
}

/** Whether there is more than one place for points to stand at. */
export const hasChoice = (runs: readonly Course[]): boolean =>
  runs.some(({ series }) => series.points.length > 1);
