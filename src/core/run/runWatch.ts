/**
 * Watches a run in training: looks at it repeatedly, analyzes each checkpoint once it is complete, and remembers those
 * deleted since.
 */
import { errorData, NeuroMfaError } from '../../protocol/errors';
import type { RunOrder, RunPoint } from '../../protocol/run';
import type { RunCheckpoint, TrainingRun } from './trainingRun';
import { CheckpointWatch } from './watch';

/** What watching needs from the program around it. */
export interface WatchPorts {
  /** The run as it is now. @throws where nothing can be watched yet. */
  find: () => Promise<TrainingRun>;
  /** Reads the headers of all files. @throws where the checkpoint is not complete. */
  open: (checkpoint: RunCheckpoint) => Promise<unknown>;
  /**
   * The point of a complete checkpoint in the series of the run; null where it could not be analyzed and that has been
   * reported.
   * @param run the run with every checkpoint analyzed so far, deleted ones included, in order.
   */
  analyze: (checkpoint: RunCheckpoint, run: TrainingRun) => Promise<RunPoint | null>;
  /** Called with each point. @throws what ends the watching. */
  tell: (point: RunPoint, checkpoint: RunCheckpoint) => Promise<void> | void;
  /** Called with an error for what cannot be found or opened, once for each reason. */
  report: (subject: string, error: unknown) => void;
  /** Aborts when the run is no longer watched. */
  signal: AbortSignal;
}

export class RunWatch {
  readonly #watch = new CheckpointWatch();
  readonly #known = new Map<string, RunCheckpoint>();
  /** The last reason why nothing was found. */
  #waiting = '';

  /** @param folder names the run in reports. */
  constructor(
    private readonly folder: string,
    private readonly ports: WatchPorts,
  ) {}

  /** Takes over checkpoints that were analyzed earlier, in their state at that time. */
  remember(checkpoints: Iterable<RunCheckpoint>): void {
    for (const checkpoint of checkpoints) {
      this.#known.set(checkpoint.path, checkpoint);
      this.#watch.remember(checkpoint);
    }
  }

  /** Makes everything be analyzed again, with other settings. */
  restart(): void {
    this.#watch.restart();
  }

  /**
   * Looks once, and analyzes complete checkpoints one after the other.
   * @throws what `find` and `open` throw once the signal has aborted; what `tell` throws.
   */
  async look(): Promise<void> {
    const { find, open, report, tell, signal } = this.ports;
    let run: TrainingRun;
    try {
      run = await find();
    } catch (error) {
      signal.throwIfAborted();
      // Nothing may be there yet, or something else for a moment.
      const { message } = NeuroMfaError.from(errorData(error, this.folder));
      if (message !== this.#waiting) report(this.folder, error);
      this.#waiting = message;
      return;
    }
    this.#waiting = '';
    const whole = await this.#watch.look(this.folder, run.checkpoints, open, ({ path }, reason) => {
      report(path, reason);
    });
    signal.throwIfAborted();
    for (const checkpoint of whole) {
      const point = await this.#analyze(checkpoint, run);
      signal.throwIfAborted();
      if (point) await tell(point, checkpoint);
    }
  }

  async #analyze(checkpoint: RunCheckpoint, run: TrainingRun): Promise<RunPoint | null> {
    const { open, analyze } = this.ports;
    const former = this.#known.get(checkpoint.path);
    this.#known.set(checkpoint.path, checkpoint);
    const point = await analyze(checkpoint, {
      ...run,
      checkpoints: inOrder(this.#known.values(), run.orderedBy),
    });
    if (!point) {
      // It was deleted or rewritten meanwhile, which later looks will show; or it cannot be analyzed.
      if (former) this.#known.set(checkpoint.path, former);
      else this.#known.delete(checkpoint.path);
    }
    const gone = !point && (await open(checkpoint).catch(() => null)) === null;
    if (!gone) this.#watch.done(checkpoint);
    return point;
  }
}

/**
 * In the order of a run: by steps, epochs and tokens where known, otherwise by the time of writing. Those without any
 * come last.
 */
export function inOrder<T extends Pick<RunCheckpoint, 'step' | 'epoch' | 'tokens' | 'modified'>>(
  checkpoints: Iterable<T>,
  orderedBy: RunOrder,
): T[] {
  const keys = (each: T): number[] => [
    ...(orderedBy === 'tokens' ? [each.tokens ?? Infinity] : []),
    ...(orderedBy === 'epoch' ? [each.epoch ?? Infinity] : []),
    ...(orderedBy === 'epoch' || orderedBy === 'step' ? [each.step ?? Infinity] : []),
    each.modified,
  ];
  return [...checkpoints].sort((a, b) => {
    const [left, right] = [keys(a), keys(b)];
    const at = left.findIndex((key, i) => key !== right[i]);
    return at < 0 ? 0 : left[at]! < right[at]! ? -1 : 1;
  });
}
