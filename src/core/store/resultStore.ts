/**
 * Results on disk, by key: `<key>.json` says what was found, `<key>.bin` holds its large arrays.
 *
 * The JSON is written last and carries a checksum of the binary, so an entry counts only once both are whole. Nothing
 * here is ever the only copy: an entry that does not check out is dropped and computed again, and beyond its limit the
 * store forgets what has not been used for longest. The time of a JSON's last change is the time of its last use.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import {
  analysisSchema,
  type Analysis,
  type AnalysisResult,
  type SampleArrays,
} from '../../protocol/analysis';
import { packArrays, unpackArrays } from '../../protocol/packing';
import { atomicWrite, sweepAbandoned } from './atomicWrite';
import { listEntries, type StoredEntry } from './entries';

const STORED_SCHEMA = 'neuromfa/stored@1';

const storedSchema = v.object({
  schema: v.literal(STORED_SCHEMA),
  /** SHA-256 of the binary beside it. */
  arrays: v.string(),
  result: analysisSchema,
});

const KEY = /^[0-9a-f]{64}$/;

/** Room for some 500 analyses with the paper's settings. */
export const DEFAULT_STORE_BYTES = 2 ** 29;

export class ResultStore {
  /** Bytes of all entries as far as this process knows: others may write as well. */
  #bytes = 0;

  private constructor(
    private readonly directory: string,
    private readonly log: (message: string) => void,
    private readonly maxBytes: number,
  ) {}

  /**
   * Opens the store in `directory`, which is made when it is missing.
   * @param log told of every entry that had to be dropped.
   * @param maxBytes what the entries may take on the disk, but for the latest one, which is always kept.
   */
  static async open(
    directory: string,
    log: (message: string) => void,
    maxBytes = DEFAULT_STORE_BYTES,
  ): Promise<ResultStore> {
    await mkdir(directory, { recursive: true });
    await sweepAbandoned(directory);
    const store = new ResultStore(directory, log, maxBytes);
    await store.#evict();
    return store;
  }

  /** The analysis kept under `key`, or undefined. A damaged entry is dropped with a line in the log. */
  async get(key: string): Promise<Analysis | undefined> {
    checkKey(key);
    try {
      // Another process may replace the entry between the reads of its two files: then it is whole the second time.
      const analysis = await this.#read(key).catch(() => this.#read(key));
      if (analysis) await this.#touch(key);
      return analysis;
    } catch (error) {
      this.log(`Dropped the stored result ${key}: ${message(error)}`);
      await this.#drop(key).catch((failure: unknown) => {
        this.log(`The stored result ${key} could not be removed: ${message(failure)}`);
      });
      return undefined;
    }
  }

  /** Keeps `analysis` under `key`, in place of any other. */
  async put(key: string, analysis: Analysis): Promise<void> {
    const packed = packArrays(analysis.arrays);
    const samples = analysis.result.samples.map((sample) => ({ ...sample }));
    for (const sample of samples) delete sample.lnZ;
    const stored: v.InferOutput<typeof storedSchema> = {
      schema: STORED_SCHEMA,
      arrays: checksum(packed),
      result: { ...analysis.result, samples },
    };
    const json = Buffer.from(JSON.stringify(stored));
    await atomicWrite(this.#path(key, 'bin'), packed);
    await atomicWrite(this.#path(key, 'json'), json);
    this.#bytes += packed.byteLength + json.byteLength;
    if (this.#bytes > this.maxBytes) await this.#evict(key);
  }

  /** What the entries take on the disk. */
  async usage(): Promise<{ entries: number; bytes: number }> {
    const entries = await listEntries(this.directory);
    return { entries: entries.length, bytes: total(entries) };
  }

  /** Forgets everything. */
  async clear(): Promise<void> {
    for (const { key } of await listEntries(this.directory)) await this.#drop(key);
    this.#bytes = 0;
  }

  async #read(key: string): Promise<Analysis | undefined> {
    const json = await readIfPresent(this.#path(key, 'json'));
    if (json === undefined) return undefined;
    const stored = v.parse(storedSchema, JSON.parse(json));
    const packed = await readFile(this.#path(key, 'bin'));
    if (checksum(packed) !== stored.arrays) throw new Error('the arrays are not those of this result');
    const arrays = unpackArrays(packed);
    checkShapes(stored.result, arrays);
    return { result: stored.result, arrays };
  }

  /** Marks an entry as used now. One that another process has just removed needs no mark, nor one that is read-only. */
  async #touch(key: string): Promise<void> {
    const now = new Date();
    await utimes(this.#path(key, 'json'), now, now).catch(() => undefined);
  }

  /** Drops what has not been used for longest until the rest fits, but never `keep`. */
  async #evict(keep?: string): Promise<void> {
    const entries = await listEntries(this.directory);
    this.#bytes = total(entries);
    for (const { key, bytes } of entries.sort((a, b) => a.used - b.used)) {
      if (this.#bytes <= this.maxBytes) return;
      if (key === keep) continue;
      await this.#drop(key);
      this.#bytes -= bytes;
    }
  }

  /** The JSON goes first: without it, the binary is nobody's. */
  async #drop(key: string): Promise<void> {
    await rm(this.#path(key, 'json'), { force: true });
    await rm(this.#path(key, 'bin'), { force: true });
  }

  #path(key: string, extension: 'json' | 'bin'): string {
    checkKey(key);
    return join(this.directory, `${key}.${extension}`);
  }
}

/** A key becomes the name of a file: nothing else may. */
function checkKey(key: string): void {
  if (!KEY.test(key)) throw new Error(`not a result key: ${key}`);
}

function checkShapes(result: AnalysisResult, arrays: readonly SampleArrays[]): void {
  if (arrays.length !== result.samples.length) throw new Error('arrays of another number of samples');
  for (const [index, sample] of result.samples.entries()) {
    const expected = sample.tau.length * sample.radii.length;
    if (arrays[index]!.lnZ.length !== expected)
      throw new Error(`ln Z of the sample ${sample.seed} has another shape`);
  }
}

function total(entries: readonly StoredEntry[]): number {
  return entries.reduce((sum, { bytes }) => sum + bytes, 0);
}

function checksum(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
