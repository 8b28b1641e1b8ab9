import { describe, expect, it, vi } from 'vitest';
import { storedSubject } from '../../../src/protocol/subject';
import { DeferredExecutor } from '../../../src/worker/deferredExecutor';
import type { Executor } from '../../../src/worker/executor';

const TASK = { verb: 'inspect', subject: storedSubject('/a', null) } as const;

function setUp(): { deferred: DeferredExecutor; make: () => Promise<Executor>; executor: Executor } {
  const executor = {
    submit: vi.fn(() => Promise.resolve('done')),
    dispose: vi.fn(() => Promise.resolve()),
  } as unknown as Executor;
  const make = vi.fn(() => Promise.resolve(executor));
  return { deferred: new DeferredExecutor(make), make, executor };
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
    const { deferred, executor } = setUp();
    await deferred.submit(TASK, {});
    await deferred.dispose();
    expect(executor.dispose).toHaveBeenCalledOnce();
  });

  it('has ended before a task that comes after its end', async () => {
    const { deferred, executor } = setUp();
    await deferred.dispose();
    await deferred.submit(TASK, {});
    expect(executor.dispose).toHaveBeenCalledOnce();
    expect(vi.mocked(executor.dispose).mock.invocationCallOrder[0]).toBeLessThan(
      vi.mocked(executor.submit).mock.invocationCallOrder[0]!,
    );
  });
});
