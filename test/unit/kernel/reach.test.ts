/** The partition sums of sampled networks: WebAssembly has the bits of TypeScript. */
import { expect, it } from 'vitest';
import { WasmKernel } from '../../../src/core/multifractal/kernel/wasmKernel';
import { EdgeCounts } from '../../../src/core/multifractal/boxGrowing';
import { partitionSums } from '../../../src/core/multifractal/partition';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { PAPER_Q } from '../support/analyze';

const kernel = new WasmKernel();

/** Sources with up to `most` edges each, short ones more often. */
function randomCounts(seed: number, sources: number, most: number, threshold: number): EdgeCounts {
  const random = new Mt19937(seed);
  const counts = EdgeCounts.forSpectrum(sources, threshold);
  for (let source = 0; source < sources; source++) {
    for (let edges = random.interval(most); edges > 0; edges--) {
      counts.add(source, 1.1 * threshold * (random.uint32() / 2 ** 32) ** 2);
    }
  }
  return counts;
}

function sameBits(a: Float64Array, b: Float64Array): boolean {
  return Buffer.from(a.buffer).equals(Buffer.from(b.buffer));
}

it.each([
  { sources: 700, most: 96, q: PAPER_Q, what: 'the paper' },
  { sources: 40, most: 3000, q: PAPER_Q, what: 'many edges' },
  { sources: 1500, most: 40, threshold: 1500, q: [-2, -1, 0, 1], what: 'more radii than go together' },
  { sources: 100, most: 60, q: [-2, 0, 1.5], what: 'few orders' },
  { sources: 100, most: 60, q: PAPER_Q.slice(23, 39), what: 'as many orders as go together' },
  { sources: 9, most: 10, q: PAPER_Q, what: 'no node' },
])('$what', ({ sources, most, threshold = 150, q }) => {
  const counts = randomCounts(sources + most, sources, most, threshold);
  const plain = partitionSums(counts, q);
  const fast = partitionSums(counts, q, kernel.addReach);
  expect(fast.radii).toEqual(plain.radii);
  expect(sameBits(fast.z, plain.z)).toBe(true);
  expect(sameBits(fast.logSum, plain.logSum)).toBe(true);
  expect(fast.nodes > 0).toBe(most > 10);
});
