import { describe, expect, it, vi } from 'vitest';
import { RemoteRunList } from '../../../src/extension/remote/remoteRunList';
import type { RemoteCheckpoint } from '../../../src/protocol/remote';
import { makeAnalysis } from '../support/analysis';

function memory(): { get: (key: string) => unknown; update: (key: string, value: unknown) => Promise<void> } {
  const kept = new Map<string, string>();
  return {
    get: (key): unknown => (kept.has(key) ? JSON.parse(kept.get(key)!) : undefined),
    // As the editor keeps it.
    update: (key, value) => {
      if (value === undefined) kept.delete(key);
      else kept.set(key, JSON.stringify(value));
      return Promise.resolve();
    },
  };
}
type State = ConstructorParameters<typeof RemoteRunList>[0];
const open = (state = memory()): RemoteRunList => new RemoteRunList(state as State);

const checkpoint = (step: number | null, more: Partial<RemoteCheckpoint> = {}): RemoteCheckpoint => ({
  ...{ at: `hf://lab/run@step${step}`, name: `step${step}`, step, epoch: null, tokens: null },
  ...{ bytes: 10, content: null },
  ...more,
});
const listing = { at: 'hf://lab/run', name: 'lab/run', orderedBy: 'step' as const, leftOut: [] };

describe('RemoteRunList', () => {
  it('are listed with their addresses, in the next window too', async () => {
    const state = memory();
    const remote = open(state);
    const heard = vi.fn();
    remote.onChange(heard);
    expect(await remote.add({ ...listing, checkpoints: [checkpoint(0), checkpoint(64)] })).toBe(
      'hf://lab/run',
    );
    expect(heard).toHaveBeenCalledOnce();
    for (const { runs } of [remote, open(state)])
      expect(runs).toEqual([
        {
          ...{ id: 'hf://lab/run', path: 'hf://lab/run', name: 'lab/run', orderedBy: 'step', remote: true },
          checkpoints: [
            { path: 'hf://lab/run@step0', name: 'step0', step: 0 },
            { path: 'hf://lab/run@step64', name: 'step64', step: 64 },
          ],
        },
      ]);
  });

  it('are listed once for each address, and no longer when they are closed', async () => {
    const state = memory();
    const remote = open(state);
    await remote.add({ ...listing, checkpoints: [checkpoint(0)] });
    await remote.add({ ...listing, checkpoints: [checkpoint(0), checkpoint(1)] });
    expect(remote.runs.map(({ checkpoints }) => checkpoints.length)).toEqual([2]);
    await remote.remove('hf://lab/run');
    expect([remote.runs, open(state).runs]).toEqual([[], []]);
  });

  it('remember what was analyzed, and nothing of others', async () => {
    const state = memory();
    const remote = open(state);
    await remote.add({ ...listing, checkpoints: [checkpoint(0)] });
    const described = { checkpoint: makeAnalysis('a', 'hf://lab/run@step0').result.checkpoint, state: 's' };
    await remote.remember('hf://lab/run@step0', described);
    await remote.remember('hf://lab/other@step0', described);
    for (const each of [remote, open(state)]) {
      expect(each.remembered('hf://lab/run@step0')).toEqual(described);
      expect(each.remembered('hf://lab/other@step0')).toBeUndefined();
    }
  });

  it('begin anew where another version has kept something else', () => {
    const state = memory();
    void state.update('remoteRuns', [{ at: 5 }]);
    expect(open(state).runs).toEqual([]);
  });
});
