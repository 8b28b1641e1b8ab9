/** Weights that several samples read together are the ones that each would have read alone. */
import { describe, expect, it } from 'vitest';
import { packedLayout, PackedWeights, packWeights } from '../../../src/core/analysis/packedWeights';
import { sampleNetwork } from '../../../src/core/analysis/analyzeSample';
import type { AnalysisPlan, PlannedPart } from '../../../src/core/analysis/plan';
import { partRows, rowBytesOf } from '../../../src/core/analysis/partRows';
import { checkpointRows, visitSampledWeights } from '../../../src/core/analysis/sampleWeights';
import type { RowReader, WeightReader } from '../../../src/core/analysis/sampleWeights';
import type { ByteSource } from '../../../src/core/checkpoint/source';
import type { SampledNeurons } from '../../../src/core/sampling/drawNeurons';
import type { Layout } from '../../../src/core/network/types';
import { Mt19937 } from '../../../src/core/sampling/mt19937';

const NEURONS = 6;

interface Shape {
  layout: Layout;
  parts: Pick<PlannedPart, 'dtype' | 'rows' | 'columns' | 'kernel' | 'groups'>[];
}

const part = (
  dtype: PlannedPart['dtype'],
  rows: number,
  columns: number,
  kernel = 1,
  groups = 1,
): Shape['parts'][number] => ({ dtype, rows, columns, kernel, groups });

const SHAPES: Record<string, Shape> = {
  'one part, rows as targets': { layout: 'out-in', parts: [part('F16', 40, 24)] },
  'one part, rows as sources': { layout: 'in-out', parts: [part('BF16', 24, 40)] },
  'parts of several types': {
    layout: 'out-in',
    parts: [part('F16', 16, 24), part('F64', 8, 24), part('F32', 16, 24)],
  },
  'a convolution': { layout: 'out-in', parts: [part('F32', 40, 24, 9)] },
  'a grouped convolution': { layout: 'out-in', parts: [part('F16', 40, 6, 9, 4)] },
  'a transposed grouped convolution': { layout: 'in-out', parts: [part('BF16', 24, 10, 4, 4)] },
};

/** A plan of projections 24 → 40, and the bytes of its parts one after another. */
function makePlan(shapes: readonly Shape[]): { plan: AnalysisPlan; bytes: Uint8Array } {
  let offset = 8;
  const projections = shapes.map(({ layout, parts }, i) => ({
    name: `projection ${i}`,
    layout,
    sources: 24,
    targets: 40,
    parts: parts.map((each) => {
      const planned = { ...each, file: 'one', offset };
      offset += each.rows * rowBytesOf(planned);
      return planned;
    }),
    sampling: { sources: 2 * i, targets: [{ draw: 2 * i + 1, offset: 0 }] },
  }));
  const draws = shapes.flatMap((_, i) => [
    { layer: `in ${i}`, width: 24, multiple: 1 },
    { layer: `out ${i}`, width: 40, multiple: 2 },
  ]);
  const random = new Mt19937(7);
  return {
    plan: { projections, draws },
    bytes: Uint8Array.from({ length: offset }, () => random.uint32() & 255),
  };
}

/** Counts what is read. */
class Memory implements ByteSource {
  bytesRead = 0;
  reads = 0;
  constructor(private readonly bytes: Uint8Array) {}
  read(offset: number, into: Uint8Array): void {
    into.set(this.bytes.subarray(offset, offset + into.length));
    this.bytesRead += into.length;
    this.reads++;
  }
}

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
