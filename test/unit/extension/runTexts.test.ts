import { describe, expect, it } from 'vitest';
import { Choices } from '../../../src/extension/runs/choices';
import { recognize } from '../../../src/core/checkpoint/layouts';
import { unreadableRuns } from '../../../src/core/run/unreadableRuns';
import { checkpointRow, heldRow, runRow } from '../../../src/extension/views/runItems';
import { describeQueue } from '../../../src/extension/views/queueText';
import type { RunCheckpointState } from '../../../src/protocol/trends';
import { run, RunBench } from './runBench';
import { english as t } from '../../../src/protocol/translate';

const a = run('a');

describe('rows of runs', () => {
  it('count what is analyzed, and what has failed', async () => {
    const bench = new RunBench(a);
    expect(runRow(bench.runs.model(a.id)!, t)).toMatchObject({
      label: 'a',
      description: '0 of 3 analyzed',
      contextValue: 'run',
    });
    bench.engine.failures.set('/a/b', new Error('no'));
    await bench.actions.analyzeRuns([a]);
    expect(runRow(bench.runs.model(a.id)!, t).description).toBe('2 of 3 analyzed · 1 failed');
  });

  it('say when they are ordered by time alone', () => {
    const byTime = { ...run('a', [null, null]), orderedBy: 'time' as const };
    const row = runRow(new RunBench(byTime).runs.model(byTime.id)!, t);
    expect(row.description).toBe('0 of 2 analyzed · by time');
    expect(row.tooltip.join('\n')).toContain('sorted by modification time');
  });

  it('name what is left out', () => {
    const why = { why: 'no-step', step: null, same: null } as const;
    const leftOut = [{ fact: { code: 'checkpoint-left-out', checkpoint: 'main', ...why } as const }];
    expect(runRow(new RunBench(a).runs.model(a.id)!, t, leftOut).tooltip.at(-1)).toBe(
      'Left out of the run: the step of main is unknown.',
    );
  });

  it('say what cannot be read, and how to convert it', () => {
    const found = [100, 200].map((step) => recognize(`/r/global_step_${step}/model_world_size_2_rank_0.pt`)!);
    const [held] = unreadableRuns(found);
    expect(heldRow(held!.data, 'r')).toMatchObject({
      label: 'r',
      description: expect.stringMatching(/2 checkpoints of verl/) as string,
      contextValue: 'held',
    });
    expect(heldRow(held!.data, 'r').tooltip.join(' ')).toMatch(/2 checkpoints of verl .*model_merger/);
    const nested = [10, 20].map((step) =>
      recognize(`/v/global_step_${step}/actor/model_world_size_2_rank_0.pt`)!,
    );
    expect(unreadableRuns(nested).map(({ data }) => data.subject)).toEqual(['/v']);
  });

  it('tell menus what can be done', () => {
    const model = new RunBench(a).runs.model(a.id)!;
    const checkpoints = model.checkpoints.map((each) => ({ ...each, state: { kind: 'queued' as const } }));
    expect(runRow({ ...model, checkpoints }, t).contextValue).toBe('run.busy');
    expect(runRow({ ...model, readOnly: true }, t).contextValue).toBe('run.readOnly');
  });
});

describe('rows of checkpoints', () => {
  const error = {
    code: 'damaged' as const,
    subject: '/a/a',
    cause: 'it is cut short',
    nextStep: 'Copy it again',
  };

  it.each<[RunCheckpointState, string, string]>([
    [{ kind: 'missing' }, 'not analyzed', 'checkpoint.missing.step'],
    [{ kind: 'queued' }, 'queued', 'checkpoint.queued.step'],
    [{ kind: 'running', fraction: 0.399 }, '39 %', 'checkpoint.running.step'],
    [{ kind: 'failed', error }, 'failed: it is cut short', 'checkpoint.failed.step'],
  ])('%j', (state, description, contextValue) => {
    const model = new RunBench(a).runs.model(a.id)!;
    const row = checkpointRow(model, { ...model.checkpoints[0]!, state }, t);
    expect(row).toMatchObject({ label: 'step0', description, contextValue });
  });

  it('show the numbers of a result', async () => {
    const bench = new RunBench(a);
    await bench.actions.analyzeRuns([a]);
    const model = bench.runs.model(a.id)!;
    expect(checkpointRow(model, model.checkpoints[0]!, t).description).toBe('α₀ 0.531 · w 0.531');
  });

  it('offer no baseline without a step, and nothing to analyze where results are all there is', () => {
    const model = new RunBench(a).runs.model(a.id)!;
    const checkpoint = { ...model.checkpoints[0]!, step: null };
    expect(checkpointRow(model, checkpoint, t).contextValue).toBe('checkpoint.missing');
    expect(checkpointRow({ ...model, readOnly: true }, checkpoint, t).contextValue).toBe(
      'checkpoint.readOnly',
    );
  });
});

describe('the queue in words', () => {
  it.each([
    [null, '3 of 8'],
    [4, '3 of 8 · about 4\u202fs left'],
    [44, '3 of 8 · about 40\u202fs left'],
    [100, '3 of 8 · about 2\u202fmin left'],
    [7_000, '3 of 8 · about 2\u202fh left'],
  ])('%s seconds', (secondsLeft, words) => {
    expect(describeQueue({ done: 3, total: 8, secondsLeft }, t)).toBe(words);
  });
});

describe('choices', () => {
  it('are kept with the workspace', async () => {
    const bench = new RunBench(a);
    await bench.choices.setBaseline({ kind: 'step', step: 10 });
    await bench.choices.setEmergenceFrom('exact');
    await bench.choices.setRun(a.id);
    const memory = { get: (key: string) => bench.memory.get(key), update: () => Promise.resolve() };
    const { baseline, emergenceFrom, run: chosen } = new Choices(memory);
    expect({ baseline, emergenceFrom, chosen }).toEqual({
      baseline: { kind: 'step', step: 10 },
      emergenceFrom: 'exact',
      chosen: a.id,
    });
  });

  it('fall back where what was kept cannot be understood', () => {
    const memory = { get: () => ({ baseline: 'last' }), update: () => Promise.resolve() };
    expect(new Choices(memory).baseline).toEqual({ kind: 'first' });
  });
});
