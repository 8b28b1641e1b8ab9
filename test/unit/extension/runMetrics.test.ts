/** The series of the editor carry what logs beside runs tell, as those of the command line do. */
import { describe, expect, it, vi } from 'vitest';
import { correlationsOf } from '../../../src/core/metrics/correlations';
import { Choices } from '../../../src/extension/runs/choices';
import { NeuroMfaError } from '../../../src/protocol/errors';
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

  it('are those of the files that were picked, also after the window is opened again', async () => {
    const bench = new RunBench(a);
    bench.engine.logs.set('/a', loss);
    const score: Metrics = {
      files: [{ path: '/score.csv', format: 'csv' }],
      values: [{ name: 'score', values: [1, 2, 3] }],
    };
    bench.engine.logs.set('/score.csv', score);
    await bench.actions.analyzeRuns([a]);
    await bench.metrics.pick(a, ['/score.csv']);
    await eventually(() => {
      expect(bench.runs.model(a.id)?.series?.metrics).toEqual(score);
    });
    expect(bench.runs.model(a.id)?.pickedMetrics).toEqual({ files: ['/score.csv'], problem: null });
    expect(new Choices({ get: (key) => bench.memory.get(key), update: vi.fn() }).metricFiles(a.id)).toEqual([
      '/score.csv',
    ]);
    await bench.metrics.pick(a, undefined);
    await eventually(() => {
      expect(bench.runs.model(a.id)?.series?.metrics).toEqual(loss);
    });
    expect(bench.runs.model(a.id)).not.toHaveProperty('pickedMetrics');
  });

  it('stay as they are where a picked file cannot be read', async () => {
    const bench = new RunBench(a);
    bench.engine.logs.set('/a', loss);
    bench.engine.logs.set('/bad', new NeuroMfaError('unsupported', '/bad', 'it has no step', ''));
    await bench.actions.analyzeRuns([a]);
    await expect(bench.metrics.pick(a, ['/bad'])).rejects.toThrow('it has no step');
    await eventually(() => {
      expect(bench.runs.model(a.id)?.series?.metrics).toEqual(loss);
    });
    expect(bench.runs.model(a.id)).not.toHaveProperty('pickedMetrics');
  });

  it('say why a file that was picked before cannot be read now', async () => {
    const bench = new RunBench(a);
    await bench.choices.setMetricFiles(a.id, ['/gone']);
    bench.engine.logs.set('/gone', new NeuroMfaError('missing', '/gone', 'there is no such file', ''));
    await bench.actions.analyzeRuns([a]);
    await eventually(() => {
      const { series, pickedMetrics } = bench.runs.model(a.id)!;
      expect(series).not.toHaveProperty('metrics');
      expect(pickedMetrics?.problem).toBe('/gone: translated: there is no such file.');
    });
  });
});
