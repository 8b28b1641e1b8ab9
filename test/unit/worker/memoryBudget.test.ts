import { describe, expect, it } from 'vitest';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { MemoryBudget, type Lease } from '../../../src/worker/memoryBudget';
import { Random } from '../../fuzz/support/random';

interface Part {
  memory: number;
}

/** Takes as much as there is, `least` at least and `most` at most. */
const between =
  (least: number, most = least) =>
  (bytes: number): Part => {
    if (bytes < least) throw new NeuroMfaError('usage', '/a', `${least} needed, ${bytes} allowed`, '');
    return { memory: Math.min(bytes, most) };
  };
const turn = (): Promise<void> => new Promise((go) => setImmediate(go));

describe('the memory budget', () => {
  it('gives what is free, and nothing beyond it', async () => {
    const budget = new MemoryBudget(() => 100);
    const first = await budget.lease(between(10, 70), '/a');
    expect(first.allocation.memory).toBe(70);
    const second = await budget.lease(between(10, 70), '/b');
    expect(second.allocation.memory).toBe(30);
    expect(budget.free).toBe(0);
    first.release();
    second.release();
    expect(budget.free).toBe(100);
  });

  it('lets a request wait for what others return, and others behind it for their turn', async () => {
    const budget = new MemoryBudget(() => 100);
    const first = await budget.lease(between(60), '/a');
    const order: string[] = [];
    const large = budget.lease(between(80), '/large').then((lease) => {
      order.push('large');
      return lease;
    });
    const small = budget.lease(between(10), '/small').then((lease) => {
      order.push('small');
      return lease;
    });
    await turn();
    expect(order).toEqual([]);
    first.release();
    await Promise.all([large, small]);
    expect(order).toEqual(['large', 'small']);
    expect(budget.free).toBe(10);
  });

  it('refuses at once what never fits, and holds nothing for it', async () => {
    const budget = new MemoryBudget(() => 100);
    const first = await budget.lease(between(60), '/a');
    await expect(budget.lease(between(101), '/b')).rejects.toMatchObject({ code: 'usage' });
    first.release();
    expect(budget.free).toBe(100);
  });

  it('gives a request that is alone what it was promised, although less is allowed by now', async () => {
    let limit = 100;
    const budget = new MemoryBudget(() => limit);
    const first = await budget.lease(between(60), '/a');
    const second = budget.lease(between(60), '/b');
    limit = 50;
    first.release();
    expect((await second).allocation.memory).toBe(60);
  });

  it('lets the next one in when one that waits is cancelled', async () => {
    const budget = new MemoryBudget(() => 100);
    const first = await budget.lease(between(60), '/a');
    const controller = new AbortController();
    const large = budget.lease(between(80), '/large', controller.signal);
    const small = budget.lease(between(10), '/small');
    controller.abort();
    await expect(large).rejects.toMatchObject({ code: 'cancelled', data: { subject: '/large' } });
    expect((await small).allocation.memory).toBe(10);
    await expect(budget.lease(between(1), '/c', AbortSignal.abort())).rejects.toMatchObject({
      code: 'cancelled',
    });
    first.release();
  });

  it('is never exceeded, and serves everybody (seeded)', async () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = new Random(seed, 'memory');
      const limit = 100;
      const budget = new MemoryBudget(() => limit);
      const held = new Set<Lease<Part>>();
      const waiting = new Set<Promise<void>>();
      let served = 0;
      let cancelled = 0;
      const asked = 40;
      const returnOne = (): void => {
        const lease = random.pick([...held]);
        held.delete(lease);
        lease.release();
      };
      for (let i = 0; i < asked; i++) {
        const least = random.between(1, limit);
        const controller = new AbortController();
        const request = budget
          .lease(between(least, random.between(least, limit)), `/${i}`, controller.signal)
          .then((lease) => {
            held.add(lease);
            served++;
          })
          .catch(() => {
            cancelled++;
          })
          .finally(() => waiting.delete(request));
        waiting.add(request);
        if (random.chance(0.2)) controller.abort();
        if (random.chance(0.5)) await turn();
        expect([...held].reduce((sum, { allocation }) => sum + allocation.memory, 0)).toBeLessThanOrEqual(
          limit,
        );
        if (held.size > 0 && random.chance(0.3)) returnOne();
      }
      while (waiting.size > 0 || held.size > 0) {
        await turn();
        if (held.size > 0) returnOne();
      }
      expect(served + cancelled).toBe(asked);
      expect(budget.free).toBe(limit);
    }
  });
});
