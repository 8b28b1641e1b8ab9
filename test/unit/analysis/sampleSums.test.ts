/** Samples as the kernel counts them are what they are weight by weight, whatever the weights and settings. */
import { describe, expect, it } from 'vitest';
import { COUNTED_SOURCES } from '../../../src/core/counting/sampleSums';
import { partRows } from '../../../src/core/weights/kinds';
import type { Kernel } from '../../../src/core/multifractal/kernel/kernel';
import { ReferenceKernel } from '../../../src/core/multifractal/kernel/reference';
import { WasmKernel } from '../../../src/core/multifractal/kernel/wasmKernel';
import type { AnalysisSettings } from '../../../src/protocol/analysis';
import { PAPER } from '../support/analyze';
import { expectAllClose, expectClose } from '../support/close';
import { runPacked, runUnpacked } from '../support/packed';
import { analyzePlainly } from '../support/plainSample';
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
  'the largest threshold that codes of one byte serve': { threshold: 250 },
  'a threshold that takes two passes of them': { threshold: 253 },
  'codes of two bytes': { threshold: 300 },
  'thousands of radii': { threshold: 3000.5, transfer: 'inv2', q: [-2, -1, 0, 1] },
  'the largest threshold': { threshold: 65_534, transfer: 'inv2', q: [-1, 0, 1] },
  'lengths -ln |w|': { transfer: 'neglog', threshold: 9 },
  'scale-free': { scaleFree: 'network' },
  'scale-free by projection': { scaleFree: 'projection' },
  'scale-free by projection in two passes': { scaleFree: 'projection', threshold: 253 },
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
  const plain = analyzePlainly(plan, all, 3, read);
  return {
    plain,
    packed: runPacked(plan, 3, all, read, kernel),
    unpacked: () => runUnpacked(plan, 3, all, read),
  };
}

type Ways = ReturnType<typeof waysOf>;

function expectSame(ways: Pick<Ways, 'plain' | 'packed'>): void {
  expectSameSums(ways);
  const { plain, packed } = ways;
  if (packed.result.outcome !== 'kept') return;
  for (const name of ['alpha0', 'alpha0Exact', 'width'] as const)
    expectClose(packed.result[name]!, plain.result[name]!, name, 1e-12);
}

function expectSameSums({ plain, packed }: Pick<Ways, 'plain' | 'packed'>): void {
  const { result } = packed;
  for (const name of [
    'radii',
    'nodes',
    'nodesDropped',
    'edgesKept',
    'nonFinite',
    'medianLength',
    'outcome',
    'reason',
  ] as const)
    expect(result[name]).toEqual(plain.result[name]);
  expect([packed.sources, packed.edges]).toEqual([plain.sources, plain.edges]);
  expectAllClose(packed.arrays.lnZ, [...plain.arrays.lnZ], 'ln Z', 1e-12);
  const present = (values: Float64Array): number[] =>
    Array.from(values, (value) => (Number.isNaN(value) ? -1 : value));
  expectAllClose(
    Float64Array.from(present(packed.arrays.nfd)),
    present(plain.arrays.nfd),
    'dimensions',
    1e-12,
  );
}

const ALL = Object.values(SHAPES);
/** So many radii take long in TypeScript. */
const FEW = [PLAIN[0]!, PLAIN[9]!, ...ALL.slice(2)];

describe.each(Object.entries(SETTINGS))('%s settings', (_, settings) => {
  it.each([
    ['of matrices', PLAIN],
    ['of all shapes and types', [...PLAIN, ...ALL]],
  ])('tell the same network, %s', (_, shapes) => {
    const ways = bothWays((settings.threshold ?? 0) > 1000 ? FEW : shapes, settings);
    expect(ways.plain.result.nonFinite).toBeGreaterThan(0);
    expect(ways.packed.result.outcome).toBe('kept');
    expectSame(ways);
    expect(ways.unpacked()).toEqual(ways.packed);
  });

  it('have the same bits with both kernels', () => {
    const shapes = (settings.threshold ?? 0) > 1000 ? FEW : [...PLAIN, ...ALL];
    const wasm = bothWays(shapes, settings).packed;
    expect(bothWays(shapes, settings, new ReferenceKernel()).packed).toEqual(wasm);
  });
});

describe('more sources than are counted together', () => {
  it('tell the same network', () => {
    const wide = makePlan([{ layout: 'out-in', parts: [part('F16', 40, 24)] }], COUNTED_SOURCES / 20 + 1);
    const ways = waysOf(wide, {});
    expect(ways.packed.sources).toBeGreaterThan(COUNTED_SOURCES);
    expectSameSums(ways);
  });
});

describe('more rows than the kernel counts at once', () => {
  it.each<Shape>([
    { layout: 'out-in', parts: [part('F16', 70_000, 12)] },
    { layout: 'in-out', parts: [part('BF16', 70_000, 12)] },
  ])('tell the same network: $layout', (shape) => {
    const ways = bothWays([shape], { neurons: 100_000 });
    expect(ways.packed.edges).toBe(12 * 70_000);
    expect(ways.packed.result.edgesKept).toBeGreaterThan(0);
    expectSame(ways);
  });
});

describe('lengths relative to a median that is no length', () => {
  it('have no result, with the reason', () => {
    const { plan, bytes } = makePlan([{ layout: 'out-in', parts: [part('F32', 40, 24)] }]);
    new Float32Array(bytes.buffer, 8).fill(3);
    const { plain, packed } = waysOf(
      { plan, bytes },
      { transfer: 'neglog', threshold: 90, scaleFree: 'network' },
    );
    expect(plain.result).toMatchObject({ outcome: 'empty', alpha0: null, medianLength: -Math.log(3) });
    expect(plain.result.reason).toEqual({ code: 'median-not-positive', medianLength: -Math.log(3) });
    expect(packed).toEqual(plain);
  });
});
