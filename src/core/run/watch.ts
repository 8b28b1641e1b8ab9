/**
 * Which checkpoints of a folder are complete and have not been analyzed, while a trainer writes to it: decided by
 * looking repeatedly.
 */

/** What is known about a checkpoint without reading it. */
export interface Seen {
  path: string;
  /** Milliseconds since 1970. */
  modified: number;
  /** Size of all shards. */
  bytes: number;
}

/**
 * Number of looks at the same unreadable checkpoint until it is reported: a trainer may have been killed while writing
 * it.
 */
const PATIENCE = 5;

/** Names that trainers give to checkpoints that they are about to rename. */
const UNFINISHED = /(?:^|[/\\._-])(?:tmp|temp|partial|incomplete|writing)(?:[/\\._-]|$)/i;

interface Known {
  /** Time and size when it was last seen. */
  stamp: string;
  /** Number of looks at which it had this stamp. */
  looks: number;
  /** Whether it has been analyzed, or cannot be, with this stamp. */
  done: boolean;
}

export class CheckpointWatch {
  readonly #known = new Map<string, Known>();

  /**
   * The checkpoints that had the same time and size at two looks and can be opened, each once until it changes.
   * @param root names are examined below this folder.
   * @param open reads headers of all files.
   * @throws where it is not complete.
   * @param onStuck called once with the reason why one that no longer changes cannot be opened.
   */
  async look<T extends Seen>(
    root: string,
    seen: readonly T[],
    open: (checkpoint: T) => Promise<unknown>,
    onStuck: (checkpoint: T, reason: unknown) => void,
  ): Promise<T[]> {
    const whole: T[] = [];
    for (const checkpoint of seen) {
      const { path } = checkpoint;
      if (UNFINISHED.test(path.slice(root.length))) continue;
      const stamp = stampOf(checkpoint);
      const known = this.#known.get(path);
      if (known?.stamp !== stamp) {
        this.#known.set(path, { stamp, looks: 1, done: false });
        continue;
      }
      known.looks++;
      if (known.done) continue;
      try {
        await open(checkpoint);
        whole.push(checkpoint);
      } catch (reason) {
        if (known.looks === PATIENCE) onStuck(checkpoint, reason);
      }
    }
    return whole;
  }

  /** Marks it as done until it changes. */
  done({ path }: Seen): void {
    const known = this.#known.get(path);
    if (known) known.done = true;
  }

  /** Marks it as analyzed earlier, with this time and size. */
  remember(checkpoint: Seen): void {
    this.#known.set(checkpoint.path, { stamp: stampOf(checkpoint), looks: 1, done: true });
  }

  /** Forgets what has been analyzed. */
  restart(): void {
    for (const known of this.#known.values()) known.done = false;
  }
}

const stampOf = ({ modified, bytes }: Seen): string => `${modified} ${bytes}`;
