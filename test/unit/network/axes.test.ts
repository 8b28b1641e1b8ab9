/** What a format says of the dimensions of a weight: the same weights give the same bits, however they are stored. */
import { afterAll, describe, expect, it } from 'vitest';
import { storedModel } from '../../../src/core/adapter/model';
import { planAnalysis } from '../../../src/core/analysis/plan';
import { decode, DTYPE_BITS, type DType } from '../../../src/core/checkpoint/dtype';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import type { Axes, TensorShape } from '../../../src/core/network/types';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import type { AnalysisResult } from '../../../src/protocol/analysis';
import { withRows, samplePath } from '../support/analyze';
import { analyzeOpened, openedModel } from '../support/analyzeOpened';
import { randomBits } from '../support/weights';
import { writeCheckpoint, type TensorToWrite } from '../support/writeCheckpoint';
import { drawLines, lines, reasons } from './support';

const removals: (() => void)[] = [];
afterAll(() => {
  for (const remove of removals) remove();
});

/** A tensor as PyTorch stores it, and what a format says of it. */
type Noted = TensorToWrite & Pick<TensorShape, 'axes' | 'groups' | 'order' | 'use'>;

/** The same values with dimensions in another order; `order` names the present dimension of each new one. */
function permuted(tensor: Noted, order: readonly number[], axes: Axes): Noted {
  const { shape, bytes, dtype } = tensor;
  const size = DTYPE_BITS[dtype as DType] / 8;
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((product, side) => product * side, 1));
  const turned = order.map((dimension) => shape[dimension]!);
  const out = new Uint8Array(bytes.length);
  const index = turned.map(() => 0);
  for (let to = 0; to < out.length; to += size) {
    const from = order.reduce((sum, dimension, i) => sum + index[i]! * strides[dimension]!, 0);
    out.set(bytes.subarray(from * size, (from + 1) * size), to);
    for (let i = turned.length - 1; i >= 0; i--) {
      index[i] = (index[i]! + 1) % turned[i]!;
      if (index[i] !== 0) break;
    }
  }
  return { ...tensor, shape: turned, bytes: out, axes };
}

/** The result of tensors with what is said of them. */
async function analyze(tensors: readonly Noted[], input: object): Promise<AnalysisResult> {
  const written = writeCheckpoint(
    tensors.map(({ name, dtype, shape, bytes }) => ({ name, dtype, shape, bytes })),
  );
  removals.push(() => {
    written.remove();
  });
  const { path } = written;
  const checkpoint = openCheckpoint(path);
  try {
    const said = new Map(tensors.map((tensor) => [tensor.name, tensor]));
    const withAxes = checkpoint.tensors.map((tensor) => {
      const { axes, groups } = said.get(tensor.name)!;
      return { ...tensor, ...(axes && { axes }), ...(groups && { groups }) };
    });
    return await analyzeOpened(path, openedModel(storedModel({ ...checkpoint, tensors: withAxes })), input);
  } finally {
    checkpoint.close();
  }
}

const numbers = ({ samples }: AnalysisResult): unknown => samples;

function model(seed: number): Noted[] {
  const generator = new Mt19937(seed);
  const dtype = (['F32', 'F16', 'BF16', 'F64'] as const)[seed % 4]!;
  const tensor = (name: string, shape: number[], more: Partial<Noted> = {}): Noted => ({
    name,
    dtype,
    shape,
    bytes: randomBits(
      generator,
      dtype,
      shape.reduce((product, side) => product * side, 1),
    ),
    axes: 'out-in',
    ...more,
  });
  const side = (): number => 12 + generator.interval(20);
  const [a, b, c] = [side(), side(), side()];
  return [
    tensor('part.0.first.weight', [a, b]),
    tensor('part.0.kernel.weight', [b, a, 3, 2]),
    tensor('part.0.transposed.weight', [b, c, 2, 2], { axes: 'in-out' }),
    tensor('part.1.line.weight', [c, c, 5]),
    tensor('part.1.depthwise.weight', [c, 1, 3, 3], { groups: c }),
    tensor('part.1.last.weight', [a, c]),
  ];
}

/** As TensorFlow stores it. */
function channelsLast(tensor: Noted): Noted {
  const taps = tensor.shape.map((_, i) => i).slice(2);
  if (taps.length === 0) return permuted(tensor, [1, 0], 'in-out');
  // [in, out, …] of PyTorch's transposed convolutions is [height, width, out, in] there.
  if (tensor.axes === 'in-out') return permuted(tensor, [...taps, 1, 0], 'kernel-out-in');
  if (tensor.groups) return permuted(tensor, [...taps, 0, 1], 'kernel-in-out');
  return permuted(tensor, [...taps, 1, 0], 'kernel-in-out');
}

