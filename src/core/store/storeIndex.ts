/**
 * The size of a store on the disk and the order in which its entries may be deleted, as far as this process knows: from one
 * listing and its own writes. Other processes write as well, so a new listing is due whenever this process has written
 * {@link SHARE} of the limit: the cost per write is the same however large the store is.
 */
import type { Listing, StoredEntry } from './entries';

/** With two processes, a store exceeds its limit by at most this share of it. */
const SHARE = 1 / 16;

export class StoreIndex {
  /** Absent until the first listing. */
  #entries: Map<string, StoredEntry> | undefined;
  /** Keys of entries that this process uses: they stay. */
  readonly #inUse = new Set<string>();
  #bytes = 0;
  /** Bytes put since the last listing. */
  #written = 0;
  /** Keys of entries that may be deleted, the one unused for longest last; absent until they are sorted. */
  #queue: string[] | undefined;

  constructor(private readonly limit: number) {}

  /** Size of all files on the disk. */
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

  /** Protects the entry of `key` from deletion, also before it exists. */
  use(key: string): void {
    this.#inUse.add(key);
  }

  /** Ends the protection of all entries. */
  release(): void {
    this.#inUse.clear();
    this.#queue = undefined;
  }

  /** Notes that this process wrote an entry, in place of any other of its key. */
  put(entry: StoredEntry): void {
    this.#written += entry.bytes;
    if (!this.#entries) return;
    this.remove(entry.key);
    this.#entries.set(entry.key, entry);
    this.#bytes += entry.bytes;
  }

  /** Forgets an entry that is deleted, or that another program wrote. */
  remove(key: string): void {
    this.#bytes -= this.#entries?.get(key)?.bytes ?? 0;
    this.#entries?.delete(key);
  }

  /**
   * The complete entry unused for longest, if its last use was before `time` and not by this process. Each is returned once
   * per listing, so that an entry that cannot be removed is not tried again at once.
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
