/**
 * Which checkpoints cannot be read, according to their headers. A search sees only names; headers are examined
 * afterwards, a few at a time, and only while somebody sees the list: folders may be large, or on another machine.
 */
import { dirname } from 'node:path';
import { errorData, type ErrorCode, type ErrorData } from '../../protocol/errors';
import { Emitter } from '../emitter';

const LOOKS_AT_A_TIME = 2;
/** In longer lists, the rest is examined when it is opened. */
const MAX_LOOKED_AT = 500;

/** Faults that trying again will not change. Other files may have been busy, or missing, for a moment. */
const FOR_GOOD: readonly ErrorCode[] = ['damaged', 'unsupported', 'unreadable'];

export class HeaderLooks {
  readonly #changed = new Emitter<void>();
  /** Called with every checkpoint that turns out to be unreadable. */
  readonly onChange = this.#changed.event;
  /** Null where nothing is wrong. */
  readonly #known = new Map<string, ErrorData | null>();
  #wanted: string[] = [];
  #at = 0;

  /** @param read reads the header of a checkpoint, and rejects where that fails. */
  constructor(private readonly read: (path: string) => Promise<unknown>) {}

  /** Examines those of these that have not been examined, and no longer those of earlier calls. */
  want(paths: readonly string[]): void {
    this.#wanted = paths.slice(0, MAX_LOOKED_AT).filter((path) => !this.#known.has(path));
    while (this.#at < LOOKS_AT_A_TIME && this.#at < this.#wanted.length) void this.#look();
  }

  /** Forgets the state of files in these folders. */
  forget(folders: ReadonlySet<string>): void {
    for (const path of [...this.#known.keys()])
      if (folders.has(path) || folders.has(dirname(path))) this.#known.delete(path);
  }

  /** Why a checkpoint cannot be read; undefined where it can, or where it has not been examined. */
  faultOf(path: string): ErrorData | undefined {
    return this.#known.get(path) ?? undefined;
  }

  async #look(): Promise<void> {
    this.#at++;
    try {
      for (let path = this.#wanted.shift(); path !== undefined; path = this.#wanted.shift()) {
        const fault = await this.#faultIn(path);
        this.#known.set(path, fault);
        if (fault) this.#changed.fire();
      }
    } finally {
      this.#at--;
    }
  }

  async #faultIn(path: string): Promise<ErrorData | null> {
    try {
      await this.read(path);
      return null;
    } catch (error) {
      const data = errorData(error, path);
      return FOR_GOOD.includes(data.code) ? data : null;
    }
  }
}
