/** Analyses that wait for their turn, for all runs together: one line, one count, each of them can be called off. */
import { errorData, type ErrorData } from '../../protocol/errors';
import type { QueueProgress } from '../../protocol/trends';
import type { RunOptions } from '../../worker/engine';
import { Emitter } from '../emitter';

/** As in a Spectrum panel: a second one fills the threads that idle while the first finishes its last samples. */
const AT_A_TIME = 2;

export interface Job {
  /** What is analyzed. A subject is in the queue only once. */
  subject: string;
  work(options: RunOptions): Promise<unknown>;
}

/** How a subject has moved on. After its end, of whatever kind, the queue has forgotten it. */
export type JobState =
  | { kind: 'queued' }
  | { kind: 'running'; fraction: number }
  | { kind: 'done' }
  | { kind: 'cancelled' }
  | { kind: 'failed'; error: ErrorData };

export interface JobChange {
  subject: string;
  state: JobState;
}

interface Entry {
  job: Job;
  controller: AbortController;
  /** Share of the work that is done; absent while it waits. */
  fraction?: number;
}

export class AnalysisQueue {
  readonly #entries = new Map<string, Entry>();
  readonly #changes = new Emitter<JobChange>();
  /** Told of every job that moves on. */
  readonly onChange = this.#changes.event;
  /** Since the queue last rested. */
  #finished = 0;
  #begin = 0;
  #idle: { promise: Promise<void>; resolve: () => void } | undefined;

  /** @param now milliseconds of a clock that never goes back. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Adds jobs at the end, but those whose subject is there already. Settles when the whole queue rests. */
  add(jobs: readonly Job[]): Promise<void> {
    if (this.#entries.size === 0) {
      this.#finished = 0;
      this.#begin = this.now();
    }
    const fresh = jobs.filter(({ subject }) => !this.#entries.has(subject));
    for (const job of fresh) this.#entries.set(job.subject, { job, controller: new AbortController() });
    for (const { subject } of fresh) this.#changes.fire({ subject, state: { kind: 'queued' } });
    if (this.#entries.size > 0) this.#idle ??= deferred();
    this.#startNext();
    return this.rested;
  }

  /** Takes these out of the queue, or all; what is at work stops within half a second. */
  cancel(subjects: readonly string[] = [...this.#entries.keys()]): void {
    for (const subject of subjects) {
      const entry = this.#entries.get(subject);
      entry?.controller.abort();
      if (entry && entry.fraction === undefined) this.#end(subject, { kind: 'cancelled' });
    }
  }

  /** Settles when the queue rests, at once if it does. */
  get rested(): Promise<void> {
    return this.#idle?.promise ?? Promise.resolve();
  }

  /** What the queue knows of a subject. */
  stateOf(subject: string): Extract<JobState, { kind: 'queued' | 'running' }> | undefined {
    const entry = this.#entries.get(subject);
    if (!entry) return undefined;
    return entry.fraction === undefined ? { kind: 'queued' } : { kind: 'running', fraction: entry.fraction };
  }

  /** Null while nothing is to be done. */
  get progress(): QueueProgress {
    if (this.#entries.size === 0) return null;
    const total = this.#finished + this.#entries.size;
    const under = [...this.#entries.values()].reduce((sum, { fraction = 0 }) => sum + fraction, 0);
    const done = this.#finished + under;
    const elapsed = (this.now() - this.#begin) / 1000;
    return {
      done: this.#finished,
      total,
      secondsLeft: done > 0 ? (elapsed * (total - done)) / done : null,
    };
  }

  #startNext(): void {
    const entries = [...this.#entries.values()];
    const free = AT_A_TIME - entries.filter(({ fraction }) => fraction !== undefined).length;
    for (const entry of entries.filter(({ fraction }) => fraction === undefined).slice(0, free)) {
      void this.#run(entry);
    }
  }

  /** Never rejects: failures are states. */
  async #run(entry: Entry): Promise<void> {
    const { job, controller } = entry;
    const move = (fraction: number): void => {
      entry.fraction = fraction;
      this.#changes.fire({ subject: job.subject, state: { kind: 'running', fraction } });
    };
    move(0);
    const { signal } = controller;
    try {
      await job.work({
        signal,
        onProgress: ({ done, total }) => {
          move(done / Math.max(1, total));
        },
      });
      this.#end(job.subject, { kind: 'done' });
    } catch (thrown) {
      const error = errorData(thrown, job.subject);
      const cancelled = signal.aborted || error.code === 'cancelled';
      this.#end(job.subject, cancelled ? { kind: 'cancelled' } : { kind: 'failed', error });
    }
  }

  /** What was cancelled counts no more; what failed counts as finished, as what was done does. */
  #end(subject: string, state: JobState): void {
    this.#entries.delete(subject);
    if (state.kind !== 'cancelled') this.#finished++;
    this.#startNext();
    this.#changes.fire({ subject, state });
    if (this.#entries.size > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
