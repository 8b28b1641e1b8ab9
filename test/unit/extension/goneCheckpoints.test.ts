import { describe, expect, it, vi } from 'vitest';
import { Emitter } from '../../../src/extension/emitter';
import { FormerCheckpoints } from '../../../src/extension/runs/formerCheckpoints';
import { GoneCheckpoints } from '../../../src/extension/runs/goneCheckpoints';
import type { ListedRun, RunList } from '../../../src/extension/runs/listedRun';
import type { Described } from '../../../src/worker/cachedAnalyses';

const checkpoint = (step: number) => ({
  ...{ path: `/run/step${step}`, name: `step${step}`, step, epoch: null, tokens: null, bytes: 1 },
  modified: step,
});
const run = (...steps: number[]): ListedRun => ({
  ...{ id: '/run\n', name: 'run', path: '/run', orderedBy: 'step' },
  checkpoints: steps.map(checkpoint),
});

/** Where the editor keeps what the workspace remembers; it hands out copies. */
function workspace() {
  const kept = new Map<string, unknown>();
  return {
    get: (key: string) => structuredClone(kept.get(key)),
    update: (key: string, value: unknown) => {
      kept.set(key, structuredClone(value));
      return Promise.resolve();
    },
  };
}

const describedAt = (path: string, fingerprint = 'ab'): Described => ({
  checkpoint: {
    ...{ path, name: 'run/step', format: 'safetensors', dtype: 'F16', parameters: 1, bytes: 2, step: 20 },
    ...{ architecture: 'gpt_neox', fingerprint, weights: { kind: 'stored' as const } },
  },
  state: `state of ${fingerprint}`,
});

/** A folder whose files come and go; steps that are divided by 10 have results. */
function folder(...steps: number[]) {
  return folderIn(workspace(), steps, new Set(steps.map((step) => `/run/step${step}`)));
}

function folderIn(memory: ReturnType<typeof workspace>, steps: number[], files: Set<string>, results = true) {
  const changes = new Emitter<void>();
  const list: RunList & { runs: readonly ListedRun[] } = { runs: [run(...steps)], onChange: changes.event };
  const former = new FormerCheckpoints(memory);
  const gone = new GoneCheckpoints(list, {
    hasResult: (path) => results && path.endsWith('0'),
    exists: (path) => files.has(path),
    former,
    memory,
  });
  let told = 0;
  gone.onChange(() => told++);
  return {
    gone,
    files,
    former,
    /** The window is reloaded: there are no results at first. */
    reloaded: (...there: number[]) => folderIn(memory, there, files, false),
    told: () => told,
    shows: () =>
      gone.runs.map(({ checkpoints }) => checkpoints.map((each) => (each.deleted ? -1 : 1) * each.step!)),
    set: (...runs: ListedRun[]) => {
      list.runs = runs;
      changes.fire();
    },
  };
}

