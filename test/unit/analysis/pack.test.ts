/** Weights that several samples read together are the ones that each would have read alone. */
import { describe, expect, it } from 'vitest';
import { sampleNetwork } from '../../../src/core/analysis/analyzeSample';
import type { AnalysisPlan } from '../../../src/core/analysis/plan';
import { decode } from '../../../src/core/checkpoint/dtype';
import { packedLayout, packRows, packWeights } from '../../../src/core/counting/pack';
import { forEachPickedPiece, type PickedWeights } from '../../../src/core/counting/sampleSums';
import type { SampledNeurons } from '../../../src/core/sampling/drawNeurons';
import { partRows, rowBytesOf } from '../../../src/core/weights/kinds';
import { makePlan, Memory, SHAPES } from '../support/plans';

const NEURONS = 6;
const ignore = (): void => undefined;

function visits(plan: AnalysisPlan, neurons: readonly SampledNeurons[], weights: PickedWeights): unknown[] {
  const seen: unknown[] = [];
  const io = { weights, checkCancelled: ignore };
  forEachPickedPiece(
    io,
    plan,
    [...plan.projections.keys()],
    neurons,
    ({ part }, { from, to, elements, matrices }, bytes) => {
      const values = new Float64Array(elements);
      decode(part.dtype, bytes, values);
      seen.push([from, to, matrices, [...values]]);
    },
  );
  return seen;
}

describe.each([...Object.entries(SHAPES), ['all of them', null] as const])('%s', (_, shape) => {
  const { plan, bytes } = makePlan(shape ? [shape] : Object.values(SHAPES));
  const samples = [0, 1, 2].map((seed) =>
    sampleNetwork(plan, { neurons: NEURONS, draws: 'scattered' }, seed),
  );
  const layout = packedLayout(plan, NEURONS);
  const buffers = samples.map(() => new Uint8Array(layout.bytes));
  const memory = new Memory(bytes);
  for (const [i, projection] of plan.projections.entries()) {
    const neurons = samples.map((sample) => sample[i]!);
    packWeights(
      projection,
      neurons,
      buffers,
      layout.offsets[i]!,
      partRows(() => memory),
      ignore,
    );
  }

  it('gives every sample its weights, as often as it asks', () => {
    for (const [i, neurons] of samples.entries()) {
      const packed: PickedWeights = {
        read(projection, at, _picked, _rows, into) {
          const from = layout.offsets[projection]! + at;
          into.set(buffers[i]!.subarray(from, from + into.length));
        },
      };
      const read = partRows(() => new Memory(bytes));
      const alone = visits(plan, neurons, {
        read(_projection, _at, picked, rows, into) {
          packRows(picked, rows, into, read, ignore);
        },
      });
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
