/** What a full network cannot see: which target an edge goes to, and its sign. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeSettings } from '../../../src/core/analysis/settings';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { emergence } from '../../../src/core/emergence/emergence';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import type { Analysis } from '../../../src/protocol/analysis';
import { samplePath } from '../support/analyze';
import { bundleWorkers, PathEngine, type WorkerBundle } from '../support/engine';
import { writeCheckpoint, type Written } from '../support/writeCheckpoint';

let workers: WorkerBundle;
let engine: PathEngine;
let rewired: Written;
beforeAll(async () => {
  workers = await bundleWorkers();
  engine = new PathEngine({ directory: workers.directory, threads: 2 });
});
afterAll(async () => {
  await engine.dispose();
  workers.remove();
  rewired.remove();
});

/** Each source's weights in another order and of any sign: columns of [targets, sources], F16. */
function rewire(bytes: Uint8Array, [targets, sources]: readonly [number, number], random: Mt19937): void {
  const weights = new Uint16Array(bytes.buffer, bytes.byteOffset, targets * sources);
  for (let source = 0; source < sources; source++) {
    for (let target = targets - 1; target >= 0; target--) {
      const [here, there] = [target, random.interval(target)].map((row) => row * sources + source) as [
        number,
        number,
      ];
      const sign = random.interval(1) === 1 ? 0x8000 : 0;
      [weights[here], weights[there]] = [weights[there]! ^ sign, weights[here]!];
    }
  }
}

it('rewiring every source and flipping signs at random leaves every bit of the full result', async () => {
  const checkpoint = openCheckpoint(samplePath(4000));
  const random = new Mt19937(9);
  let moved = 0;
  const tensors = checkpoint.tensors
    .filter(({ shape, name }) => shape.length === 2 && name.includes('layers'))
    .map((tensor) => {
      const bytes = new Uint8Array(tensor.bytes);
      checkpoint.read(tensor, 0, bytes);
      const before = bytes.slice();
      rewire(bytes, [tensor.shape[0]!, tensor.shape[1]!], random);
      moved += bytes.filter((byte, i) => byte !== before[i]).length;
      return { name: tensor.name, dtype: tensor.dtype, shape: [...tensor.shape], bytes };
    });
  checkpoint.close();
  rewired = writeCheckpoint(tensors, { num_attention_heads: 4 });
  expect(moved).toBeGreaterThan(1e6);

  const settings = makeSettings({ mode: 'full' });
  const [first, was, is] = await Promise.all(
    [samplePath(0), samplePath(4000), rewired.path].map((path) => engine.analyze(path, settings)),
  );
  expect(is!.result.samples).toEqual(was!.result.samples);
  expect(is!.arrays).toEqual(was!.arrays);
  expect(is!.result.summary).toEqual(was!.result.summary);
  // But for the Gaussian network beside each, which has the mean of some rows.
  const alone = (analysis: Analysis): unknown =>
    analysis.result.perProjection!.map((each) => ({ ...each, gaussian: null }));
  expect(alone(is!)).toEqual(alone(was!));
  const { alpha0, width } = is!.result.samples[0]!;
  expect([alpha0, width]).toEqual([1.0847945660103206, 0.6922169679337736]);
  expect(emergence(is!.result, first!.result, 'alpha0').value).toBe(0.14596675169540382);
});
