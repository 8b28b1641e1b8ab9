/**
 * Results on disk, by key: `<key>.json` says what was found and names the file beside it that holds the large arrays.
 *
 * The JSON is written last, so an entry counts only once it is whole. Nothing here is ever the only copy, but it may have
 * taken hours: the store deletes what is its own and proven to be damaged, and beyond its limit what nobody has used
 * for hours, and nothing else. The time of a JSON's last change is the time of its last use.
 */
import { lstat, mkdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Analysis } from '../../protocol/analysis';
import { memorySize } from '../../protocol/format';
import { listStore, type StoredEntry } from './entries';
import { isAbsent, loadEntry, removeDamaged, removeEntry, replaceSource, storeEntry } from './entryFiles';
import { CLOCK_SLACK_MS, sweepLeftovers } from './leftovers';
import { checkKey, jsonName } from './names';
import { storedSource, withState, type ResultSource, type StoredAnalysis } from './resultSource';
import { readHead, readRaw, type RawEntry } from './storedEntry';
import { reasonOf, StoreFailure } from './storeFailure';
import { StoreIndex } from './storeIndex';
import { DamagedEntry, ForeignEntry } from './verdicts';

/** Of stores that nobody chose: room for some 500 analyses with the paper's settings. */
export const DEFAULT_STORE_BYTES = 2 ** 29;

/** What anybody has used in these hours stays: another process may be at work with it, or soon go on with it. */
const RECENT_HOURS = 6;
const RECENT_MS = RECENT_HOURS * 60 * 60 * 1000;

/** An entry that was replaced during each of so many readings is left to those who write it. */
const READINGS = 5;

export class ResultStore {
  readonly #index: StoreIndex;
  readonly #told = new Set<string>();
  /** One put makes room after the other. */
  #making: Promise<void> = Promise.resolve();

  private constructor(
    /** Its folder. */
    readonly directory: string,
    private readonly log: (message: string) => void,
    private readonly maxBytes: number,
    private readonly onOverLimit: (message: string) => void,
  ) {
    this.#index = new StoreIndex(maxBytes);
  }

  /**
   * Opens the store in `directory`, which is made when it is missing.
   * @param log told of every entry that had to be dropped, and once of each thing that keeps the store from its work.
   * @param maxBytes what the files may take on the disk. What this process has used, and what anybody has in the last
   * hours, stays even so.
   * @param onOverLimit told where that makes more than `maxBytes`, once; otherwise the log is.
   * @throws the system's errors.
   */
  static async open(
    directory: string,
    log: (message: string) => void,
    maxBytes = Infinity,
    onOverLimit = log,
  ): Promise<ResultStore> {
    await mkdir(directory, { recursive: true });
    await sweepLeftovers(directory);
    return new ResultStore(directory, log, maxBytes, onOverLimit);
  }

  /**
   * The analysis kept under `key`, or undefined. A damaged entry is dropped with a line in the log; one that cannot be
   * read now, or is not ours, is left as it is.
   */
  async get(key: string): Promise<StoredAnalysis | undefined> {
    checkKey(key);
    this.#index.use(key);
    let damaged: string | undefined;
    for (let reading = 0; reading < READINGS; reading++) {
      let raw: RawEntry | undefined;
      try {
        raw = await readRaw(this.directory, key);
        const analysis = await loadEntry(this.directory, key, raw);
        if (analysis) await this.#touch(key);
        return analysis;
      } catch (error) {
        if (isAbsent(error)) return undefined;
        if (!raw || !(error instanceof DamagedEntry)) {
          this.#leave(key, error);
          return undefined;
        }
        // Who replaces an entry removes the arrays of the one before. Damage is what is the same at the second look.
        if (damaged === raw.identity) {
          await this.#drop(key, raw, error);
          return undefined;
        }
        damaged = raw.identity;
      }
    }
    return undefined;
  }

  /**
   * Keeps `analysis` under `key`, in place of any other. @param source what it was computed from.
   * @throws StoreFailure where it cannot be kept. A file in its place that cannot be read, is not ours or was written by
   * a later version is not replaced.
   */
  async put(key: string, analysis: Analysis, source: ResultSource): Promise<void> {
    checkKey(key);
    this.#index.use(key);
    try {
      this.#index.put(await storeEntry(this.directory, key, { analysis, source: storedSource(source) }));
    } catch (error) {
      throw StoreFailure.of(error, this.directory);
    }
    this.#making = this.#making.then(() => this.#makeRoom());
    await this.#making;
  }

  /**
   * Says that files in this state hold the bytes that the result under `key` is of.
   * @throws StoreFailure where that cannot be kept.
   */
  async addState(key: string, state: string): Promise<void> {
    checkKey(key);
    try {
      await replaceSource(this.directory, key, (source) => withState(source, state));
    } catch (error) {
      if (isAbsent(error)) return;
      throw StoreFailure.of(error, this.directory);
    }
  }

