import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Engine } from '../../../src/worker/engine';
import { bundleWorkers, type WorkerBundle } from '../support/engine';

let bundle: WorkerBundle;
const folder = mkdtempSync(join(tmpdir(), 'neuromfa-metrics-'));
beforeAll(async () => {
  bundle = await bundleWorkers();
});
afterAll(() => {
  bundle.remove();
  rmSync(folder, { recursive: true });
});

it('An engine reads the metrics beside a run on a thread, a value for each of its checkpoints', async () => {
  writeFileSync(join(folder, 'log.csv'), 'step,loss\n0,3.5\n5,3\n10,2.25\n');
  writeFileSync(join(folder, 'metrics.csv'), 'no log\n');
  const engine = Engine.local({ directory: bundle.directory, threads: 1 });
  const checkpoints = [0, 10, 20].map((step) => ({ path: join(folder, `step${step}`, 'model'), step }));
  expect(await engine.metrics({ name: 'run', path: folder, checkpoints })).toEqual({
    files: [{ path: join(folder, 'log.csv'), format: 'csv' }],
    values: [{ name: 'loss', values: [3.5, 2.25, null] }],
  });
  const score = join(folder, 'score.jsonl');
  writeFileSync(score, '{"step": 20, "score": 7}\n');
  const run = { name: 'run', path: folder, checkpoints };
  expect(await engine.metrics({ ...run, files: [score] })).toEqual({
    files: [{ path: score, format: 'jsonl' }],
    values: [{ name: 'score', values: [null, null, 7] }],
  });
  await expect(engine.metrics({ ...run, files: [join(folder, 'metrics.csv')] })).rejects.toThrow(
    'metrics.csv',
  );
  await engine.dispose();
});
