import { describe, expect, it, vi } from 'vitest';
import { storedSubject } from '../../../src/protocol/subject';
import { DeferredExecutor } from '../../../src/worker/deferredExecutor';
import type { Executor } from '../../../src/worker/executor';

const TASK = { verb: 'inspect', subject: storedSubject('/a', null) } as const;

function setUp() {
  const submit = vi.fn(() => Promise.resolve('done'));
  const dispose = vi.fn(() => Promise.resolve());
  const make = vi.fn(() => Promise.resolve({ submit, dispose } as unknown as Executor));
  return { deferred: new DeferredExecutor(make), make, submit, dispose };
}

describe('an executor that is made with its first task', () => {
  it('is made once, whatever it is asked', async () => {
    const { deferred, make } = setUp();
    expect(make).not.toHaveBeenCalled();
    expect(await Promise.all([deferred.submit(TASK, {}), deferred.submit(TASK, {})])).toEqual([
      'done',
      'done',
    ]);
    expect(make).toHaveBeenCalledOnce();
  });

  it('is not made to be ended, and ends what was made', async () => {
    const unused = setUp();
    await unused.deferred.dispose();
    expect(unused.make).not.toHaveBeenCalled();
    const { deferred, dispose } = setUp();
    await deferred.submit(TASK, {});
    await deferred.dispose();
    expect(dispose).toHaveBeenCalledOnce();
  });

  it('has ended before a task that comes after its end', async () => {
    const { deferred, submit, dispose } = setUp();
    await deferred.dispose();
    await deferred.submit(TASK, {});
    expect(dispose).toHaveBeenCalledOnce();
    expect(dispose.mock.invocationCallOrder[0]).toBeLessThan(submit.mock.invocationCallOrder[0]!);
  });
});
