import { describe, expect, it } from 'vitest';
import { Emitter } from '../../../src/extension/emitter';
import { GoneCheckpoints } from '../../../src/extension/runs/goneCheckpoints';
import type { ListedRun, RunList } from '../../../src/extension/runs/listedRun';

const checkpoint = (step: number) => ({
  ...{ path: `/run/step${step}`, name: `step${step}`, step, epoch: null, tokens: null, bytes: 1 },
  modified: step,
});
const run = (...steps: number[]): ListedRun => ({
  ...{ id: '/run\n', name: 'run', path: '/run', orderedBy: 'step' },
  checkpoints: steps.map(checkpoint),
});

/** A folder whose files come and go; steps that are divided by 10 have results. */
function folder(...steps: number[]) {
  const changes = new Emitter<void>();
  const list: RunList & { runs: readonly ListedRun[] } = { runs: [run(...steps)], onChange: changes.event };
  const files = new Set(steps.map((step) => `/run/step${step}`));
  const gone = new GoneCheckpoints(
    list,
    (path) => path.endsWith('0'),
    (path) => files.has(path),
  );
  let told = 0;
  gone.onChange(() => told++);
  return {
    gone,
    files,
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
