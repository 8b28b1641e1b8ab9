import { expect, it } from 'vitest';
import { Ahead } from '../../../src/worker/ahead';

/** Pieces of work that end when they are told to. */
function pieces(count: number, most: number) {
  const ahead = new Ahead(most);
  const begun: number[] = [];
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const results = Array.from({ length: count }, (_, index) =>
    ahead.run(index, () => {
      begun.push(index);
      return new Promise<number>((resolve, reject) => {
        ends[index] = {
          resolve: () => {
            resolve(index);
          },
          reject,
        };
      });
    }),
  );
  return { ahead, begun, ends, results };
}

/** Everything that waits for nothing but its turn has had it. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('no more pieces begin than may be kept, and the next ones when the first are done with', async () => {
  const { ahead, begun, ends, results } = pieces(6, 3);
  await settled();
  expect(begun).toEqual([0, 1, 2]);
  // The second and third wait for the first.
  ends[1]!.resolve();
  ends[2]!.resolve();
  await settled();
  expect(begun).toEqual([0, 1, 2]);
  ends[0]!.resolve();
  ahead.doneBefore(3);
  await settled();
  expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
  for (const index of [3, 4, 5]) ends[index]!.resolve();
  expect(await Promise.all(results)).toEqual([0, 1, 2, 3, 4, 5]);
});

it('where one fails, none waits any more', async () => {
  const { begun, ends, results } = pieces(5, 1);
  await settled();
  expect(begun).toEqual([0]);
  ends[0]!.reject(new Error('cancelled'));
  await expect(results[0]).rejects.toThrow('cancelled');
  await settled();
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  for (const index of [1, 2, 3, 4]) ends[index]!.resolve();
  expect(await Promise.all(results.slice(1))).toEqual([1, 2, 3, 4]);
});
