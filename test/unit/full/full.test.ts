/** The full network end to end, against a plain, obviously right walk over every weight. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { elementReader, type DType } from '../../../src/core/checkpoint/dtype';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { localFiles } from '../../../src/core/storage/localFiles';
import { sliceOf } from '../../../src/core/storage/storage';
import { multifractalSpectrum } from '../../../src/core/multifractal/spectrum';
import { TRANSFER } from '../../../src/core/multifractal/transfer';
import type { CountIo } from '../../../src/core/counting/chunks';
import {
  countsByPass,
  countSlices,
  sharedCountBytes,
  sumProjection,
} from '../../../src/core/counting/projectionSums';
import { codePasses, type CodePass } from '../../../src/core/counting/passes';
import { lengthScales } from '../../../src/core/analysis/lengthScales';
import { makeSettings } from '../../../src/core/analysis/settings';
import type { Kernel } from '../../../src/core/multifractal/kernel/kernel';
import { ReferenceKernel } from '../../../src/core/multifractal/kernel/reference';
import { WasmKernel } from '../../../src/core/multifractal/kernel/wasmKernel';
import { momentSteps } from '../../../src/core/multifractal/momentSteps';
import { partRows } from '../../../src/core/weights/kinds';
import type { StoredRows } from '../../../src/core/weights/place';
import type { AnalysisPlan, PlannedProjection } from '../../../src/core/analysis/plan';
import { estimate } from '../../../src/core/stats/estimate';
import { analysisSchema, type Analysis, type AnalysisSettings } from '../../../src/protocol/analysis';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { planOf, samplePath } from '../support/analyze';
import { expectAllClose, expectClose } from '../support/close';
import { bundleWorkers, PathEngine, type WorkerBundle } from '../support/engine';
import { randomBits } from '../support/weights';
import { writeCheckpoint, type Written } from '../support/writeCheckpoint';
import { EdgeCounts, neuronFractalDimensions, partitionSums, median } from '../support/plain';

const FULL = makeSettings({ mode: 'full' });

let workers: WorkerBundle;
let engine: PathEngine;
const written: Written[] = [];
beforeAll(async () => {
  workers = await bundleWorkers();
  engine = new PathEngine({ directory: workers.directory, threads: 2 });
});
afterAll(async () => {
  await engine.dispose();
  workers.remove();
  for (const each of written) each.remove();
});

/** Every weight of the plan, one by one: [source in network order, weight, projection]. */
function* weights(plan: AnalysisPlan): Generator<[number, number, number]> {
  let first = 0;
  for (const [index, { layout, parts, sources }] of plan.projections.entries()) {
    for (const { weights: place, dtype, rows, columns, taps, groups } of parts) {
      const { file, offset } = place as StoredRows;
      const count = rows * columns * taps;
      const source = localFiles.open(file.path);
      const bytes = sliceOf(source, offset, count * { F64: 8, F32: 4, F16: 2, BF16: 2 }[dtype as 'F64']);
      source.close();
      const element = elementReader(dtype, bytes);
      for (let i = 0; i < count; i++) {
        const row = Math.floor(i / (columns * taps));
        const column = Math.floor((i % (columns * taps)) / taps);
        const group = Math.floor(row / (rows / groups));
        yield [first + (layout === 'in-out' ? row : group * columns + column), element(i), index];
      }
    }
    first += sources;
  }
}

function plainly(plan: AnalysisPlan, settings: AnalysisSettings) {
  const sources = plan.projections.reduce((sum, projection) => sum + projection.sources, 0);
  const all = [...weights(plan)];
  const distance = TRANSFER[settings.transfer];
  const edges = all.filter(([, w]) => w !== 0 && Number.isFinite(w));
  const medianOf = (some: typeof edges): number =>
    median(Float64Array.from(some.map(([, w]) => distance(Math.abs(w)))).sort());
  const medians = {
    network: () => medianOf(edges),
    projection: () => plan.projections.map((_, i) => medianOf(edges.filter(([, , index]) => index === i))),
  };
  const { scales, medians: recorded } = lengthScales(
    plan.projections,
    settings.scaleFree === false ? null : medians[settings.scaleFree](),
  );
  const spectrum = EdgeCounts.forSpectrum(sources, settings.threshold);
  const nfd = EdgeCounts.forNfd(sources);
  for (const [source, weight, index] of all) {
    const scale = scales[index]!;
    spectrum.add(source, scale * distance(Math.abs(weight)));
    nfd.add(source, scale * distance(Math.abs(weight)));
  }
  const sums = partitionSums(spectrum, settings.q);
  return {
    sums,
    recorded,
    spectrum: multifractalSpectrum(sums, settings.q),
    nfd: neuronFractalDimensions(nfd),
    nonFinite: all.filter(([, w]) => !Number.isFinite(w)).length,
    edges: all.length,
  };
}

