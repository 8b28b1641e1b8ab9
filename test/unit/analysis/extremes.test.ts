/** The neurons that w rests on: who they are, and what is left of w without them. */
import { describe, expect, it } from 'vitest';
import { extremesOf } from '../../../src/core/analysis/extremeNeurons';
import { MAX_NODE_COUNTS, NodeCounts } from '../../../src/core/analysis/nodeCounts';
import type { AnalyzedSample } from '../../../src/core/analysis/analyzeSample';
import type { Layout } from '../../../src/core/network/types';
import { WasmKernel } from '../../../src/core/multifractal/kernel/wasmKernel';
import { partRows } from '../../../src/core/weights/kinds';
import { PAPER } from '../support/analyze';
import { runPacked } from '../support/packed';
import { makePlan, Memory, part, type Shape } from '../support/plans';

/** Whole layers, and radii that no neuron changes. */
const SETTINGS = { ...PAPER, neurons: 64, radii: { rule: 'fixed', lo: 2 } } as const;
const TARGETS = 40;
const SOURCES = 24;

const shapeOf = (layout: Layout): Shape => ({
  layout,
  parts: [layout === 'out-in' ? part('F32', TARGETS, SOURCES) : part('F32', SOURCES, TARGETS)],
});

/** Three projections; `change` says what all weights of a source are. */
function run(
  layout: Layout,
  change: (projection: number, source: number) => number | null,
  times = 3,
): AnalyzedSample {
  const { plan, bytes } = makePlan([shapeOf(layout)], times);
  for (const [index, projection] of plan.projections.entries()) {
    const { weights } = projection.parts[0]!;
    const values = new Float32Array(bytes.buffer, (weights as { offset: number }).offset, SOURCES * TARGETS);
    for (let source = 0; source < SOURCES; source++)
      for (let target = 0; target < TARGETS; target++) {
        const at = layout === 'out-in' ? target * SOURCES + source : source * TARGETS + target;
        values[at] = change(index, source) ?? Math.abs(values[at]!);
      }
  }
  const read = partRows(() => new Memory(bytes));
  return runPacked(plan, 3, SETTINGS, read, new WasmKernel());
}

/** All edges of one neuron are as long as 140, those of another as short as 2. */
const planted = (projection: number, source: number): number | null => {
  if (projection === 1 && source === 5) return 1 / 140;
  return projection === 2 && source === 9 ? 0.5 : null;
};

describe.each(['out-in', 'in-out'] as const)('the extreme neurons of a sample, %s', (layout) => {
  const { result, extremes } = run(layout, planted);

  it('are those with the smallest and the largest μ, by name', () => {
    expect(extremes!.rare[0]).toMatchObject({ projection: 1, neuron: 5 });
    expect(extremes!.common[0]).toMatchObject({ projection: 2, neuron: 9 });
    // Of 72 neurons.
    expect(extremes!.rare[0]!.weight).toBeGreaterThan(0.2);
  });

  it('make so much of w as is gone in a network without them', () => {
    expect(extremes!.neurons).toBe(2);
    const without = run(layout, (projection, source) => (planted(projection, source) === null ? null : 0));
    expect(without.result.nodes).toBe(result.nodes - 2);
    expect(1 - extremes!.share).toBeCloseTo(without.result.width! / result.width!, 9);
    expect(extremes!.share).toBeGreaterThan(0.1);
  });
});

it('weights of single neurons are shares of Z: together they are 1', () => {
  const { common, rare } = run('in-out', (_, source) => (source < 8 ? null : 0), 1).extremes!;
  for (const list of [common, rare]) {
    expect(list).toHaveLength(8);
    expect(list.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
  }
});

describe('nothing is said', () => {
  it('of too few neurons', () => {
    expect(run('in-out', (_, source) => (source < 3 ? null : 0), 1).extremes).toBeUndefined();
  });

  it('of more neurons than are held, nor of others than the sums are of', () => {
    const kernel = new WasmKernel();
    const nodes = new NodeCounts(kernel);
    const codes = { spectrum: { first: 0, last: 1 }, size: 2, radius: Uint16Array.of(2, 3) };
    const sources = MAX_NODE_COUNTS / 2 + 1;
    kernel.begin(sources, 41, 0, codes.size);
    kernel.counts.fill(20);
    nodes.add({
      counts: kernel.counts,
      codes: { ...codes, nfd: null, beyond: 1, codeOf: () => 0 },
      sources,
      neuronOf: (neuron) => ({ projection: 0, neuron }),
    });
    const sums = {
      ...{ nodes: sources, nodesDropped: 0, edgesKept: 0, radii: [2, 3], edgesAt: [0, 0] },
      ...{ z: new Float64Array(2 * PAPER.q.length), logSum: new Float64Array(2) },
    };
    expect(nodes.extremes(sums, PAPER.q, 1)).toBeNull();
  });
});

it('of several samples the share has an interval, and a neuron that two of them take is named once', () => {
  const sample = run('in-out', planted);
  const { extremes: _, ...silent } = sample;
  const names = [0, 1, 2].map((block) => ({ name: `p${block}`, block, role: 'linear' as const }));
  const found = extremesOf([sample, sample, silent], names, false)!;
  expect(found.share).toMatchObject({ mean: sample.extremes!.share, sd: 0 });
  expect(found.rare[0]).toMatchObject({ projection: 'p1', neuron: 5 });
  expect(found.rare.filter(({ projection, neuron }) => projection === 'p1' && neuron === 5)).toHaveLength(1);
  expect(extremesOf([sample, sample], names, true)!.share).toMatchObject({ sd: null, ci95: null });
  expect(extremesOf([silent], names, false)).toBeNull();
});
