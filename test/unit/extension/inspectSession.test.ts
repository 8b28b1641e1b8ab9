import { expect, it } from 'vitest';
import { InspectSession } from '../../../src/extension/panels/inspectSession';
import type { ReadingProgress } from '../../../src/protocol/inspect';

it('tells how far the reading that counts has come, and of no other', async () => {
  const readings: { tell: (progress: ReadingProgress) => void; fail: (error: Error) => void }[] = [];
  const session = new InspectSession(
    (_signal, tell) =>
      new Promise((_, fail) => {
        readings.push({ tell, fail });
      }),
  );
  const told: number[] = [];
  session.onReading(({ tensors }) => told.push(tensors));
  const first = session.read();
  readings[0]!.tell({ tensors: 1, blocks: 0, ofBlocks: 0 });
  const second = session.read();
  readings[0]!.tell({ tensors: 2, blocks: 0, ofBlocks: 0 });
  readings[1]!.tell({ tensors: 3, blocks: 0, ofBlocks: 0 });
  readings[0]!.fail(new Error('ended'));
  await first;
  expect(session.state.kind).toBe('reading');
  readings[1]!.fail(new Error('gone'));
  await second;
  expect(session.state.kind).toBe('failed');
  expect(told).toEqual([1, 3]);
});

it('knows what has become of the file since it was read', async () => {
  const session = new InspectSession(() => Promise.reject(new Error('unreadable')));
  await session.read();
  expect(session.changedOnDisk).toBeNull();
  expect(session.noteChange('overwritten')).toBe(true);
  expect(session.changedOnDisk).toBe('overwritten');
  expect(session.noteChange('overwritten')).toBe(false);
  expect(session.noteChange(null)).toBe(true);
  expect(session.changedOnDisk).toBeNull();
  session.noteChange('deleted');
  expect(session.changedOnDisk).toBe('deleted');
  await session.read();
  expect(session.changedOnDisk).toBeNull();
});