  /** A run is over: from now on what this process has used is like everything else. */
  release(): void {
    this.#index.release();
  }

  /** What is in the folder now. @throws the system's errors. */
  async usage(): Promise<{ entries: number; bytes: number }> {
    const { entries, bytes } = await listStore(this.directory);
    return { entries: entries.filter(({ whole }) => whole).length, bytes };
  }

  /**
   * Forgets everything that is ours, whichever version wrote it, but for what is being written.
   * @throws StoreFailure where something could not be removed; the rest is gone even so.
   */
  async clear(): Promise<void> {
    let failure: unknown;
    for (const { key, whole } of (await listStore(this.directory)).entries) {
      if (!whole) continue;
      try {
        const head = await readHead(this.directory, key);
        if (head.kind !== 'unknown') await removeEntry(this.directory, key, head);
      } catch (error) {
        if (!isAbsent(error) && !(error instanceof ForeignEntry)) failure ??= error;
      }
    }
    await sweepLeftovers(this.directory);
    this.#index.load(await listStore(this.directory));
    if (failure === undefined) return;
    const reason = `some of its results could not be removed: ${reasonOf(failure)}`;
    throw new StoreFailure(this.directory, reason, 'Check the folder', { cause: failure });
  }

  /** Marks an entry as used now. One that another process has just removed needs no mark, nor one that is read-only. */
  async #touch(key: string, time = new Date()): Promise<void> {
    await utimes(join(this.directory, jsonName(key)), time, time).catch(() => undefined);
  }

  #leave(key: string, error: unknown): void {
    const reason = reasonOf(error);
    const words = `a stored result is left as it is, and computed again: ${reason} (${jsonName(key)})`;
    this.#tell(reason, `${this.directory}: ${words}`);
  }

  /** Drops an entry that is damaged, unless somebody has just replaced it. */
  async #drop(key: string, raw: RawEntry, damage: DamagedEntry): Promise<void> {
    try {
      if (await removeDamaged(this.directory, key, raw))
        this.log(`${this.directory}: dropped the stored result ${key}, which is damaged: ${damage.message}`);
    } catch (error) {
      if (isAbsent(error)) return;
      const words = `a stored result is damaged (${damage.message}) and cannot be removed: ${reasonOf(error)}`;
      this.log(`${this.directory}: ${words} (${jsonName(key)})`);
    }
  }

  /** Drops what nobody has used for longest until the rest fits. Never rejects: what was put is kept. */
  async #makeRoom(): Promise<void> {
    if (this.maxBytes === Infinity) return;
    try {
      if (this.#index.wantsListing) await this.#list();
      while (this.#index.bytes > this.maxBytes) {
        const entry = this.#index.takeOldest(Date.now() - RECENT_MS);
        if (!entry) {
          this.#tellOfLimit();
          return;
        }
        await this.#evict(entry);
      }
    } catch (error) {
      this.#tell('room', `${this.directory}: no room can be made in this store: ${reasonOf(error)}`);
    }
  }

  async #list(): Promise<void> {
    const listing = await listStore(this.directory);
    const now = Date.now();
    for (const entry of listing.entries) {
      if (!entry.whole || entry.used <= now + CLOCK_SLACK_MS) continue;
      // A clock that has been put right since would let it live until then.
      entry.used = now;
      await this.#touch(entry.key, new Date(now));
    }
    this.#index.load(listing);
  }

  async #evict({ key, used }: StoredEntry): Promise<void> {
    try {
      const { mtimeMs } = await lstat(join(this.directory, jsonName(key)));
      // Another process has used it since: it has to wait for the next listing.
      if (mtimeMs > used) return;
      const head = await readHead(this.directory, key);
      const ours = head.kind === 'current' || head.kind === 'former';
      if (ours) await removeEntry(this.directory, key, head);
      // What is not ours is nothing that the limit is about.
      this.#index.remove(key);
    } catch (error) {
      if (isAbsent(error) || error instanceof ForeignEntry) this.#index.remove(key);
      else this.#tell('evict', `${this.directory}: a stored result cannot be removed: ${reasonOf(error)}`);
    }
  }

  #tellOfLimit(): void {
    const words =
      `the results take ${memorySize(this.#index.bytes)}, more than the limit of ${memorySize(this.maxBytes)}. ` +
      `All of them stay, because they were used by this run or in the last ${RECENT_HOURS} hours.`;
    this.#tell('limit', `${this.directory}: ${words}`, this.onOverLimit);
  }

  #tell(what: string, message: string, tell = this.log): void {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    tell(message);
  }
}
