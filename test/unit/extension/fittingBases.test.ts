/** Which checkpoints are offered as the base of an adapter: those that its updates fit. */
import { describe, expect, it } from 'vitest';
import { fittingBases } from '../../../src/extension/adapters/fittingBases';

describe('bases that an adapter fits', () => {
  it('are those whose description with it succeeds, in their order, four at a time', async () => {
    const asked: string[] = [];
    let now = 0;
    let most = 0;
    const found = await fittingBases(['/b', '/misfit', '/a'], async (base) => {
      asked.push(base);
      most = Math.max(most, ++now);
      await Promise.resolve();
      now--;
      if (base === '/misfit') throw new Error('does not fit');
    });
    expect(found).toEqual(['/b', '/a']);
    expect(asked).toHaveLength(3);
    expect(most).toBeLessThanOrEqual(4);
  });

  it('are looked for among the first of many', async () => {
    const many = Array.from({ length: 300 }, (_, index) => `/many/${index}`);
    let asked = 0;
    const found = await fittingBases(many, () => {
      asked++;
      return Promise.resolve();
    });
    expect(asked).toBe(40);
    expect(found).toEqual(many.slice(0, 40));
  });
});