function expectPlain({ result, arrays }: Analysis, plan: AnalysisPlan, settings: AnalysisSettings): void {
  expect(v.safeParse(analysisSchema, result).issues).toBeUndefined();
  const plain = plainly(plan, settings);
  const [sample] = result.samples;
  expect(result.samples.length).toBe(1);
  const { nodes, nodesDropped, edgesKept, radii } = plain.sums;
  expect(sample).toMatchObject({ nodes, nodesDropped, edgesKept, radii, nonFinite: plain.nonFinite });
  expect(sample).toMatchObject(plain.recorded);
  expect(result.network.edges).toBe(plain.edges);
  expectAllClose(sample!.tau, plain.spectrum.tau, 'tau', 1e-12);
  expect(sample!.tau[settings.q.indexOf(0)]).toBe(0);
  expectAllClose(sample!.alpha, plain.spectrum.alpha, 'alpha', 1e-11);
  expectClose(sample!.alpha0!, plain.spectrum.alpha0, 'alpha0', 1e-11);
  expectClose(sample!.alpha0Exact!, plain.spectrum.alpha0Exact, "τ'(0)", 1e-12);
  expectAllClose(arrays[0]!.lnZ, plain.spectrum.lnZ, 'ln Z', 1e-12);
  const known = (values: Float64Array): Float64Array => values.filter((value) => !Number.isNaN(value));
  expectAllClose(known(arrays[0]!.nfd), known(plain.nfd), 'nfd', 1e-12);
  expect(arrays[0]!.nfd.length).toBe(plain.nfd.length);
}

/** Weight shapes of a block by name: rows are targets, rows are sources, and kernels with groups. */
const FAMILIES = {
  gpt_neox: {
    'gpt_neox.layers.#.attention.query_key_value': [144, 48],
    'gpt_neox.layers.#.attention.dense': [48, 48],
    'gpt_neox.layers.#.mlp.dense_h_to_4h': [100, 48],
    'gpt_neox.layers.#.mlp.dense_4h_to_h': [48, 100],
  },
  gpt2: {
    'h.#.attn.c_attn': [48, 144],
    'h.#.attn.c_proj': [48, 48],
    'h.#.mlp.c_fc': [48, 100],
    'h.#.mlp.c_proj': [100, 48],
  },
  resnet: {
    'layer1.#.conv1': [32, 48, 1, 1],
    'layer1.#.conv2': [32, 8, 3, 3],
    'layer1.#.conv3': [48, 32, 1, 1],
  },
};

/** A checkpoint with hostile weights of any type. */
function hostile(dtype: DType, family: keyof typeof FAMILIES = 'gpt_neox'): Written {
  const generator = new Mt19937(99);
  const tensors = [0, 1, 2, 3, 4, 5].flatMap((block) =>
    Object.entries<number[]>(FAMILIES[family]).map(([name, shape]) => ({
      name: `${name.replace('#', String(block))}.weight`,
      dtype,
      shape,
      bytes: randomBits(
        generator,
        dtype,
        shape.reduce((product, size) => product * size, 1),
      ),
    })),
  );
  const checkpoint = writeCheckpoint(tensors, {
    model_type: family,
    num_attention_heads: 4,
    hidden_size: 48,
  });
  written.push(checkpoint);
  return checkpoint;
}

