/**
 * Results on disk, by key: `<key>.json` says what was found and names the file beside it that holds the large arrays.
 *
 * The JSON is written last, so an entry counts only once it is whole. A result can be computed again, but that may
 * take hours. So the store deletes only two things: its own entries that are proven to be damaged, and, beyond its limit,
 * entries that no process has used for hours. The time of a JSON's last change is the time of its last use.
 */
import { lstat, mkdir, readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Analysis, WithResult } from '../../protocol/analysis';
import { memorySize } from '../../protocol/format';
import { Descriptions } from './descriptions';
import { listStore, type StoredEntry } from './entries';
import {
  isAbsent,
  loadEntry,
  loadResult,
  removeDamaged,
  removeEntry,
  replaceSource,
  storeEntry,
} from './entryFiles';
import { CLOCK_SLACK_MS, sweepLeftovers } from './leftovers';
import { checkKey, jsonName } from './names';
import { storedSource, withState, type ResultSource, type StoredAnalysis } from './resultSource';
import { readHead, readRaw, type RawEntry } from './storedEntry';
import { reasonOf, StoreFailure } from './storeFailure';
import { StoreIndex } from './storeIndex';
import { DamagedEntry, ForeignEntry } from './verdicts';

/** An entry that any process has used within these hours stays: that process may still need it. */
const RECENT_HOURS = 6;
const RECENT_MS = RECENT_HOURS * 60 * 60 * 1000;

/** An entry that another process replaces during each of this many attempts to read it counts as absent. */
const READINGS = 5;

export class ResultStore {
  /** What the checkpoints of its results were. */
  readonly descriptions: Descriptions;
  readonly #index: StoreIndex;
  readonly #reported = new Set<string>();
  /** Makes one put free space after the other. */
  #freeing: Promise<void> = Promise.resolve();

  private constructor(
    /** Its folder. */
    readonly directory: string,
    private readonly log: (message: string) => void,
    private readonly maxBytes: number,
    private readonly onOverLimit: (message: string) => void,
  ) {
    this.#index = new StoreIndex(maxBytes);
    this.descriptions = new Descriptions(directory);
  }

  /**
   * Opens the store in `directory`, which is made when it is missing.
   * @param log called for every entry that is deleted as damaged, and once for each kind of failure of the store.
   * @param maxBytes limit of the files' size on the disk. Entries that this process has used, or that any process has used
   * within the last hours, stay even beyond it.
   * @param onOverLimit called once where these entries exceed `maxBytes`; default: `log`.
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
   * The analysis stored under `key`, or undefined. A damaged entry is deleted with a line in the log; one that cannot be
   * read now, or that this program did not write, stays as it is.
   */
  get(key: string): Promise<StoredAnalysis | undefined> {
    return this.#get(key, loadEntry);
  }

  /**
   * The same without its large arrays, which are not read: their file is there and has its size, but whether its bytes are
   * those that were written is seen by {@link get} alone.
   */
  getResult(key: string): Promise<StoredAnalysis<WithResult> | undefined> {
    return this.#get(key, loadResult);
  }

