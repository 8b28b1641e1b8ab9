/**
 * Runs that consist only of results: imported ones, or the sample of the extension. Each is copied into a folder of the
 * extension, so that it remains when the original file does not.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { readSmallFileAsync } from '../../core/storage/smallFile';
import { atomicWrite } from '../../core/store/atomicWrite';
import { MAX_RESULTS_BYTES, readResults, type SavedRun } from '../../core/store/resultsFile';
import { Emitter } from '../emitter';
import type { Log } from '../services/analyses';
import type { ListedRun, RunList } from './listedRun';

const SUFFIX = '.json';
const WORDS = { what: 'the file of results', nextStep: 'Choose another file' };

export class SavedRuns implements RunList {
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;
  readonly #runs = new Map<string, ListedRun>();

  /** @param directory created when something is stored in it. */
  constructor(
    private readonly directory: string,
    private readonly log: Pick<Log, 'warn'>,
  ) {}

  get runs(): readonly ListedRun[] {
    return [...this.#runs.values()];
  }

  /** Reads earlier imports. A copy that cannot be read is skipped, with a line in the log. */
  async load(): Promise<void> {
    const names = await readdir(this.directory).catch(() => []);
    for (const name of names.filter((each) => each.endsWith(SUFFIX)).sort()) {
      const path = join(this.directory, name);
      try {
        this.#runs.set(path, listedResults(path, readResults(await readText(path), path)));
      } catch (error) {
        this.log.warn(String(error));
      }
    }
    this.#changed.fire();
  }

  /**
   * Stores the results in a file. The same content twice is one run.
   * @returns its id.
   * @throws NeuroMfaError where the file is not ours, or cannot be read.
   */
  async import(path: string): Promise<string> {
    return this.#importText(await readText(path), path);
  }

  /** The same for a compressed file of the extension itself. */
  async importPacked(path: string): Promise<string> {
    const packed = await readSmallFileAsync(path, MAX_RESULTS_BYTES, WORDS);
    return this.#importText(brotliDecompressSync(packed).toString(), path);
  }

  async #importText(text: string, path: string): Promise<string> {
    const saved = readResults(text, path);
    const digest = createHash('sha256').update(text).digest('hex').slice(0, 32);
    const copy = join(this.directory, digest + SUFFIX);
    await mkdir(this.directory, { recursive: true });
    await atomicWrite(copy, text);
    this.#runs.set(copy, listedResults(copy, saved));
    this.#changed.fire();
    return copy;
  }

  /** Removes a run and the copy of its results. */
  async remove(id: string): Promise<void> {
    if (!this.#runs.delete(id)) return;
    this.#changed.fire();
    await rm(id, { force: true });
  }
}

/** A run that consists only of these results. */
export function listedResults(id: string, { run, checkpoints, initial, gaussian }: SavedRun): ListedRun {
  return {
    ...run,
    id,
    checkpoints: checkpoints.map(({ name, step, result, sameAs }) => ({
      ...{ path: result.checkpoint.path, name, step },
      ...(sameAs && { sameAs }),
    })),
    saved: {
      results: new Map(checkpoints.map(({ result }) => [result.checkpoint.path, result])),
      common: new Map(
        checkpoints.flatMap(({ result, common }) =>
          common === undefined ? [] : [[result.checkpoint.path, common] as const],
        ),
      ),
      drawn: { ...(initial && { init: initial }), ...(gaussian && { gaussian }) },
    },
  };
}

async function readText(path: string): Promise<string> {
  return Buffer.from(await readSmallFileAsync(path, MAX_RESULTS_BYTES, WORDS)).toString();
}
