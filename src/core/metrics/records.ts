/**
 * Metrics from records that each have a step: lines of CSV and JSON Lines, the log in a trainer state, lists of
 * checkpoints in results of any program.
 */
import type { MetricFormat } from '../../protocol/metrics';
import { MetricLogBuilder, noMetrics, isNonFinite, numberIn, stepIn, type MetricLog } from './log';

export type LogRecord = Readonly<Record<string, unknown>>;

/** Names of step counters, the most reliable first: `Step` of Weights & Biases counts calls that log. */
const STEP_KEYS = [
  'train/global_step',
  'trainer/global_step',
  'global_step',
  'global step',
  'training_step',
  'train_step',
  'step',
  'steps',
  '_step',
  'iteration',
  'iterations',
  'iter',
] as const;

/**
 * Other measures of progress: step, samples and time correlate whatever is learned. Tokens do so too, but can be an
 * axis.
 */
const CLOCKS =
  /^(?:.*\/)?(?:_?(?:runtime|timestamp)|(?:wall|elapsed)[ _]?(?:time|clock|s)|time|date|(?:num|total|consumed)_(?:train_)?(?:samples|examples)|(?:samples|examples)_(?:seen|consumed|processed)|total_flos)$/i;

/** Keys that distinguish records of one step: without them the last record would overwrite the others. */
const LABELS =
  /^(?:metric|name|tag|key|variable|split|phase|subset|task|dataset|stage|mode|(?:local_|global_)?rank|worker|replica|layer|block|head|expert|seed|fold|trial|run(?:_?(?:id|name))?)$/i;
/** A column of values whose metrics another column names. */
const VALUE = /^values?$/i;
/** A record's label becomes part of the names of its metrics; longer ones are texts. */
const MAX_LABEL = 100;

/** Depth of values nested in a record, such as `{"val": {"loss": …}}`. */
const MAX_LEVELS = 4;

/** The key of the step; undefined where there is none. */
export function stepKeyOf(keys: Iterable<string>): string | undefined {
  const known = new Map([...keys].map((key) => [key.trim().toLowerCase(), key]));
  const found = STEP_KEYS.find((each) => known.has(each));
  return found && known.get(found);
}

/**
 * @param records the same at every call.
 * @throws NeuroMfaError `unsupported` where no record has a step, or none has a number with it; where steps are not
 *   integers, or restart with each epoch: values would be assigned to the wrong checkpoints.
 */
export function logOfRecords(
  path: string,
  format: MetricFormat,
  records: () => Iterable<LogRecord>,
  stepKey: string | undefined,
): MetricLog {
  if (stepKey === undefined) throw noMetrics(path, 'nothing in it is called step');
  const builder = new MetricLogBuilder(path);
  takeRecords(path, builder, records, stepKey);
  return builder.log(format, `no number stands beside a whole number in ${JSON.stringify(stepKey)}`);
}

/**
 * Adds the metrics of records to those of a file.
 * @param prefix prefix of the names.
 * @throws as {@link logOfRecords}.
 */
export function takeRecords(
  path: string,
  builder: MetricLogBuilder,
  records: () => Iterable<LogRecord>,
  stepKey: string,
  prefix = '',
): void {
  checkSteps(path, records(), stepKey);
  const labels = labelsOf(records, stepKey);
  const take = (record: LogRecord, step: number, before: string, level: number): void => {
    for (const [key, value] of Object.entries(record)) {
      const name = `${before}${key}`;
      if (CLOCKS.test(name) || stepKeyOf([name, key]) !== undefined) continue;
      if (level === 1 && labels.some((label) => label.key === key)) continue;
      const number = isNonFinite(value) ? NaN : numberIn(value);
      if (number !== null) {
        const isNamed = level === 1 && VALUE.test(key) && before !== prefix;
        builder.add(isNamed ? before.slice(0, -1) : name, step, number);
      } else if (isRecord(value) && level < MAX_LEVELS) take(value, step, `${name}/`, level + 1);
    }
  };
  for (const record of records()) {
    const step = stepIn(record[stepKey]);
    if (step === null) continue;
    const present = labels.flatMap(({ key, isBare }) => {
      const label = labelIn(record[key]);
      return label === null ? [] : [isBare ? `${key} ${label}` : label];
    });
    take(record, step, `${prefix}${present.map((label) => `${label}/`).join('')}`, 1);
  }
}

interface Label {
  key: string;
  /** Whether its values say nothing without the key: numbers, and truth values. */
  isBare: boolean;
}

const BARE = /^(?:true|false|yes|no)$/i;
const isBareLabel = (label: string): boolean => BARE.test(label) || numberIn(label) !== null;