describe('against every weight one by one', () => {
  it.each(['F16', 'BF16', 'F32', 'F64'] as const)(
    '%s, with zeros, subnormals, infinities and NaN',
    async (dtype) => {
      const { path } = hostile(dtype);
      expectPlain(await engine.analyze(path, FULL), planOf(path), FULL);
    },
  );

  it.each(['F16', 'BF16', 'F32', 'F64'] as const)('%s, with rows as sources', async (dtype) => {
    const { path } = hostile(dtype, 'gpt2');
    const plan = planOf(path);
    expect(new Set(plan.projections.map(({ layout }) => layout))).toEqual(new Set(['in-out']));
    expectPlain(await engine.analyze(path, FULL), plan, FULL);
  });

  it.each(['F16', 'BF16', 'F32', 'F64'] as const)('%s, with kernels and groups', async (dtype) => {
    const { path } = hostile(dtype, 'resnet');
    const plan = planOf(path);
    const parts = plan.projections.flatMap((projection) => projection.parts);
    expect(new Set(parts.map(({ taps, groups }) => `${taps} ${groups}`))).toEqual(new Set(['1 1', '9 4']));
    expectPlain(await engine.analyze(path, FULL), plan, FULL);
  });

  it('a trained checkpoint', async () => {
    expectPlain(await engine.analyze(samplePath(4000), FULL), planOf(samplePath(4000)), FULL);
  });

  it.each([
    { transfer: 'neglog' as const, threshold: 20 },
    { transfer: 'inv2' as const, threshold: 254 },
    { transfer: 'invsqrt' as const },
    { threshold: 254 },
    { threshold: 30.5, qMin: -2, qMax: 4, qStep: 0.25 },
    { threshold: 2000, transfer: 'inv2' as const },
    { threshold: 255, scaleFree: true },
    { threshold: 65_534, transfer: 'inv2' as const, qMin: -1, qMax: 1, qStep: 1 },
    { scaleFree: true },
    { scaleFree: 'projection' as const },
    { scaleFree: 'projection' as const, threshold: 255, transfer: 'inv2' as const },
    { scaleFree: true, transfer: 'inv2' as const, threshold: 251 },
  ])('%j', async (input) => {
    const settings = makeSettings({ mode: 'full', ...input });
    for (const dtype of ['F16', 'F32', 'F64'] as const) {
      const { path } = hostile(dtype);
      expectPlain(await engine.analyze(path, settings), planOf(path), settings);
    }
  });
});

const digestOf = (numbers: Float64Array): string =>
  createHash('sha256').update(new Uint8Array(numbers.buffer)).digest('hex');

/** A projection counted in pieces, as several workers do with a large one. */
function countInSlices(
  kernel: Kernel,
  passes: readonly CodePass[],
  threshold: number,
  projection: PlannedProjection,
  io: CountIo,
): Uint32Array[] {
  const counted = countsByPass(
    new SharedArrayBuffer(sharedCountBytes(projection, threshold)),
    projection,
    passes,
  );
  for (const [part, { rows }] of projection.parts.entries()) {
    for (const [from, to] of [
      [0, 7],
      [7, rows],
    ] as const)
      for (const [i, pass] of passes.entries())
        countSlices(kernel, pass, projection, [{ part, from, to }], counted[i]!, io);
  }
  return counted;
}

