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
const open = (state = memory()): RemoteRunList => new RemoteRunList(state as State, () => 5000);

const checkpoint = (step: number | null, more: Partial<RemoteCheckpoint> = {}): RemoteCheckpoint => ({
  ...{ at: `hf://lab/run@step${step}`, name: `step${step}`, step, epoch: null, tokens: null },
  ...{ bytes: 10, content: null, config: null },
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
    for (const [{ runs }, known] of [
      [remote, {}],
      [open(state), { unchecked: 5000 }],
    ] as const)
      expect(runs).toEqual([
        {
          ...{ id: 'hf://lab/run', path: 'hf://lab/run', name: 'lab/run', orderedBy: 'step', remote: true },
          ...known,
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
    const describe = vi.fn(() => Promise.resolve(described));
    const { fingerprint } = described.checkpoint;
    await remote.analyzed('hf://lab/run@step0', fingerprint, describe);
    await remote.analyzed('hf://lab/run@step0', fingerprint, describe);
    await remote.analyzed('hf://lab/other@step0', fingerprint, describe);
    expect(describe).toHaveBeenCalledOnce();
    for (const each of [remote, open(state)]) {
      expect(each.remembered('hf://lab/run@step0')).toEqual(described);
      expect(each.remembered('hf://lab/other@step0')).toBeUndefined();
    }
  });

  it('remember another checkpoint that is at the same address by now', async () => {
    const at = 'hf://lab/run@step0';
    const state = memory();
    const remote = open(state);
    await remote.add({ ...listing, checkpoints: [checkpoint(0)] });
    for (const content of ['a', 'b']) {
      const described = { checkpoint: makeAnalysis(content, at).result.checkpoint, state: content };
      await remote.analyzed(at, described.checkpoint.fingerprint, () => Promise.resolve(described));
      expect(open(state).remembered(at)).toEqual(described);
    }
  });

  it('say that nothing was asked for, until the user names the address again', async () => {
    const state = memory();
    await open(state).add({ ...listing, checkpoints: [checkpoint(0)] });
    const next = open(state);
    expect(next.runs.map(({ unchecked }) => unchecked)).toEqual([5000]);
    await next.add({ ...listing, checkpoints: [checkpoint(0)] });
    expect(next.runs.map(({ unchecked }) => unchecked)).toEqual([undefined]);
  });

  it('say how old it is what was listed while the server could not be reached', async () => {
    const state = memory();
    const remote = open(state);
    await remote.add({ ...listing, checkpoints: [checkpoint(0)], old: 70 });
    for (const { runs } of [remote, open(state)]) expect(runs[0]!.unchecked).toBe(70);
    await remote.add({ ...listing, checkpoints: [checkpoint(0)] });
    expect(remote.runs[0]!.unchecked).toBeUndefined();
  });

  it('of earlier versions, which kept no times, are of an unknown age', async () => {
    const state = memory();
    await open(state).add({ ...listing, checkpoints: [checkpoint(0)] });
    const [{ asked: _, ...kept }] = state.get('remoteRuns') as [{ asked: number }];
    await state.update('remoteRuns', [kept]);
    expect(open(state).runs.map(({ unchecked }) => unchecked)).toEqual([null]);
  });

  it('begin anew where another version has kept something else', () => {
    const state = memory();
    void state.update('remoteRuns', [{ at: 5 }]);
    expect(open(state).runs).toEqual([]);
  });
});
