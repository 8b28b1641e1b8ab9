/** Samples that the kernel counts are those that are counted weight by weight. */
import { describe, expect, it } from 'vitest';
import { analyzeSample } from '../../../src/core/analysis/analyzeSample';
import { COUNTED_SOURCES } from '../../../src/core/analysis/packedSums';
import { partRows } from '../../../src/core/weights/kinds';
import { checkpointRows } from '../../../src/core/analysis/sampleWeights';
import type { Kernel } from '../../../src/core/multifractal/kernel/kernel';
import { ReferenceKernel } from '../../../src/core/multifractal/kernel/reference';
import { WasmKernel } from '../../../src/core/multifractal/kernel/wasmKernel';
import type { AnalysisSettings } from '../../../src/protocol/analysis';
import { PAPER } from '../support/analyze';
import { expectAllClose, expectClose } from '../support/close';
import { runPacked } from '../support/packed';
import { makePlan, Memory, part, SHAPES, type Shape } from '../support/plans';

const PLAIN: Shape[] = (['F16', 'BF16', 'F32'] as const).flatMap((dtype): Shape[] => [
  { layout: 'out-in', parts: [part(dtype, 40, 24)] },
  { layout: 'in-out', parts: [part(dtype, 24, 40)] },
  { layout: 'out-in', parts: [part(dtype, 16, 24), part('F16', 24, 24)] },
  { layout: 'in-out', parts: [part(dtype, 24, 10), part('F32', 24, 30)] },
]);

const SETTINGS: Record<string, Partial<AnalysisSettings>> = {
  'the paper’s': {},
  'd = 1 / w²': { transfer: 'inv2' },
  'a threshold between radii': { threshold: 90.5 },
  'the largest threshold that one pass serves': { threshold: 250 },
  'scale-free': { scaleFree: true },
  'few orders': { q: [-2, -1, 0, 1] },
};

function bothWays(
  shapes: readonly Shape[],
  settings: Partial<AnalysisSettings>,
  kernel: Kernel = new WasmKernel(),
) {
  return waysOf(makePlan(shapes), settings, kernel);
}

function waysOf(
  { plan, bytes }: ReturnType<typeof makePlan>,
  settings: Partial<AnalysisSettings>,
  kernel: Kernel = new WasmKernel(),
) {
  const all = { ...PAPER, neurons: 20, ...settings };
  const read = partRows(() => new Memory(bytes));
  const plain = analyzeSample(plan, all, 3, { read: checkpointRows(read), checkpoint: () => undefined });
  return { plain, packed: runPacked(plan, 3, all, read, kernel) };
}

describe.each(Object.entries(SETTINGS))('%s settings', (_, settings) => {
  it('tell the same network', () => {
    const { plain, packed } = bothWays(PLAIN, settings);
    const { result } = packed;
    expect(plain.result.nonFinite).toBeGreaterThan(0);
    for (const name of [
      'radii',
      'nodes',
      'nodesDropped',
      'edgesKept',
      'nonFinite',
      'medianLength',
      'outcome',
    ] as const)
      expect(result[name]).toEqual(plain.result[name]);
    expect(result.outcome).toBe('kept');
    expect([packed.sources, packed.edges]).toEqual([plain.sources, plain.edges]);
    expectAllClose(packed.arrays.lnZ, [...plain.arrays.lnZ], 'ln Z', 1e-12);
    expectAllClose(packed.arrays.nfd, [...plain.arrays.nfd], 'fractal dimensions', 1e-12);
    for (const name of ['alpha0', 'alpha0Exact', 'width'] as const)
      expectClose(result[name]!, plain.result[name]!, name, 1e-12);
  });

  it('have the same bits with both kernels', () => {
    const wasm = bothWays(PLAIN, settings).packed;
    expect(bothWays(PLAIN, settings, new ReferenceKernel()).packed).toEqual(wasm);
  });
});

describe('lengths -ln |w|, of types that have a table for them', () => {
  it('tell the same network', () => {
    const { plain, packed } = bothWays([PLAIN[0]!, PLAIN[5]!], { transfer: 'neglog', threshold: 9 });
    expect(packed.result.edgesKept).toBe(plain.result.edgesKept);
    expectAllClose(packed.arrays.lnZ, [...plain.arrays.lnZ], 'ln Z', 1e-12);
  });
});

describe('more sources than are counted together', () => {
  it('tell the same network', () => {
    const wide = makePlan([{ layout: 'out-in', parts: [part('F16', 40, 24)] }], COUNTED_SOURCES / 20 + 1);
    const { plain, packed } = waysOf(wide, {});
    expect(packed.sources).toBeGreaterThan(COUNTED_SOURCES);
    expect([packed.result.nodes, packed.result.edgesKept]).toEqual([
      plain.result.nodes,
      plain.result.edgesKept,
    ]);
    expectAllClose(packed.arrays.lnZ, [...plain.arrays.lnZ], 'ln Z', 1e-12);
    expectAllClose(packed.arrays.nfd, [...plain.arrays.nfd], 'fractal dimensions', 1e-12);
  });
});

describe('more rows than the kernel counts at once', () => {
  it.each<Shape>([
    { layout: 'out-in', parts: [part('F16', 70_000, 12)] },
    { layout: 'in-out', parts: [part('BF16', 70_000, 12)] },
  ])('tell the same network: $layout', (shape) => {
    const { plain, packed } = bothWays([shape], { neurons: 100_000 });
    expect(packed.edges).toBe(12 * 70_000);
    expect(packed.result.edgesKept).toBe(plain.result.edgesKept);
    expect(packed.result.edgesKept).toBeGreaterThan(0);
    expectAllClose(packed.arrays.lnZ, [...plain.arrays.lnZ], 'ln Z', 1e-12);
    const present = (values: Float64Array): Float64Array =>
      values.map((value) => (Number.isNaN(value) ? -1 : value));
    expectAllClose(present(packed.arrays.nfd), present(plain.arrays.nfd), 'fractal dimensions', 1e-12);
  });
});

describe('lengths relative to a median that is no length', () => {
  it('have no result, with the reason', () => {
    const { plan, bytes } = makePlan([{ layout: 'out-in', parts: [part('F32', 40, 24)] }]);
    new Float32Array(bytes.buffer, 8).fill(3);
    const { plain, packed } = waysOf({ plan, bytes }, { transfer: 'neglog', threshold: 90, scaleFree: true });
    expect(plain.result).toMatchObject({ outcome: 'empty', alpha0: null, medianLength: -Math.log(3) });
    expect(plain.result.reason).toEqual({ code: 'median-not-positive', medianLength: -Math.log(3) });
    expect(packed).toEqual(plain);
  });
});

describe('what the kernel cannot count is counted weight by weight, with the same bits', () => {
  it.each<[string, Shape[], Partial<AnalysisSettings>]>([
    ['a threshold beyond the codes', PLAIN, { threshold: 300 }],
    ['lengths of the smallest floats', PLAIN, { transfer: 'neglog', threshold: 9 }],
    ['a threshold that takes two passes', PLAIN, { threshold: 253 }],
    ['other shapes and types', Object.values(SHAPES), {}],
  ])('%s', (_, shapes, settings) => {
    const { plain, packed } = bothWays(shapes, settings);
    expect(packed).toEqual(plain);
  });
});
