/**
 * What servers have told of what lies where, kept on the disk. What may be another by now is asked for again after some minutes; where
 * its server cannot be reached, it counts all the same, and how old it is is said.
 */
import { KeptFiles } from '../core/store/keptFiles';
import { NeuroMfaError } from '../protocol/errors';
import type { KeptOptions, OldAnswer } from './options';

/** For so long, an answer is not asked for again. */
export const FRESH_MS = 600_000;

export interface AnswerOptions {
  /** Whose answer it is, as it may be shown. */
  place: string;
  /** Whether it never is another, such as what a commit holds. */
  lasting?: boolean;
}

export class KeptAnswers {
  #files: KeptFiles | null = null;
  #refresh = false;
  readonly #used = new Set<string>();
  readonly #told = new Set<string>();

  constructor(
    private readonly onOld: (old: OldAnswer) => void = () => undefined,
    private readonly now: () => number = Date.now,
  ) {}

  /** Where headers are kept as well; null for nowhere. */
  get files(): KeptFiles | null {
    return this.#files;
  }

  /** Counts from then on. */
  keep({ directory, refresh }: KeptOptions): void {
    this.#files = directory === null ? null : new KeptFiles(directory);
    this.#refresh = refresh;
  }

  /**
   * A text that was kept under a name, or what is asked for, which is kept then.
   * @throws what `ask` throws, unless that is `unreachable` and something was kept.
   */
  async text(
    name: string,
    { place, lasting = false }: AnswerOptions,
    ask: () => Promise<string | null>,
  ): Promise<string | null> {
    const files = this.#files;
    if (!files) return ask();
    const kept = keptIn(files.get(name));
    const age = kept ? this.now() - kept.at : Infinity;
    const isFresh = lasting || (!this.#refresh && age >= 0 && age < FRESH_MS);
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

  /** Something is not what it was: whatever was not asked for anew is asked for the next time. */
  forget(): void {
    for (const name of this.#used) this.#files?.drop(name);
    this.#used.clear();
  }

  #tell(name: string, old: OldAnswer): void {
    this.#used.add(name);
    const key = `${old.place} ${old.cause}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.onOld(old);
  }
}

function keptIn(bytes: Buffer | null): { at: number; text: string | null } | null {
  if (!bytes) return null;
  const { at, text } = JSON.parse(bytes.toString('utf8')) as { at: unknown; text: unknown };
  return typeof at === 'number' && (typeof text === 'string' || text === null) ? { at, text } : null;
}