describe('the same bits', () => {
  const figuresOf = ({ result, arrays }: Analysis): string => {
    const { timing: _, ...rest } = result;
    return JSON.stringify([rest, arrays.map(({ lnZ, nfd }) => [...lnZ, ...nfd])]);
  };

  it('for 1, 2 and 8 threads', async () => {
    const figures = async (threads: number): Promise<string> => {
      const other = new PathEngine({ directory: workers.directory, threads });
      const analysis = await other.analyze(samplePath(1000), FULL);
      await other.dispose();
      return figuresOf(analysis);
    };
    const one = await figures(1);
    expect(await figures(2)).toBe(one);
    expect(await figures(8)).toBe(one);
  });

  it.each([
    ['gpt_neox', 150],
    ['gpt2', 150],
    ['resnet', 150],
    ['gpt_neox', 900],
    ['gpt2', 900],
    ['resnet', 900],
    ['resnet', 65_533],
  ] as const)('of %s at T = %i, for any chunks, slices and kernel', (family, threshold) => {
    const passes = codePasses({ transfer: threshold > 150 ? 'inv2' : 'inv', threshold, scale: 1 });
    const orders = threshold > 1000 ? { step: 1, up: 1, down: 1 } : momentSteps(FULL.q);
    for (const dtype of ['F16', 'F32', 'F64'] as const) {
      // So many radii take long in TypeScript.
      const projections = planOf(hostile(dtype, family).path).projections.slice(0, threshold > 1000 ? 3 : 24);
      const source = localFiles.open((projections[0]!.parts[0]!.weights as StoredRows).file.path);
      const io = { read: partRows(() => source), advance: () => undefined, chunkBytes: 2 ** 22 };
      const sums = (kernel: Kernel, chunkBytes: number, sliced = false): string =>
        JSON.stringify(
          projections.map((projection) => {
            const counted = sliced ? countInSlices(kernel, passes, threshold, projection, io) : null;
            const { z, logSum, occupied, nfd, ...counts } = sumProjection(
              kernel,
              passes,
              projection,
              orders,
              counted,
              { ...io, chunkBytes },
            );
            return [counts, ...[z, logSum, occupied, nfd].map(digestOf)];
          }),
        );
      const expected = sums(new WasmKernel(), 2 ** 22);
      expect(sums(new WasmKernel(), 1)).toBe(expected);
      expect(sums(new WasmKernel(), 1000)).toBe(expected);
      expect(sums(new ReferenceKernel(), 4096)).toBe(expected);
      expect(sums(new WasmKernel(), 2 ** 22, true)).toBe(expected);
      source.close();
    }
  });

  it('when all weights are doubled, with scale-free lengths', async () => {
    const scaleFree = makeSettings({ mode: 'full', scaleFree: true });
    const plan = planOf(samplePath(4000));
    const checkpoint = openCheckpoint(samplePath(4000));
    const double = (bytes: Uint8Array): Uint8Array => {
      // F16: one more in the exponent; the trained weights are normal and far from overflow. Subnormals shift left.
      const view = new DataView(bytes.buffer);
      for (let i = 0; i < bytes.length; i += 2) {
        const bits = view.getUint16(i, true);
        const exponent = bits & 0x7c00;
        const next = exponent === 0 ? (bits & 0x8000) | ((bits & 0x3ff) << 1) : bits + 0x400;
        view.setUint16(i, next, true);
      }
      return bytes;
    };
    const tensors = checkpoint.tensors
      .filter(({ shape, name }) => shape.length === 2 && name.includes('layers'))
      .map((tensor) => {
        const bytes = new Uint8Array(tensor.bytes);
        checkpoint.read(tensor, 0, bytes);
        return { name: tensor.name, dtype: tensor.dtype, shape: [...tensor.shape], bytes: double(bytes) };
      });
    checkpoint.close();
    const doubled = writeCheckpoint(tensors, { num_attention_heads: 4 });
    written.push(doubled);
    const [a, b] = await Promise.all([
      engine.analyze(samplePath(4000), scaleFree),
      engine.analyze(doubled.path, scaleFree),
    ]);
    const figures = ({ result, arrays }: Analysis): string => {
      const { medianLength: _, ...sample } = result.samples[0]!;
      return JSON.stringify([sample, [...arrays[0]!.lnZ], [...arrays[0]!.nfd]]);
    };
    expect(figures(b)).toBe(figures(a));
    expect(a.result.samples[0]!.medianLength).toBe(2 * b.result.samples[0]!.medianLength!);
    // In sampled mode too.
    const sampled = makeSettings({ samples: 2, scaleFree: true });
    const [c, d] = await Promise.all([
      engine.analyze(samplePath(4000), sampled),
      engine.analyze(doubled.path, sampled),
    ]);
    expect(d.result.samples.map(({ tau }) => tau)).toEqual(c.result.samples.map(({ tau }) => tau));
    expect(plan.projections.length).toBe(24);
  });
});

describe('layers and their spread', () => {
  it('has one entry per projection, and an interval over blocks', async () => {
    const { result } = await engine.analyze(samplePath(4000), FULL);
    expect(result.perProjection!.map(({ name }) => name)).toEqual(
      planOf(samplePath(4000)).projections.map(({ name }) => name),
    );
    const sum = (pick: (p: NonNullable<typeof result.perProjection>[number]) => number): number =>
      result.perProjection!.reduce((total, projection) => total + pick(projection), 0);
    expect(sum(({ nodes }) => nodes)).toBe(result.samples[0]!.nodes);
    expect(sum(({ edgesKept }) => edgesKept)).toBe(result.samples[0]!.edgesKept);
    expect(sum(({ nfd }) => nfd.values)).toBe(result.samples[0]!.nfd.values);
    expect(result.bootstrap).toMatchObject({ unit: 'block', units: 6, draws: 1000, reason: null });
    const { mean, ci95 } = result.summary.alpha0;
    expect(ci95![0]).toBeLessThan(mean!);
    expect(ci95![1]).toBeGreaterThan(mean!);
  });

  it('a Gaussian network is its own null', async () => {
    // Step 0 is Gaussian: every projection must agree with the null of its shape and deviation.
    const { result } = await engine.analyze(samplePath(0), FULL);
    const differences = result.perProjection!.map(({ alpha0, gaussian }) => alpha0! - gaussian!.alpha0!);
    const { mean, sd } = estimate(differences);
    expect(differences.length).toBe(24);
    expect(sd).toBeLessThan(0.03);
    expect(Math.abs(mean!)).toBeLessThan((4 * sd!) / Math.sqrt(differences.length));
  });
});

it('can be cancelled, and the pool is usable after', async () => {
  const controller = new AbortController();
  const running = engine.analyze(samplePath(0), FULL, {
    signal: controller.signal,
    onProgress: ({ done }) => {
      if (done > 2) controller.abort();
    },
  });
  await expect(running).rejects.toMatchObject({ code: 'cancelled' });
  expect((await engine.analyze(samplePath(0), FULL)).result.summary.samplesKept).toBe(1);
});
