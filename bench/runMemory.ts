/**
 * Memory that the results of a run take in the extension host, without an editor:
 * `node scripts/run-ts.mjs bench/runMemory.ts [--checkpoints N] [--samples N] [--whole]`.
 *
 * The result of one checkpoint of the sample run is stored under a key for each checkpoint of a made-up run. Then all are read from the store
 * and held as the editor holds them, or whole, and their series and spectra are made. Told are the heap after a collection, what of it is
 * due to the run, and the resident size, which still has what was collected.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { meanSpectrum } from '../src/core/emergence/meanSpectrum';
import type { RunResult } from '../src/core/emergence/runResult';
import { runSeries } from '../src/core/emergence/runSeries';
import { ResultStore } from '../src/core/store/resultStore';
import { briefResult } from '../src/extension/runs/briefResults';
import type { AnalysisResult } from '../src/protocol/analysis';
import { SOURCE } from '../test/unit/support/analysis';
import { markdown, runCli } from './measure';

const { values } = parseArgs({
  options: {
    checkpoints: { type: 'string', default: '154' },
    samples: { type: 'string', default: '150' },
    whole: { type: 'boolean', default: false },
  },
});
const keys = Array.from({ length: Number(values.checkpoints) }, (_, n) => n.toString(16).padStart(64, '0'));
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const heap = (): number => {
  collect();
  return process.memoryUsage().heapUsed / 1e6;
};
const refuse = (line: string): never => {
  throw new Error(line);
};

const directory = await mkdtemp(join(tmpdir(), 'neuromfa-bench-'));
try {
  await fill();
  const store = await ResultStore.open(directory, refuse);
  const before = heap();
  const results: RunResult[] = [];
  for (const [step, key] of keys.entries()) {
    const { result } = (await store.getResult(key))!.analysis;
    const again = async (): Promise<AnalysisResult | undefined> =>
      (await store.getResult(key))?.analysis.result;
    results.push({
      ...{ step, epoch: null, tokens: null },
      result: values.whole ? result : briefResult(result, again),
    });
  }
  const run = { name: 'run', path: '/run', orderedBy: 'step' as const };
  const reference = { step: 0, result: results[0]!.result };
  const series = runSeries({ run, results, baseline: { kind: 'first' }, reference, from: 'alpha0' });
  const spectra = results.map(({ result }) => meanSpectrum(result));
  const after = heap();
  console.log(
    markdown([
      {
        'checkpoints × samples': `${series.points.length} × ${values.samples}`,
        held: values.whole ? 'whole' : 'as in the editor',
        'heap (MB)': after.toFixed(1),
        'of the run (MB)': (after - before).toFixed(1),
        'of a checkpoint (kB)': (((after - before) * 1000) / spectra.length).toFixed(0),
        'resident (MB)': (process.memoryUsage().rss / 1e6).toFixed(0),
      },
    ]),
  );
} finally {
  await rm(directory, { recursive: true });
}

/** Kept apart from what is measured. */
async function fill(): Promise<void> {
  const { stdout } = runCli([
    'analyze',
    'samples/neox-1m/step4000',
    '--samples',
    values.samples,
    '--json',
    '--no-store',
  ]);
  const [result] = JSON.parse(stdout) as [AnalysisResult];
  const store = await ResultStore.open(directory, refuse);
  for (const key of keys) {
    // Counts are not read again: the shortest that fit.
    const arrays = result.samples.map(({ tau, radii }) => ({
      lnZ: new Float64Array(tau.length * radii.length),
      nfd: new Float64Array(0),
    }));
    await store.put(key, { result, arrays }, SOURCE);
  }
}
