/** Which checkpoints of a folder that a trainer writes to are whole, and have not been analyzed: told by looking again and again. */

/** What is seen of a checkpoint without reading it. */
export interface Seen {
  path: string;
  /** Milliseconds since 1970. */
  modified: number;
  /** All shards. */
  bytes: number;
}

/** Looks that find the same unreadable checkpoint, until that is said: a trainer may have been killed while it wrote. */
const PATIENCE = 5;

/** What trainers call checkpoints that they are about to rename. */
const UNFINISHED = /(?:^|[/\\._-])(?:tmp|temp|partial|incomplete|writing)(?:[/\\._-]|$)/i;

interface Known {
  /** Time and size when it was seen last. */
  stamp: string;
  /** Looks at which it had this stamp. */
  looks: number;
  /** It has been analyzed, or cannot be, with this stamp. */
  done: boolean;
}

export class CheckpointWatch {
  readonly #known = new Map<string, Known>();

  /**
   * Those that have had their time and size for two looks and can be opened, each once as long as it stays what it is.
   * @param root what names are looked at below.
   * @param open reads headers of all files. @throws where it is not whole.
   * @param onStuck called once with the reason why one that does not change any more cannot be opened.
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

  /** It need not be looked at again while it stays what it is. */
  done({ path }: Seen): void {
    const known = this.#known.get(path);
    if (known) known.done = true;
  }

  /** It was analyzed before, with this time and size. */
  remember(checkpoint: Seen): void {
    this.#known.set(checkpoint.path, { stamp: stampOf(checkpoint), looks: 1, done: true });
  }

  /** Nothing has been analyzed. */
  restart(): void {
    for (const known of this.#known.values()) known.done = false;
  }
}

const stampOf = ({ modified, bytes }: Seen): string => `${modified} ${bytes}`;
