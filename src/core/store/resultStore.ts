/**
 * Results on disk, by key: `<key>.json` says what was found, `<key>.bin` holds its large arrays.
 *
 * The JSON is written last and carries a checksum of the binary, so an entry counts only once both are whole. Nothing
 * here is ever the only copy: an entry that does not check out is dropped and computed again.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
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

const STORED_SCHEMA = 'neuromfa/stored@1';

const storedSchema = v.object({
  schema: v.literal(STORED_SCHEMA),
  /** SHA-256 of the binary beside it. */
  arrays: v.string(),
  result: analysisSchema,
});

const KEY = /^[0-9a-f]{64}$/;

export class ResultStore {
  private constructor(
    private readonly directory: string,
    private readonly log: (message: string) => void,
  ) {}

  /**
   * Opens the store in `directory`, which is made when it is missing.
   * @param log told of every entry that had to be dropped.
   */
  static async open(directory: string, log: (message: string) => void): Promise<ResultStore> {
    await mkdir(directory, { recursive: true });
    await sweepAbandoned(directory);
    return new ResultStore(directory, log);
  }

  /** The analysis kept under `key`, or undefined. A damaged entry is dropped with a line in the log. */
  async get(key: string): Promise<Analysis | undefined> {
    const path = this.#path(key, 'json');
    try {
      const json = await readIfPresent(path);
      if (json === undefined) return undefined;
      const stored = v.parse(storedSchema, JSON.parse(json));
      const packed = await readFile(this.#path(key, 'bin'));
      if (checksum(packed) !== stored.arrays) throw new Error('the arrays are not those of this result');
      const arrays = unpackArrays(packed);
      checkShapes(stored.result, arrays);
      return { result: stored.result, arrays };
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
    await atomicWrite(this.#path(key, 'bin'), packed);
    await atomicWrite(this.#path(key, 'json'), JSON.stringify(stored));
  }

  /** The keys of all entries, whole or not. */
  async keys(): Promise<string[]> {
    const names = await readdir(this.directory);
    return names
      .filter((name) => name.endsWith('.json'))
      .map((name) => name.slice(0, -'.json'.length))
      .filter((key) => KEY.test(key))
      .sort();
  }

  /** The JSON goes first: without it, the binary is nobody's. */
  async #drop(key: string): Promise<void> {
    await rm(this.#path(key, 'json'), { force: true });
    await rm(this.#path(key, 'bin'), { force: true });
  }

  #path(key: string, extension: 'json' | 'bin'): string {
    if (!KEY.test(key)) throw new Error(`not a result key: ${key}`);
    return join(this.directory, `${key}.${extension}`);
  }
}

function checkShapes(result: AnalysisResult, arrays: readonly SampleArrays[]): void {
  if (arrays.length !== result.samples.length) throw new Error('arrays of another number of samples');
  for (const [index, sample] of result.samples.entries()) {
    const expected = sample.tau.length * sample.radii.length;
    if (arrays[index]!.lnZ.length !== expected)
      throw new Error(`ln Z of the sample ${sample.seed} has another shape`);
  }
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
