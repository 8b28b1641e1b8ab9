import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ResultStore } from '../../../src/core/store/resultStore';
import { StoreFailure } from '../../../src/core/store/storeFailure';
import { Analyses, target } from '../../../src/extension/services/analyses';
import { Unstored } from '../../../src/extension/services/unstored';
import type { AnalysisSettings } from '../../../src/protocol/analysis';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { jobOf, type AnalysisJob } from '../../../src/protocol/subject';
import { settings } from '../support/analysis';
import { FakeEngine } from './fakeEngine';

let directory: string;
let store: ResultStore;
let engine: FakeEngine;
const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
const analyses = (): Analyses => new Analyses(engine.host(), store, log);
const job = (path: string, how: AnalysisSettings): AnalysisJob => jobOf(target(path), how);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'analyses-'));
  store = await ResultStore.open(directory, log.warn);
  engine = new FakeEngine();
  vi.clearAllMocks();
});
afterEach(() => rm(directory, { recursive: true }));

describe('Analyses', () => {
  it('computes a checkpoint once, also for later windows', async () => {
    const onProgress = vi.fn();
    const first = await analyses().analyze(job('/a', settings), { onProgress });
    expect(onProgress).toHaveBeenCalled();
    onProgress.mockClear();
    expect(await analyses().analyze(job('/a', settings), { onProgress })).toEqual(first);
    expect(engine.analyzed).toEqual(['/a']);
    expect(onProgress).not.toHaveBeenCalled();
  });

  it('computes again for other settings and other content', async () => {
    await analyses().analyze(job('/a', settings));
    await analyses().analyze(job('/a', { ...settings, seed: 1 }));
    engine.contents.set('/a', 'overwritten');
    await analyses().analyze(job('/a', settings));
    expect(engine.analyzed).toHaveLength(3);
  });

  it('reads no address that the user has not named, whoever asks for it', async () => {
    const [listed, other] = ['hf://lab/run@step0', 'https://evil.example/model.safetensors'];
    engine.contents.set(listed, 'a').set(other, 'b');
    const own = new Analyses(
      ...([engine.host(), store, log, undefined, undefined, undefined, undefined, undefined] as const),
      (at) => {
        if (at !== listed) throw new NeuroMfaError('usage', at, 'it is not listed', 'Name it');
      },
    );
    await own.analyze(job(listed, settings));
    expect(await own.recall(job(listed, settings))).not.toBeNull();
    await own.describe(listed);
    for (const asked of [
      () => own.analyze(job(other, settings)),
      () => own.recall(job(other, settings)),
      () => own.describe(other),
      () => own.inspect(other),
      () => own.listNetwork(other),
      () => own.compare(listed, other),
      () => own.facts(other),
      () => own.setsIn(other),
    ])
      await expect(asked()).rejects.toThrow(`${other}: it is not listed. Name it.`);
    expect(engine.analyzed).toEqual([listed]);
  });

  it('computes again when asked to', async () => {
    await analyses().analyze(job('/a', settings));
    await analyses().analyze(job('/a', settings), { fresh: true });
    expect(engine.analyzed).toHaveLength(2);
  });

  it('tells the path of the file at hand, not of the one that was analyzed', async () => {
    engine.contents.set('/a', 'same').set('/b', 'same');
    await analyses().analyze(job('/a', settings));
    const { result } = await analyses().analyze(job('/b', settings));
    expect(engine.analyzed).toEqual(['/a']);
    expect(result.checkpoint.path).toBe('/b');
  });

  it('works without a store', async () => {
    const unstored = new Analyses(engine.host(), undefined, log);
    await unstored.analyze(job('/a', settings));
    await unstored.analyze(job('/a', settings));
    expect(engine.analyzed).toHaveLength(2);
  });

  it('gives the result even when it cannot be stored, and has it told once, as a failure of the store', async () => {
    const unstored = new Unstored();
    const made = new Analyses(engine.host(), store, log, undefined, undefined, unstored);
    await made.analyze(job('/kept', settings));
    await rm(directory, { recursive: true });
    const { result } = await made.analyze(job('/a', settings));
    await made.analyze(job('/b', settings));
    expect(result.checkpoint.path).toBe('/a');
    expect(log.warn).toHaveBeenCalledWith(expect.stringContaining('could not be stored'));
    expect(unstored.take()?.message).toBe(
      `${directory}: 2 of 3 results could not be stored in this store: no such file or directory. ` +
        'Check the folder, and analyze again.',
    );
    expect(unstored.take()).toBeNull();
    store = await ResultStore.open(directory, log.warn);
    await made.analyze(job('/c', settings));
    expect(unstored.take()).toBeNull();
  });

  it('has it told where there is no store for want of a folder, but not of results that were there', async () => {
    const unstored = new Unstored(new StoreFailure('/storage', 'permission denied', 'Check the folder'));
    const made = new Analyses(engine.host(), undefined, log, undefined, undefined, unstored);
    for (const path of ['/a', '/b']) await made.analyze(job(path, settings));
    expect(unstored.take()?.message).toMatch(
      /^\/storage: 2 of 2 results could not be stored .*permission denied/,
    );
  });

  it('lets go of what it used once nothing is analyzed any more', async () => {
    const release = vi.spyOn(store, 'release');
    const open: (() => void)[] = [];
    engine.gate = new Promise((resolve) => open.push(resolve));
    const made = analyses();
    const running = [made.analyze(job('/a', settings)), made.analyze(job('/b', settings))];
    await made.recall(job('/c', settings));
    engine.failures.set('/d', new NeuroMfaError('damaged', '/d', 'it is cut short', 'Download it again'));
    await expect(made.analyze(job('/d', settings))).rejects.toThrow();
    expect(release).not.toHaveBeenCalled();
    open[0]!();
    await Promise.all(running);
    expect(release).toHaveBeenCalledTimes(1);
  });

  it('logs a failure with its stack and passes it on', async () => {
    const failure = new NeuroMfaError('damaged', '/a', 'the header is cut short', 'Download it again');
    engine.failures.set('/a', failure);
    await expect(analyses().analyze(job('/a', settings))).rejects.toBe(failure);
    expect(log.error).toHaveBeenCalledWith(failure);
  });

  it('does not call a cancellation an error, and keeps nothing of it', async () => {
    engine.gate = new Promise(() => undefined);
    const controller = new AbortController();
    const running = analyses().analyze(job('/a', settings), {
      signal: controller.signal,
      onProgress: () => {
        controller.abort();
      },
    });
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    expect(log.error).not.toHaveBeenCalled();
    expect(await readdir(directory)).toEqual([]);
  });
});
