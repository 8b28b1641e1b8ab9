/** A run that is being trained: looked at again and again, each checkpoint analyzed once it is whole, those deleted since remembered. */
import { errorData, NeuroMfaError } from '../../protocol/errors';
import type { RunOrder, RunPoint } from '../../protocol/run';
import type { RunCheckpoint, TrainingRun } from './trainingRun';
import { CheckpointWatch } from './watch';

/** What watching takes from the program around it. */
export interface WatchPorts {
  /** The run as it is now. @throws where nothing can be watched yet. */
  find: () => Promise<TrainingRun>;
  /** Reads the headers of all files. @throws where the checkpoint is not whole. */
  open: (checkpoint: RunCheckpoint) => Promise<unknown>;
  /**
   * The point of a whole checkpoint in the series of the run; null where it could not be analyzed, which has been reported.
   * @param run with every checkpoint analyzed so far, those that are deleted among them, in order.
   */
  analyze: (checkpoint: RunCheckpoint, run: TrainingRun) => Promise<RunPoint | null>;
  /** Called with each point. @throws what ends the watching. */
  tell: (point: RunPoint, checkpoint: RunCheckpoint) => Promise<void> | void;
  /** Called with what cannot be found or opened, once for each reason. */
  report: (subject: string, error: unknown) => void;
  /** Aborts when the run is watched no longer. */
  signal: AbortSignal;
}

export class RunWatch {
  readonly #watch = new CheckpointWatch();
  readonly #known = new Map<string, RunCheckpoint>();
  /** The last reason why nothing is found. */
  #waiting = '';

  /** @param folder names the run in reports. */
  constructor(
    private readonly folder: string,
    private readonly ports: WatchPorts,
  ) {}

  /** These have been analyzed before, as they were then. */
  remember(checkpoints: Iterable<RunCheckpoint>): void {
    for (const checkpoint of checkpoints) {
      this.#known.set(checkpoint.path, checkpoint);
      this.#watch.remember(checkpoint);
    }
  }

  /** Whatever is there is analyzed again: under other settings. */
  restart(): void {
    this.#watch.restart();
  }

  /**
   * Looks once, and analyzes what is whole, one checkpoint after the other.
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
      // Deleted or written anew meanwhile, which the next looks will tell; or nothing that can be analyzed.
      if (former) this.#known.set(checkpoint.path, former);
      else this.#known.delete(checkpoint.path);
    }
    const gone = !point && (await open(checkpoint).catch(() => null)) === null;
    if (!gone) this.#watch.done(checkpoint);
    return point;
  }
}

/** In the order of a run: steps, epochs and tokens as they are told, other orders by the time of writing. What tells none comes last. */
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
