/** The series of the editor carry what logs beside runs tell, as those of the command line do. */
import { describe, expect, it } from 'vitest';
import { correlationsOf } from '../../../src/core/metrics/correlations';
import type { Metrics } from '../../../src/protocol/metrics';
import { eventually } from '../../support/eventually';
import { run, RunBench } from './runBench';

const a = run('a');
const loss: Metrics = {
  files: [{ path: '/a/log.csv', format: 'csv' }],
  values: [{ name: 'loss', values: [3, 2, 1] }],
};

describe('Metrics beside runs', () => {
  it('are in the series with their correlations', async () => {
    const bench = new RunBench(a);
    bench.engine.logs.set('/a', loss);
    await bench.actions.analyzeRuns([a]);
    const series = await eventually(() => {
      const made = bench.runs.series(a)!;
      expect(made.metrics).toEqual(loss);
      return made;
    });
    expect(series.correlations).toEqual(correlationsOf(series.points, loss));
    expect(series.correlations).not.toEqual([]);
  });

  it('are those of the checkpoints with results', async () => {
    const bench = new RunBench(a);
    bench.engine.logs.set('/a', loss);
    await bench.actions.analyzeCheckpoints(a, ['/a/a', '/a/c']);
    await eventually(() => {
      expect(bench.runs.series(a)?.metrics?.values).toEqual([{ name: 'loss', values: [3, 1] }]);
    });
    expect(bench.engine.readLogs).toEqual(['/a']);
  });

  it('are read again when the run is looked at again, and go with their files', async () => {
    const bench = new RunBench(a);
    bench.engine.logs.set('/a', loss);
    await bench.actions.analyzeRuns([a]);
    await eventually(() => {
      expect(bench.runs.series(a)?.metrics).toEqual(loss);
    });
    const longer = { ...loss, values: [{ name: 'loss', values: [3, 2, 0.5] }] };
    bench.engine.logs.set('/a', longer);
    await bench.runs.load(a.id);
    await eventually(() => {
      expect(bench.runs.series(a)?.metrics).toEqual(longer);
    });
    bench.engine.logs.delete('/a');
    await bench.runs.load(a.id);
    await eventually(() => {
      expect(bench.runs.series(a)).not.toHaveProperty('metrics');
    });
  });

  it('tell of no change where nothing has changed', async () => {
    const bench = new RunBench(a);
    await bench.actions.analyzeRuns([a]);
    bench.runs.series(a);
    await eventually(() => {
      expect(bench.engine.readLogs).toHaveLength(1);
    });
    const changes: unknown[] = [];
    bench.runs.onChange((change) => changes.push(change));
    await bench.runs.load(a.id);
    bench.runs.series(a);
    await eventually(() => {
      expect(bench.engine.readLogs).toHaveLength(2);
    });
    await Promise.resolve();
    expect(changes).toEqual([]);
  });

  it('that cannot be read leave the series as it is', async () => {
    const bench = new RunBench(a);
    bench.engine.logs.set('/a', new Error('no thread'));
    await bench.actions.analyzeRuns([a]);
    bench.runs.series(a);
    await eventually(() => {
      expect(bench.engine.readLogs).toEqual(['/a']);
    });
    await Promise.resolve();
    expect(bench.runs.series(a)).not.toHaveProperty('metrics');
    expect(bench.runs.series(a)?.points).toHaveLength(3);
  });
});
