/**
 * Cache of servers' listings on the disk. A listing that may have changed is requested again after some minutes; if its server
 * cannot be reached, the cached listing is used and its age is reported.
 */
import { CachedFiles } from '../core/store/cachedFiles';
import { NeuroMfaError } from '../protocol/errors';
import type { AnswerCacheOptions, OldAnswer } from './options';

/** How long an answer is used without asking again, in milliseconds. */
export const FRESH_MS = 600_000;

export interface AnswerOptions {
  /** The server that answered, in a form that may be shown. */
  place: string;
  /** Whether it can never change, for example the listing of a commit. */
  lasting?: boolean;
}

export class CachedAnswers {
  #files: CachedFiles | null = null;
  #refresh = false;
  /** Earlier answers that may have changed are requested again, in milliseconds since 1970. */
  #since = -Infinity;
  #oldest: number | null = null;
  readonly #used = new Set<string>();
  readonly #reported = new Set<string>();

  constructor(
    private readonly onOld: (old: OldAnswer) => void = () => undefined,
    private readonly now: () => number = Date.now,
  ) {}

  /** The cache, which also holds headers; null if nothing is cached. */
  get files(): CachedFiles | null {
    return this.#files;
  }

  /** When the server gave the oldest cached answer that was used since {@link renew}; null if none was used. */
  get oldest(): number | null {
    return this.#oldest;
  }

  /** Asks servers again from now on, even if cached answers are fresh. */
  renew(): void {
    this.#since = this.now();
    this.#oldest = null;
    this.#reported.clear();
  }

  /** Applies from now on. */
  keep({ directory, refresh }: AnswerCacheOptions): void {
    this.#files = directory === null ? null : new CachedFiles(directory);
    this.#refresh = refresh;
  }

  /**
   * The cached text of a name, or else the answer of `ask`, which is then cached.
   * @throws what `ask` throws, unless it is `unreachable` and a text is cached.
   */
  async text(
    name: string,
    { place, lasting = false }: AnswerOptions,
    ask: () => Promise<string | null>,
  ): Promise<string | null> {
    const files = this.#files;
    if (!files) return ask();
    const kept = cachedIn(files.get(name));
    const age = kept ? this.now() - kept.at : Infinity;
    const isFresh =
      lasting || (!this.#refresh && kept !== null && kept.at >= this.#since && age >= 0 && age < FRESH_MS);
    if (kept && isFresh) {
      if (!lasting) this.#tell(name, { place, at: kept.at, cause: null });
      return kept.text;
    }
    try {
      const text = await ask();
      files.put(name, Buffer.from(JSON.stringify({ at: this.now(), text })));
      return text;
    } catch (error) {
      if (!kept || !(error instanceof NeuroMfaError) || error.code !== 'unreachable') throw error;
      this.#tell(name, { place, at: kept.at, cause: error.data.cause });
      return kept.text;
    }
  }

  /** To be called when a file has changed: drops all cached answers that were used, so that they are requested again. */
  forget(): void {
    for (const name of this.#used) this.#files?.drop(name);
    this.#used.clear();
  }

  #tell(name: string, old: OldAnswer): void {
    this.#used.add(name);
    this.#oldest = Math.min(this.#oldest ?? Infinity, old.at);
    const key = `${old.place} ${old.cause}`;
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    this.onOld(old);
  }
}

function cachedIn(bytes: Buffer | null): { at: number; text: string | null } | null {
  if (!bytes) return null;
  const { at, text } = JSON.parse(bytes.toString('utf8')) as { at: unknown; text: unknown };
  return typeof at === 'number' && (typeof text === 'string' || text === null) ? { at, text } : null;
}
