/**
 * What a store takes on the disk and what of it may go first, as far as this process knows: one listing, then its own
 * doings. Others write as well, so it wants a new listing after every {@link SHARE} of the limit that was written here:
 * the effort for that is the same for each write, however large the store.
 */
import type { Listing, StoredEntry } from './entries';

/** With two processes at work, a store exceeds its limit by this part of it at most. */
const SHARE = 1 / 16;

export class StoreIndex {
  /** Absent until the first listing. */
  #entries: Map<string, StoredEntry> | undefined;
  /** Keys of entries that this process uses: they stay. */
  readonly #inUse = new Set<string>();
  #bytes = 0;
  /** Bytes put since the last listing. */
  #written = 0;
  /** Keys of what may go, what was used longest ago last; absent where they have to be sorted anew. */
  #queue: string[] | undefined;

  constructor(private readonly limit: number) {}

  /** What everything takes on the disk. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a listing is due. */
  get wantsListing(): boolean {
    return !this.#entries || this.#written > SHARE * Math.max(this.limit, this.#bytes);
  }

  load({ entries, bytes }: Listing): void {
    this.#entries = new Map(entries.map((entry) => [entry.key, entry]));
    this.#bytes = bytes;
    this.#written = 0;
    this.#queue = undefined;
  }

  /** From now on the entry of `key` stays, whether it is there yet or not. */
  use(key: string): void {
    this.#inUse.add(key);
  }

  /** Nothing is in use any more. */
  release(): void {
    this.#inUse.clear();
    this.#queue = undefined;
  }

  /** An entry was put by this process, in place of any other of its key. */
  put(entry: StoredEntry): void {
    this.#written += entry.bytes;
    if (!this.#entries) return;
    this.remove(entry.key);
    this.#entries.set(entry.key, entry);
    this.#bytes += entry.bytes;
  }

  /** The entry is gone, or is not ours to count. */
  remove(key: string): void {
    this.#bytes -= this.#entries?.get(key)?.bytes ?? 0;
    this.#entries?.delete(key);
  }

  /**
   * The whole entry that was used longest ago, if that was before `time` and not by this process. It is named once:
   * who cannot remove it is not asked to try again before the next listing.
   */
  takeOldest(time: number): StoredEntry | undefined {
    this.#queue ??= [...(this.#entries?.values() ?? [])]
      .filter(({ key, whole }) => whole && !this.#inUse.has(key))
      .sort((a, b) => b.used - a.used)
      .map(({ key }) => key);
    for (let key = this.#queue.at(-1); key !== undefined; key = this.#queue.at(-1)) {
      const entry = this.#entries!.get(key);
      if (entry && entry.used >= time) return undefined;
      this.#queue.pop();
      if (entry && !this.#inUse.has(key)) return entry;
    }
    return undefined;
  }
}
