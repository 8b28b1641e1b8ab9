/**
 * Serves a thread that waits for each of its reads. Announced ranges are fetched ahead of the reads, within a limit that all readers
 * share.
 */
import { setMaxListeners } from 'node:events';
import type { ByteRange } from '../core/storage/storage';
import { NeuroMfaError } from '../protocol/errors';
import type { Location } from '../protocol/subject';
import { AheadPlan, type AheadBudget } from './aheadPlan';
import { bestGap, coalesce, usualGap, type Pace } from './coalesce';
import type { RangedFile } from './rangedFile';

/** Limit for bytes of all readers together that are being fetched, or are fetched and not yet read. */
export const MAX_AHEAD_BYTES = 64 * 2 ** 20;
/** The part of this limit for fetching ahead; the rest is for reads out of order. */
const FETCHED_SHARE = 0.75;
/** Short reads that were not announced are of headers, and more of the header follows: requests are at least this long. */
const MIN_BYTES = 65_536;
/** Cached headers include the bytes between them. */
const HEADER_GAP_BYTES = 2 ** 16;
/** Number of header blocks that are held for all readers: 16 MiB. */
const MAX_BLOCKS = 256;

/** Bytes of a file from `offset` on, possibly still being fetched. */
interface Block extends ByteRange {
  file: RangedFile;
  content: Promise<Buffer>;
}

