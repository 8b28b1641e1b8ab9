/** What an executor is given and gives survives being written down: another one may be on another machine. */
import { deserialize, serialize } from 'node:v8';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Engine } from '../../../src/worker/engine';
import type { Answer, Executor, Follow, Task, Verb } from '../../../src/worker/executor';
import { LocalExecutor } from '../../../src/worker/localExecutor';
import { PAPER, samplePath } from '../support/analyze';
import { bundleWorkers, subjectAt, type WorkerBundle } from '../support/engine';

const copy = <T>(value: T): T => deserialize(serialize(value)) as T;

/** Hands tasks and answers on as bytes. */
class FarExecutor implements Executor {
  constructor(private readonly local: Executor) {}

  async submit<V extends Verb>(task: Task<V>, follow: Follow): Promise<Answer<V>> {
    return copy(await this.local.submit(copy(task), follow));
  }

  dispose(): Promise<void> {
    return this.local.dispose();
  }
}

let workers: WorkerBundle;
let near: Engine;
let far: Engine;
beforeAll(async () => {
  workers = await bundleWorkers();
  const local = new LocalExecutor({ directory: workers.directory, threads: 2 });
  near = new Engine(local);
  far = new Engine(new FarExecutor(local));
});
afterAll(async () => {
  await near.dispose();
  workers.remove();
});

const few = { ...PAPER, samples: 2 };
const full = { ...PAPER, mode: 'full', samples: 1, neurons: 0 } as const;
const part = { include: [], exclude: [], blocks: [], roles: ['mlp'] };

it.each([
  ['stored weights', subjectAt(samplePath(64)), few],
  ['a full network', subjectAt(samplePath(64)), full],
  ['a part', subjectAt(samplePath(64), { part }), few],
  ['weights before training', subjectAt(samplePath(64), { kind: 'init' }), few],
  ['Gaussian weights', subjectAt(samplePath(64), { kind: 'gaussian' }), few],
  ['an adapter whose base is named', subjectAt(samplePath(64), { base: { within: ['/'] } }), few],
])('far and near, %s give the same', async (_, subject, settings) => {
  const { result, arrays, source } = await far.analyze(subject, settings);
  const own = await near.analyze(subject, settings);
  expect({ ...result, timing: null }).toEqual({ ...own.result, timing: null });
  expect([arrays, source]).toEqual([own.arrays, own.source]);
  expect(result.settings.subset).toEqual(subject.part);
  expect(await far.recognize(subject, settings)).toEqual(source);
  expect(await far.describe(subject)).toMatchObject({ checkpoint: result.checkpoint, state: source.state });
  expect(await far.estimate(subject, settings)).toEqual(await near.estimate(subject, settings));
});

it('what is inspected is plain data too', async () => {
  const subject = subjectAt(samplePath(64), { part });
  expect(await far.inspect(subject)).toEqual(await near.inspect(subject));
});

it('progress and cancelling stay with whoever submitted the task', async () => {
  const stop = new AbortController();
  const running = far.analyze(
    subjectAt(samplePath(64)),
    { ...PAPER, samples: 2000 },
    {
      signal: stop.signal,
      onProgress: () => {
        stop.abort();
      },
    },
  );
  await expect(running).rejects.toMatchObject({ code: 'cancelled' });
});

it('an address is no path, and is read where a way there was given alone', async () => {
  await expect(far.describe(subjectAt('hf://some/model@main'))).rejects.toMatchObject({
    code: 'unsupported',
    data: { subject: 'hf://some/model@main', cause: expect.stringContaining('on another machine') as string },
  });
  await expect(far.describe(subjectAt('ftp://some/model'))).rejects.toMatchObject({
    code: 'unsupported',
    data: { subject: 'ftp://some/model', cause: 'NeuroMFA reads no "ftp" addresses' },
  });
});