  async #get<T>(
    key: string,
    load: (directory: string, key: string, raw: RawEntry) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    checkKey(key);
    this.#index.use(key);
    let damaged: string | undefined;
    for (let reading = 0; reading < READINGS; reading++) {
      let raw: RawEntry | undefined;
      try {
        raw = await readRaw(this.directory, key);
        const analysis = await load(this.directory, key, raw);
        if (analysis) await this.#touch(key);
        return analysis;
      } catch (error) {
        if (isAbsent(error)) return undefined;
        if (!raw || !(error instanceof DamagedEntry)) {
          this.#leave(key, error);
          return undefined;
        }
        // A process that replaces an entry removes its former arrays, so only an unchanged entry is damaged.
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
   * Stores `analysis` under `key`, in place of any other. @param source what it was computed from.
   * @throws StoreFailure where it cannot be stored. A file in its place that cannot be read, or that another program or a
   * later version wrote, is not replaced.
   */
  async put(key: string, analysis: Analysis, source: ResultSource): Promise<void> {
    checkKey(key);
    this.#index.use(key);
    try {
      this.#index.put(await storeEntry(this.directory, key, { analysis, source: storedSource(source) }));
    } catch (error) {
      throw StoreFailure.of(error, this.directory);
    }
    this.#freeing = this.#freeing.then(() => this.#freeSpace());
    await this.#freeing;
  }

  /**
   * Records that files in this state hold the bytes that the result under `key` was computed from.
   * @throws StoreFailure where that cannot be recorded.
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

  /**
   * Reads the folder's names again, so that a network file system that cached the absence of an entry learns that
   * another machine has stored it since. Does nothing where the folder cannot be read.
   */
  async refresh(): Promise<void> {
    await readdir(this.directory).catch(() => undefined);
  }

  /** Ends a run: entries that this process has used no longer stay for its sake. */
  release(): void {
    this.#index.release();
  }

  /** What is in the folder now. @throws the system's errors. */
  async usage(): Promise<{ entries: number; bytes: number }> {
    const { entries, bytes } = await listStore(this.directory);
    return { entries: entries.filter(({ whole }) => whole).length, bytes };
  }

  /**
   * Deletes all entries that any version of this program wrote, except those that are being written.
   * @throws StoreFailure where an entry could not be removed; all others are removed even then.
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
    await this.descriptions.clear().catch((error: unknown) => {
      failure ??= error;
    });
    await sweepLeftovers(this.directory);
    this.#index.load(await listStore(this.directory));
    if (failure === undefined) return;
    const reason = `some of its results could not be removed: ${reasonOf(failure)}`;
    throw new StoreFailure(this.directory, reason, 'Check the folder', { cause: failure });
  }

  /** Marks an entry as used now; does nothing where it is read-only or another process has just removed it. */
  async #touch(key: string, time = new Date()): Promise<void> {
    await utimes(join(this.directory, jsonName(key)), time, time).catch(() => undefined);
  }

  #leave(key: string, error: unknown): void {
    const reason = reasonOf(error);
    const words = `a stored result is left as it is, and computed again: ${reason} (${jsonName(key)})`;
    this.#reportOnce(reason, `${this.directory}: ${words}`);
  }

  /** Deletes a damaged entry, unless another process has just replaced it. */
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

  /** Deletes the entries unused for longest until the rest fits. Never rejects: the new entry is already stored. */
  async #freeSpace(): Promise<void> {
    if (this.maxBytes === Infinity) return;
    try {
      if (this.#index.wantsListing) await this.#list();
      while (this.#index.bytes > this.maxBytes) {
        const entry = this.#index.takeOldest(Date.now() - RECENT_MS);
        if (!entry) {
          this.#reportLimit();
          return;
        }
        await this.#evict(entry);
      }
    } catch (error) {
      this.#reportOnce('space', `${this.directory}: no space can be freed in this store: ${reasonOf(error)}`);
    }
  }

  async #list(): Promise<void> {
    const listing = await listStore(this.directory);
    const now = Date.now();
    for (const entry of listing.entries) {
      if (!entry.whole || entry.used <= now + CLOCK_SLACK_MS) continue;
      // Written while the clock was ahead: without this it would stay until that time.
      entry.used = now;
      await this.#touch(entry.key, new Date(now));
    }
    this.#index.load(listing);
  }

  async #evict({ key, used }: StoredEntry): Promise<void> {
    try {
      const { mtimeMs } = await lstat(join(this.directory, jsonName(key)));
      // Another process has used it since the listing.
      if (mtimeMs > used) return;
      const head = await readHead(this.directory, key);
      const ours = head.kind === 'current' || head.kind === 'former';
      if (ours) await removeEntry(this.directory, key, head);
      // The limit does not count files of other programs.
      this.#index.remove(key);
    } catch (error) {
      if (isAbsent(error) || error instanceof ForeignEntry) this.#index.remove(key);
      else
        this.#reportOnce('evict', `${this.directory}: a stored result cannot be removed: ${reasonOf(error)}`);
    }
  }

  #reportLimit(): void {
    const words =
      `the results take ${memorySize(this.#index.bytes)}, more than the limit of ${memorySize(this.maxBytes)}. ` +
      `All of them stay, because they were used by this run or in the last ${RECENT_HOURS} hours.`;
    this.#reportOnce('limit', `${this.directory}: ${words}`, this.onOverLimit);
  }

  #reportOnce(what: string, message: string, report = this.log): void {
    if (this.#reported.has(what)) return;
    this.#reported.add(what);
    report(message);
  }
}