/** The labels of these records that differ, or that name a value. */
function labelsOf(records: () => Iterable<LogRecord>, stepKey: string): Label[] {
  const found = new Map<string, Set<string | null>>();
  let hasValue = false;
  let hasTexts = false;
  for (const record of records()) {
    for (const key in record) {
      hasValue ||= VALUE.test(key);
      hasTexts ||= textIn(record[key]) !== null;
      if (LABELS.test(key) && !found.has(key)) found.set(key, new Set());
    }
    for (const [key, labels] of found) if (labels.size < 2) labels.add(labelIn(record[key]));
  }
  const named = [...found].flatMap(([key, labels]) => {
    const isBare = [...labels].every((label) => label === null || isBareLabel(label));
    return labels.size > 1 || (hasValue && !isBare) ? [{ key, isBare }] : [];
  });
  return hasTexts ? [...named, ...unnamedLabels(records(), stepKey, named)] : named;
}

/**
 * Labels of any name: texts and truth values in which two records differ that hold the same metric of the same step.
 * Texts that are hardly ever the same twice are messages.
 */
function unnamedLabels(records: Iterable<LogRecord>, stepKey: string, named: readonly Label[]): Label[] {
  const reported = new Map<string, LogRecord>();
  const differing = new Set<string>();
  const texts = new Map<string, { times: number; distinct: Set<string> }>();
  const steps = new Set<number>();
  for (const record of records) {
    const step = stepIn(record[stepKey]);
    if (step === null) continue;
    steps.add(step);
    const place = [step, ...named.map(({ key }) => labelIn(record[key]))].join('\n');
    const others = new Set<LogRecord>();
    for (const [key, value] of Object.entries(record)) {
      const text = textIn(value);
      if (text !== null) {
        const known = texts.get(key) ?? { times: 0, distinct: new Set() };
        texts.set(key, { times: known.times + 1, distinct: known.distinct.add(text) });
      } else if (key !== stepKey && (numberIn(value) !== null || isRecord(value))) {
        const metric = `${place}\n${key}`;
        const other = reported.get(metric);
        if (other) others.add(other);
        reported.set(metric, record);
      }
    }
    for (const other of others)
      for (const key in record) if (textIn(record[key]) !== textIn(other[key])) differing.add(key);
  }
  return [...differing].flatMap((key) => {
    const known = texts.get(key);
    const isMessage = !known || (steps.size > 1 && known.distinct.size * 2 > known.times);
    return isMessage || CLOCKS.test(key) || named.some((label) => label.key === key)
      ? []
      : [{ key, isBare: [...known.distinct].every(isBareLabel) }];
  });
}

/** A short text that begins like a name, not like a time or a number; or a truth value. */
function textIn(value: unknown): string | null {
  const text = labelIn(value);
  return text !== null && /^[\p{L}_<[(]/u.test(text) && !isNonFinite(text) ? text : null;
}

function labelIn(value: unknown): string | null {
  const isPlain = ['number', 'boolean', 'string'].includes(typeof value);
  const text = isPlain ? String(value).trim() : '';
  return text === '' || text.length > MAX_LABEL ? null : text;
}

function checkSteps(path: string, records: Iterable<LogRecord>, stepKey: string): void {
  let [highestStep, highestEpoch] = [-1, -Infinity];
  for (const record of records) {
    const written = record[stepKey];
    const step = stepIn(written);
    // A text without digits is not meant as a step: the end of a table, or nothing.
    const isOther =
      typeof written === 'string'
        ? /\d/.test(written) && !/[\p{L}]{2}/u.test(written)
        : Number.isFinite(written);
    if (step === null && isOther && !(Number(written) < 0))
      throw noMetrics(
        path,
        `${JSON.stringify(stepKey)} holds ${JSON.stringify(written)}, which is no whole number, so it is unclear which checkpoint a value belongs to`,
      );
    const epochKey = Object.keys(record).find((key) => /^(?:.*\/)?epoch$/i.test(key));
    const epoch = epochKey === undefined ? null : numberIn(record[epochKey]);
    if (step === null) continue;
    if (epoch !== null && epoch > highestEpoch) {
      if (step < highestStep && highestEpoch >= 0)
        throw noMetrics(
          path,
          `${JSON.stringify(stepKey)} begins anew with each epoch (${step} in epoch ${epoch}, after ${highestStep}), so one step is of several checkpoints`,
        );
      highestEpoch = epoch;
      highestStep = step;
    }
    highestStep = Math.max(highestStep, step);
  }
}

export const isRecord = (value: unknown): value is LogRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
