/**
 * Which checkpoints cannot be read, as their headers tell. A search sees names alone; headers are looked at afterwards, a few
 * at a time, and only while somebody sees the list: folders may be large, or on another machine.
 */
import { dirname } from 'node:path';
import { errorData, type ErrorCode, type ErrorData } from '../../protocol/errors';
import { Emitter } from '../emitter';

const LOOKS_AT_A_TIME = 2;
/** Of longer lists the rest is looked at where it is opened. */
const MOST_LOOKED_AT = 500;

/** What a file is like that no other try will read. Others may have been busy, or gone, for a moment. */
const FOR_GOOD: readonly ErrorCode[] = ['damaged', 'unsupported', 'unreadable'];

export class HeaderLooks {
  readonly #changed = new Emitter<void>();
  /** Told of every checkpoint that turns out not to be readable. */
  readonly onChange = this.#changed.event;
  /** Null where nothing is wrong. */
  readonly #known = new Map<string, ErrorData | null>();
  #wanted: string[] = [];
  #at = 0;

  /** @param read reads the header of a checkpoint, and rejects where that fails. */
  constructor(private readonly read: (path: string) => Promise<unknown>) {}

  /** Looks at those of these that nobody has looked at; at none of those asked for before. */
  want(paths: readonly string[]): void {
    this.#wanted = paths.slice(0, MOST_LOOKED_AT).filter((path) => !this.#known.has(path));
    while (this.#at < LOOKS_AT_A_TIME && this.#at < this.#wanted.length) void this.#look();
  }

  /** Forgets what files in these folders were like. */
  forget(folders: ReadonlySet<string>): void {
    for (const path of [...this.#known.keys()])
      if (folders.has(path) || folders.has(dirname(path))) this.#known.delete(path);
  }

  /** Why a checkpoint cannot be read; undefined where it can, or where nobody has looked. */
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
