/** Weights that several samples read together are the ones that each would have read alone. */
import { describe, expect, it } from 'vitest';
import { packedLayout, PackedWeights, packWeights } from '../../../src/core/analysis/packedWeights';
import { sampleNetwork } from '../../../src/core/analysis/analyzeSample';
import type { AnalysisPlan } from '../../../src/core/analysis/plan';
import { partRows, rowBytesOf } from '../../../src/core/weights/kinds';
import { checkpointRows, visitSampledWeights } from '../../../src/core/analysis/sampleWeights';
import type { RowReader, WeightReader } from '../../../src/core/analysis/sampleWeights';
import type { SampledNeurons } from '../../../src/core/sampling/drawNeurons';
import { makePlan, Memory, SHAPES } from '../support/plans';

const NEURONS = 6;

function visits(
  plan: AnalysisPlan,
  neurons: readonly SampledNeurons[],
  read: RowReader | WeightReader,
): unknown[] {
  const seen: unknown[] = [];
  for (const [i, projection] of plan.projections.entries()) {
    const ignore = (): void => undefined;
    visitSampledWeights(projection, neurons[i]!, read, ignore, (values, start, sources, from, count) => {
      seen.push([i, [...values.subarray(start, start + count)], [...sources.subarray(from, from + count)]]);
    });
  }
  return seen;
}

describe.each([...Object.entries(SHAPES), ['all of them', null] as const])('%s', (_, shape) => {
  const { plan, bytes } = makePlan(shape ? [shape] : Object.values(SHAPES));
  const samples = [0, 1, 2].map((seed) => sampleNetwork(plan, NEURONS, seed));
  const layout = packedLayout(plan, NEURONS);
  const rooms = samples.map(() => new Uint8Array(layout.bytes));
  const memory = new Memory(bytes);
  for (const [i, projection] of plan.projections.entries()) {
    const neurons = samples.map((sample) => sample[i]!);
    packWeights(
      projection,
      neurons,
      rooms,
      layout.offsets[i]!,
      partRows(() => memory),
      () => undefined,
    );
  }

  it('gives every sample its weights, as often as it asks', () => {
    for (const [i, neurons] of samples.entries()) {
      const packed = new PackedWeights(plan, layout, rooms[i]!);
      const alone = visits(plan, neurons, checkpointRows(partRows(() => new Memory(bytes))));
      expect(alone.length).toBeGreaterThan(0);
      expect(visits(plan, neurons, packed)).toEqual(alone);
      expect(visits(plan, neurons, packed)).toEqual(alone);
    }
  });

  it('reads every row that is needed once, rows that touch each other together, and nothing else', () => {
    let needed = 0;
    let runs = 0;
    for (const [i, projection] of plan.projections.entries()) {
      let firstTarget = 0;
      for (const each of projection.parts) {
        const rowIsTarget = projection.layout === 'out-in';
        const rows = new Set(
          samples.flatMap((sample) => {
            const { sources, targets } = sample[i]!;
            return [...(rowIsTarget ? targets : sources)]
              .map((neuron) => neuron - (rowIsTarget ? firstTarget : 0))
              .filter((row) => row >= 0 && row < each.rows);
          }),
        );
        needed += rows.size * rowBytesOf(each);
        runs += [...rows].filter((row) => !rows.has(row - 1)).length;
        firstTarget += rowIsTarget ? each.rows : each.columns * each.groups;
      }
    }
    expect(memory).toMatchObject({ bytesRead: needed, reads: runs });
  });
});