/** State that all readers share. */
export class Shared {
  /** Used bytes of {@link MAX_AHEAD_BYTES}. */
  taken = 0;
  readers = 0;
  /** Every thread reads the headers of a checkpoint; they are requested once. */
  readonly #blocks: Block[] = [];
  /** Announcements for all readers, by name. */
  readonly #announced = new Map<string, { plans: AheadPlan[]; ending: AbortController }>();
  readonly #forgotten = new Set<string>();
  readonly #budget: AheadBudget = {
    hasAhead: (bytes) => this.taken + bytes <= FETCHED_SHARE * MAX_AHEAD_BYTES,
    hasNow: (bytes) => this.taken + bytes <= MAX_AHEAD_BYTES,
    take: (bytes) => {
      this.taken += bytes;
    },
  };

  /** Announces the ranges of a file that all readers together will read once, in about this order; valid until {@link forget}. */
  ahead(name: string, file: RangedFile, ranges: readonly ByteRange[], pace: Pace): void {
    if (this.#forgotten.has(name)) return;
    const announced = this.#announced.get(name) ?? { plans: [], ending: new AbortController() };
    this.#announced.set(name, announced);
    const { signal } = announced.ending;
    // Each pending request adds a listener.
    setMaxListeners(0, signal);
    const fetch = (range: ByteRange): Promise<Buffer> => file.read(range, signal);
    const plan = new AheadPlan(file, ranges, { gap: bestGap(ranges, pace), budget: this.#budget, fetch });
    announced.plans.push(plan);
    plan.fetch();
  }

  /** Ends the announcements with a name, including those that arrive later. */
  forget(name: string): void {
    const announced = this.#announced.get(name);
    this.#announced.delete(name);
    this.#forgotten.add(name);
    announced?.ending.abort();
    for (const plan of announced?.plans ?? []) plan.drop();
  }

  /** The announcements of a file for all readers. */
  plansOf(file: RangedFile): AheadPlan[] {
    return [...this.#announced.values()].flatMap(({ plans }) => plans.filter((plan) => plan.file === file));
  }

  /** The block that contains a range, if there is one. */
  block(file: RangedFile, { offset, bytes }: ByteRange): Block | undefined {
    return this.#blocks.find(
      (each) => each.file === file && offset >= each.offset && offset + bytes <= each.offset + each.bytes,
    );
  }

  /** Holds a block until its request fails or newer blocks replace it. */
  add(block: Block): void {
    block.content.catch(() => {
      const at = this.#blocks.indexOf(block);
      if (at >= 0) this.#blocks.splice(at, 1);
    });
    this.#blocks.push(block);
    if (this.#blocks.length > MAX_BLOCKS) this.#blocks.shift();
  }
}

interface ReaderAhead {
  pace: Pace;
  /** Whether it is cached on the disk. */
  header: boolean;
}

export class Reader {
  readonly #plans = new Map<Location, AheadPlan>();
  readonly #ending = new AbortController();
  readonly #budget: AheadBudget;

  constructor(private readonly shared: Shared) {
    shared.readers++;
    let own = 0;
    const has = (bytes: number, most: number): boolean =>
      own + bytes <= most / shared.readers && shared.taken + bytes <= most;
    this.#budget = {
      hasAhead: (bytes) => has(bytes, FETCHED_SHARE * MAX_AHEAD_BYTES),
      hasNow: (bytes) => has(bytes, MAX_AHEAD_BYTES),
      take: (bytes) => {
        own += bytes;
        shared.taken += bytes;
      },
    };
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Ends its requests. */
  end(): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    this.shared.readers--;
    for (const location of [...this.#plans.keys()]) this.#drop(location);
  }

  /** Announces the next reads of a file, in the order of reading; replaces the previous announcement. */
  ahead(file: RangedFile, ranges: readonly ByteRange[], { pace, header }: ReaderAhead): void {
    this.#drop(file.location);
    if (header && ranges.length === 0) file.headers?.save();
    const missing = header ? ranges.filter((range) => !file.headers?.find(range)) : ranges;
    if (missing.length === 0 || this.signal.aborted) return;
    // It is already being fetched if it was announced for all readers.
    if (!header && this.shared.plansOf(file).some((plan) => plan.holds(missing[0]!.offset))) return;
    const fetch = (range: ByteRange): Promise<Buffer> => this.#fetched(file, range, header);
    const plan = new AheadPlan(file, missing, {
      ...{ budget: this.#budget, fetch },
      gap: header ? HEADER_GAP_BYTES : usualGap(pace),
    });
    this.#plans.set(file.location, plan);
    plan.fetch();
  }

  /** Fills `into` with the bytes from `offset` on. @throws NeuroMfaError as the file. */
  async read(file: RangedFile, offset: number, into: Uint8Array, header = false): Promise<void> {
    let done = 0;
    while (done < into.length) {
      const at = offset + done;
      const own = this.#plans.get(file.location);
      const plans = own ? [own, ...this.shared.plansOf(file)] : this.shared.plansOf(file);
      const plan = plans.find((each) => each.holds(at));
      const rest = into.subarray(done);
      if (plan) {
        done += await this.#planned(plan, at, rest);
        continue;
      }
      let bytes = rest.length;
      for (const each of plans) bytes = Math.min(bytes, each.nextFrom(at) - at);
      rest.set(await this.#unplanned(file, { offset: at, bytes }, header));
      done += bytes;
    }
  }

  /** @returns the number of bytes that were read; 0 if another reader has ended the announcement for all. */
  async #planned(plan: AheadPlan, offset: number, into: Uint8Array): Promise<number> {
    try {
      return await plan.read(offset, into);
    } catch (error) {
      const theirs = error instanceof NeuroMfaError && error.code === 'cancelled' && !this.signal.aborted;
      if (!theirs) throw error;
      return 0;
    }
  }

  #drop(location: Location): void {
    this.#plans.get(location)?.drop();
    this.#plans.delete(location);
  }

  /** Requests a range; caches it if it belongs to a header. */
  async #fetched(file: RangedFile, range: ByteRange, header: boolean): Promise<Buffer> {
    const { headers } = file;
    if (!header || !headers) return file.read(range, this.signal);
    const known = headers.find(range);
    if (known) return known;
    const content = await file.read(range, this.signal);
    headers.add(range, content);
    return content;
  }

  async #unplanned(file: RangedFile, { offset, bytes }: ByteRange, header: boolean): Promise<Buffer> {
    const { size } = file.file;
    const kept = header ? file.headers?.find({ offset, bytes }) : null;
    if (kept) return kept;
    if (bytes >= MIN_BYTES) {
      const parts = coalesce([{ offset, bytes }], 0).map((part) => this.#fetched(file, part, header));
      return Buffer.concat(await Promise.all(parts));
    }
    const known = this.shared.block(file, { offset, bytes });
    const block = known ?? this.#block(file, { offset, bytes: Math.min(MIN_BYTES, size - offset) }, header);
    try {
      const content = await block.content;
      return content.subarray(offset - block.offset, offset - block.offset + bytes);
    } catch (error) {
      // Another reader, which has ended since, had requested it.
      const theirs = known && error instanceof NeuroMfaError && error.code === 'cancelled';
      if (!theirs || this.signal.aborted) throw error;
      return this.#unplanned(file, { offset, bytes }, header);
    }
  }

  #block(file: RangedFile, range: ByteRange, header: boolean): Block {
    const block = { ...range, file, content: this.#fetched(file, range, header) };
    this.shared.add(block);
    return block;
  }
}
