import { describe, expect, it } from 'vitest';
import { runFixture } from '../../preview/runFixtures';
import { inOrder, nextOrder, type CheckpointOrder } from '../../../webview/runs/checkpointOrder';

const run = runFixture({ name: 'a', states: { 3: { kind: 'missing' } } });
const pathsIn = (order: CheckpointOrder | null): string[] =>
  inOrder([run], order).map(({ checkpoint }) => checkpoint.path);

describe('the order of the Checkpoints table', () => {
  it('is that of the run, or by a number in either direction, with those without numbers last', () => {
    const natural = run.checkpoints.map(({ path }) => path);
    expect(pathsIn(null)).toEqual(natural);
    const points = run.series!.points;
    const byWidth = [...points]
      .sort((a, b) => a.width.mean! - b.width.mean!)
      .map(({ checkpoint }) => checkpoint.path);
    const without = natural.filter((path) => !byWidth.includes(path));
    expect(without.length).toBeGreaterThan(0);
    expect(pathsIn({ column: 'width', descending: false })).toEqual([...byWidth, ...without]);
    expect(pathsIn({ column: 'width', descending: true })).toEqual([...byWidth.reverse(), ...without]);
  });

  it('goes down, up, and back to that of the run', () => {
    const down = nextOrder(null, 'emergence');
    const up = nextOrder(down, 'emergence');
    expect([down, up, nextOrder(up, 'emergence')]).toEqual([
      { column: 'emergence', descending: true },
      { column: 'emergence', descending: false },
      null,
    ]);
    expect(nextOrder(down, 'width')).toEqual({ column: 'width', descending: true });
  });
});
