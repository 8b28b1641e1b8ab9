/** Values of metrics by training step, as some program has logged them. */
import type { MetricFormat } from '../../protocol/metrics';
import { NeuroMfaError } from '../../protocol/errors';
import type { SmallFileWords } from '../storage/smallFile';

export interface MetricLog {
  format: MetricFormat;
  /** By name, then by step. Logs of a training that was resumed give a step twice: what was written last counts. */
  metrics: Map<string, Map<number, number>>;
  /** Epochs by step, where the log gives them. */
  epochs?: Map<number, number>;
  /** Of results of evaluations: how many solved examples stood before each question, by metric. Scores of different numbers are different metrics. */
  shots?: ReadonlyMap<string, number>;
  /** Of results of evaluations: the model, where its revision gives the step. Scores of different models are different metrics. */
  model?: string;
  /** Whether the program that wrote the log calls the first step 0, so that steps here are one more than in it. */
  fromZero?: true;
}

/** Logs of long trainings have some 100 MB; a larger file is something else. */
export const MAX_LOG_BYTES = 256 * 2 ** 20;
/** All tasks of an evaluation suite with all their subtasks are some hundreds. */
const MAX_METRICS = 5000;
/** A thousand metrics at five thousand steps; all of them are held. */
const MAX_VALUES = 5_000_000;

export const LOG_WORDS: SmallFileWords = {
  what: 'the file of metrics',
  nextStep: 'Name a log of training or a result of lm-evaluation-harness',
};

export const damagedLog = (path: string, cause: string): NeuroMfaError =>
  new NeuroMfaError('damaged', path, cause, 'Write it again, or name another file');

export const noMetrics = (path: string, cause: string): NeuroMfaError =>
  new NeuroMfaError(
    'unsupported',
    path,
    cause,
    'Name a trainer_state.json, a result of lm-evaluation-harness, a CSV or JSON Lines file with a column called step, or an event file of TensorBoard',
  );

/** What of these counts passes over the data, in whole or in part: how far training has come, and no metric. */
const EPOCHS = /^(?:.*\/)?epochs?$/i;

/** Collects what one file says. */
export class MetricLogBuilder {
  readonly #metrics = new Map<string, Map<number, number>>();
  readonly #epochs = new Map<number, number>();
  #values = 0;

  constructor(private readonly path: string) {}

  /** NaN and infinity are no values, and leave none that was reported of the step before: what was written last counts. */
  add(name: string, step: number, value: number): void {
    if (!Number.isFinite(value)) {
      this.#metrics.get(name)?.delete(step);
      return;
    }
    if (EPOCHS.test(name)) {
      if (value >= 0) this.#epochs.set(step, value);
      return;
    }
    if (++this.#values > MAX_VALUES) throw noMetrics(this.path, `it has more than ${MAX_VALUES} values`);
    let metric = this.#metrics.get(name);
    if (!metric) {
      if (this.#metrics.size === MAX_METRICS) {
        throw noMetrics(this.path, `it names more than ${MAX_METRICS} metrics`);
      }
      metric = new Map<number, number>();
      this.#metrics.set(name, metric);
    }
    metric.set(step, value);
  }

  /** @throws NeuroMfaError `unsupported` where nothing was added. */
  log(format: MetricFormat, whyNone: string): MetricLog {
    if (this.#metrics.size === 0) throw noMetrics(this.path, whyNone);
    return {
      format,
      metrics: this.#metrics,
      ...(this.#epochs.size > 0 && { epochs: this.#epochs }),
    };
  }
}

/** As programs write decimal numbers: no hexadecimal ones, no separators of thousands. */
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

/** NaN or infinity, or a text that spells one. */
export const isNonFinite = (value: unknown): boolean =>
  typeof value === 'number'
    ? !Number.isFinite(value)
    : typeof value === 'string' && /^\s*[-+]?(?:nan|inf|infinity)\s*$/i.test(value);

/** A finite number, or a text that spells one; null for anything else. */
export function numberIn(value: unknown): number | null {
  const text = typeof value === 'string' ? value.trim() : '';
  const number = NUMBER.test(text) ? Number(text) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** A step is a whole number from 0 on; null for anything else. */
export function stepIn(value: unknown): number | null {
  const number = numberIn(value);
  return Number.isSafeInteger(number) && number! >= 0 ? number : null;
}