describe('checkpoints that are deleted', () => {
  it('stay in their place, where they have a result, as long as they do not come back', () => {
    const { files, shows, set, told } = folder(10, 20, 25, 30);
    files.delete('/run/step20');
    files.delete('/run/step25');
    set(run(10, 30));
    expect(shows()).toEqual([[10, -20, 30]]);
    expect(told()).toBe(1);
    // Another change tells nothing new.
    set(run(10, 30, 40));
    expect(shows()).toEqual([[10, -20, 30, 40]]);
    files.add('/run/step20');
    set(run(10, 20, 30, 40));
    expect(shows()).toEqual([[10, 20, 30, 40]]);
  });

  it('are not those that are there, and merely left out of searches', () => {
    const { shows, set } = folder(10, 20, 30);
    set(run(10, 30));
    expect(shows()).toEqual([[10, 30]]);
  });

  it('are left out when their reader says so, and stay so', () => {
    const { gone, files, shows, set } = folder(10, 20, 30);
    files.delete('/run/step10');
    set(run(20, 30));
    expect(shows()).toEqual([[-10, 20, 30]]);
    gone.forget(['/other\n']);
    expect(shows()).toEqual([[-10, 20, 30]]);
    gone.forget(['/run\n']);
    expect(shows()).toEqual([[20, 30]]);
    set(run(20, 30));
    expect(shows()).toEqual([[20, 30]]);
  });

  it('are remembered with the workspace, with what their results are found by', () => {
    const before = folder(10, 20, 30);
    const described = describedAt('/run/step20');
    before.former.saw('/run/step20', described);
    void before.former.write();
    before.files.delete('/run/step20');
    before.set(run(10, 30));
    const after = before.reloaded();
    after.set(run(10, 30));
    expect(after.shows()).toEqual([[10, -20, 30]]);
    expect(after.former.of('/run/step20')).toEqual(described);
    expect(after.former.of('/run/step10')).toBeUndefined();

    after.gone.forget(['/run\n']);
    void after.former.write();
    const again = after.reloaded(10, 30);
    expect(again.shows()).toEqual([[10, 30]]);
    expect(again.former.of('/run/step20')).toBeUndefined();
  });

  it('are not remembered once they are back', () => {
    const before = folder(10, 20, 30);
    before.files.delete('/run/step20');
    before.set(run(10, 30));
    before.files.add('/run/step20');
    const after = before.reloaded(10, 20, 30);
    after.files.delete('/run/step20');
    expect(after.reloaded(10, 30).shows()).toEqual([[10, 30]]);
  });

  it('are none where another version has remembered what this one does not know', () => {
    const memory = workspace();
    void memory.update('neuromfa.gone', { '/run\n': [{ path: '/run/step20' }] });
    void memory.update('neuromfa.former', [{ at: '/run/step20' }]);
    const { shows, former } = folderIn(memory, [10, 30], new Set());
    expect(shows()).toEqual([[10, 30]]);
    expect(former.of('/run/step20')).toBeUndefined();
  });

  it('are found where they were deleted while no window was open, if they had a result', () => {
    const before = folder(10, 20, 30);
    before.former.saw('/run/step20', describedAt('/run/step20'));
    void before.former.write();
    void before.gone.writeSeen();
    before.files.delete('/run/step20');
    before.files.delete('/run/step10');
    // The run is not found at once.
    const after = before.reloaded();
    void after.gone.writeSeen();
    after.set(run(30, 40));
    expect(after.shows()).toEqual([[-20, 30, 40]]);
    expect(before.reloaded(30, 40).shows()).toEqual([[-20, 30, 40]]);
    after.gone.forget(['/run\n']);
    void after.former.write();
    void after.gone.writeSeen();
    expect(before.reloaded(30, 40).shows()).toEqual([[30, 40]]);
  });

  it('make no run of a folder that is no longer one', () => {
    const { files, shows, set } = folder(10, 20);
    files.clear();
    set();
    expect(shows()).toEqual([]);
  });

  it('leave alone what a watched run remembers by itself', () => {
    const { shows, set } = folder(10, 20);
    const [first, second] = run(10, 20).checkpoints;
    set({ ...run(), checkpoints: [{ ...first!, deleted: true }, second!] });
    expect(shows()).toEqual([[-10, 20]]);
  });
});

describe('what checkpoints were', () => {
  const at = '/run/step20/model.safetensors';
  const [first, second] = [describedAt(at, 'first'), describedAt(at, 'second')];

  it('is remembered over a reload, until there is a result of what they are now', async () => {
    const memory = workspace();
    const former = new FormerCheckpoints(memory);
    former.saw(at, first);
    former.overwritten(new Set(['/run/step20']));
    await former.write();
    expect(new FormerCheckpoints(memory).of(at)).toEqual(first);
    former.saw(at, second);
    await former.write();
    expect(new FormerCheckpoints(memory).of(at)).toEqual(second);
    former.forget([at]);
    await former.write();
    expect(new FormerCheckpoints(memory).of(at)).toBeUndefined();
  });

  it('is written by itself, once for many', async () => {
    const memory = { ...workspace(), writes: 0 };
    const former = new FormerCheckpoints({
      ...memory,
      update: (...args) => {
        memory.writes++;
        return memory.update(...args);
      },
    });
    for (const step of [10, 20, 30]) former.saw(`/run/step${step}`, first);
    await vi.waitFor(() => {
      expect(new FormerCheckpoints(memory).of('/run/step30')).toEqual(first);
    });
    expect(memory.writes).toBe(1);
    former.dispose();
  });

  it('is forgotten last of those that have changed', () => {
    const former = new FormerCheckpoints(workspace());
    former.saw(at, first);
    former.saw('/run/step30', first);
    former.keep([at]);
    for (let step = 0; step < 999; step++) former.saw(`/other/step${step}`, second);
    expect(former.of('/run/step30')).toBeUndefined();
    expect(former.of(at)).toEqual(first);
  });

  it('is nothing where there was no result', () => {
    const former = new FormerCheckpoints(workspace());
    former.overwritten(new Set(['/run/step20']));
    former.keep([at]);
    expect(former.of(at)).toBeUndefined();
  });
});

it('what checkpoints were is remembered by a window that is closed at once', () => {
  const memory = workspace();
  const former = new FormerCheckpoints(memory);
  former.saw('/run/step20', describedAt('/run/step20'));
  former.dispose();
  expect(new FormerCheckpoints(memory).of('/run/step20')).toEqual(describedAt('/run/step20'));
});