describe('the same weights, stored by targets and by sources', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7])('have the same bits (seed %i)', async (seed) => {
    const tensors = model(seed);
    const other = tensors.map(channelsLast);
    expect(other.map(({ axes }) => axes)).toContain('kernel-out-in');
    for (const input of [
      { samples: 3, neurons: 8, seed },
      { mode: 'full' },
      { mode: 'full', scaleFree: true },
    ]) {
      const own = await analyze(tensors, input);
      expect(own.samples[0]!.edgesKept).toBeGreaterThan(100);
      expect(numbers(await analyze(other, input))).toEqual(numbers(own));
    }
  });

  it('have the same bits in a family', async () => {
    const checkpoint = openCheckpoint(samplePath(4000));
    const tensors = checkpoint.tensors.map((tensor): Noted => {
      const bytes = new Uint8Array(tensor.bytes);
      checkpoint.read(tensor, 0, bytes);
      return { name: tensor.name, dtype: tensor.dtype, shape: tensor.shape, bytes };
    });
    checkpoint.close();
    const turned = tensors.map((tensor) =>
      tensor.shape.length === 2 ? permuted(tensor, [1, 0], 'in-out') : tensor,
    );
    const own = await analyze(tensors, { samples: 2 });
    const other = await analyze(turned, { samples: 2 });
    expect(own.network.projections).toBeGreaterThan(8);
    expect(numbers(other)).toEqual(numbers(own));
  });
});

describe('what a format says', () => {
  const view = (tensors: readonly TensorShape[]) => buildNetwork({ tensors, config: null }, 'test');
  const shape = (name: string, sides: number[], more: Partial<TensorShape> = {}): TensorShape => ({
    name,
    dtype: 'F32',
    shape: sides,
    ...more,
  });

  it('comes before names and shapes', () => {
    const network = view([
      shape('a/kernel', [5, 7, 16, 32], { axes: 'kernel-in-out' }),
      shape('b/kernel', [1, 1, 32, 24], { axes: 'kernel-in-out' }),
      shape('c/kernel', [24, 40], { axes: 'in-out' }),
      shape('d.weight', [64, 10, 3, 3], { axes: 'out-in', groups: 4 }),
    ]);
    expect(lines(network).map((line) => line.split(':')[0])).toEqual([
      'conv.inner 16→32 in-out a/kernel 16x32x35',
      'conv.inner 32→24 in-out b/kernel 32x24',
      'linear 24→40 in-out c/kernel 24x40',
      'conv.inner 40→64 d 64x10x9/4',
    ]);
  });

  it('gives the order of layers', () => {
    const network = view([
      shape('a', [8, 24], { axes: 'out-in', order: 2 }),
      shape('b', [16, 12], { axes: 'out-in', order: 0 }),
      shape('c', [24, 16], { axes: 'out-in', order: 1 }),
    ]);
    expect(network.projections.map(({ name }) => name)).toEqual(['b', 'c', 'a']);
    expect(drawLines(network)).toEqual(['b sources 12', 'b targets 16 ×2', 'c targets 24 ×2', 'a targets 8']);
  });

  it('leaves out what is no layer, with the reason', () => {
    const network = view([
      shape('a', [8, 24], { axes: 'out-in' }),
      shape('b', [24, 8], { use: { code: 'added' } }),
      shape('c', [8, 24], { use: { code: 'other-operation', operation: 'Resize' } }),
    ]);
    expect(network.projections.map(({ name }) => name)).toEqual(['a']);
    expect(reasons(network)).toEqual({
      b: 'added, not multiplied: connects no two layers',
      c: 'read by the operation Resize, which connects no two layers',
    });
    expect(network.warnings).toEqual([]);
  });

  it('warns where weights of an operation cannot be read', () => {
    const unread = { code: 'unread-operation', operation: 'MatMulNBits' } as const;
    const network = view([shape('a', [8, 24], { axes: 'out-in' }), shape('b', [64, 64], { use: unread })]);
    expect(network.warnings.map(({ code }) => code)).toEqual(['weights-left-out']);
  });

  it('is not believed where it does not fit the shape', () => {
    expect(() => view([shape('a', [7, 8, 3, 3], { axes: 'out-in', groups: 4 })])).toThrow(
      /do not fall into 4 groups/,
    );
  });

  it('reads a kernel no further than its rows', () => {
    const written = writeCheckpoint([
      { name: 'k', dtype: 'F32', shape: [2, 2, 12, 20], bytes: randomBits(new Mt19937(1), 'F32', 960) },
    ]);
    removals.push(() => {
      written.remove();
    });
    const { path } = written;
    const checkpoint = openCheckpoint(path);
    const withAxes = checkpoint.tensors.map((tensor) => ({ ...tensor, axes: 'kernel-in-out' as const }));
    const { projections } = planAnalysis(buildNetwork({ tensors: withAxes, config: null }, path), withAxes);
    checkpoint.close();
    const part = projections[0]!.parts[0]!;
    const row = new Uint8Array(4 * 20 * 4);
    const whole = new Uint8Array(12 * row.length);
    withRows((read) => {
      read(part, 0, whole);
      read(part, 5, row);
    });
    expect(row).toEqual(whole.slice(5 * row.length, 6 * row.length));
    const values = new Float64Array(80);
    decode('F32', row, values);
    expect(new Set(values).size).toBeGreaterThan(40);
  });
});
