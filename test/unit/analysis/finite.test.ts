/** Weights of any bits make results that hold finite numbers alone, or say why there are none. */
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectFinite } from '../../../src/core/analysis/expectFinite';
import { makeSettings, type SettingsInput } from '../../../src/core/analysis/settings';
import { DTYPE_BITS, type DecodableDType } from '../../../src/core/checkpoint/dtype';
import { missingSpectrum } from '../../../src/core/multifractal/spectrum';
import { lengthScale, missingScale } from '../../../src/core/multifractal/transfer';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { analysisSchema, type Analysis } from '../../../src/protocol/analysis';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { unpackArrays, packArrays } from '../../../src/protocol/packing';
import { analyzeHere, PAPER, samplePath } from '../support/analyze';
import { bundleWorkers, PathEngine, type WorkerBundle } from '../support/engine';
import { randomBits } from '../support/weights';
import { writeCheckpoint, type TensorToWrite, type Written } from '../support/writeCheckpoint';
import { EdgeCounts, partitionSums, median } from '../support/plain';

const DTYPES: readonly DecodableDType[] = ['F16', 'BF16', 'F32', 'F64'];
/** Bits of the exponent and of the fraction. */
const FORMAT = { F16: [5, 10], BF16: [8, 7], F32: [8, 23], F64: [11, 52] } as const;

/** The bits of one weight: its sign, exponent and fraction. */
type Bits = (random: Mt19937, exponents: bigint, fractions: bigint) => [exponent: bigint, fraction: bigint];

const any = (random: Mt19937, below: bigint): bigint =>
  ((BigInt(random.uint32()) << 32n) | BigInt(random.uint32())) % below;

/** What weights may be; exponents of all ones are infinities and NaN, of zeros subnormals. */
const KINDS: Record<string, Bits> = {
  'any bits': (random, exponents, fractions) => [any(random, exponents), any(random, fractions)],
  'NaN of any payload': (random, exponents, fractions) => [exponents - 1n, 1n + any(random, fractions - 1n)],
  infinities: (_, exponents) => [exponents - 1n, 0n],
  subnormals: (random, _, fractions) => [0n, 1n + any(random, fractions - 1n)],
  'the smallest subnormal': () => [0n, 1n],
  zeros: () => [0n, 0n],
  ones: (_, exponents) => [exponents / 2n - 1n, 0n],
  'the largest numbers': (random, exponents, fractions) => [exponents - 2n, any(random, fractions)],
  'numbers with few infinities': (random, exponents, fractions) =>
    random.interval(15) === 0 ? [exponents - 1n, 0n] : [exponents / 2n - 5n, any(random, fractions)],
  'subnormals and numbers': (random, exponents, fractions) =>
    random.interval(1) === 0 ? [0n, any(random, fractions)] : [exponents / 2n - 6n, any(random, fractions)],
};

function bytesOf(dtype: DecodableDType, count: number, bits: Bits, random: Mt19937): Uint8Array {
  const [exponent, fraction] = FORMAT[dtype];
  const size = DTYPE_BITS[dtype] / 8;
  const bytes = new Uint8Array(count * size);
  for (let i = 0; i < count; i++) {
    const [e, f] = bits(random, 1n << BigInt(exponent), 1n << BigInt(fraction));
    const sign = BigInt(random.interval(1));
    let pattern = (((sign << BigInt(exponent)) | e) << BigInt(fraction)) | f;
    for (let byte = 0; byte < size; byte++, pattern >>= 8n) bytes[i * size + byte] = Number(pattern & 255n);
  }
  return bytes;
}

const SHAPES = {
  'attention.query_key_value': [72, 24],
  'attention.dense': [24, 24],
  'mlp.dense_h_to_4h': [96, 24],
  'mlp.dense_4h_to_h': [24, 96],
} as const;

function checkpoint(dtype: DecodableDType, bytes: (count: number) => Uint8Array): Written {
  const tensors = [0, 1].flatMap((block) =>
    Object.entries(SHAPES).map(([name, shape]): TensorToWrite => {
      return {
        name: `gpt_neox.layers.${block}.${name}.weight`,
        dtype,
        shape,
        bytes: bytes(shape[0] * shape[1]),
      };
    }),
  );
  return writeCheckpoint(tensors, { model_type: 'gpt_neox', num_attention_heads: 2 });
}

const SETTINGS: Record<string, Partial<SettingsInput>> = {
  'sampled, as in the paper': {},
  'sampled, relative to the median': { scaleFree: true },
  'sampled, by inverse squares relative to the median': { scaleFree: true, transfer: 'inv2' },
  'sampled, relative to medians of projections': { scaleFree: 'projection' },
  'sampled, by logarithms relative to medians of projections': {
    scaleFree: 'projection',
    transfer: 'neglog',
  },
  'sampled, by logarithms relative to the median': { scaleFree: true, transfer: 'neglog' },
  'sampled, with large orders': { qMin: -50, qMax: 50, qStep: 1, filter: 3 },
  full: { mode: 'full' },
  'full, relative to the median': { mode: 'full', scaleFree: true },
  'full, relative to medians of projections': { mode: 'full', scaleFree: 'projection', nullDraws: 5 },
  'full, relative to the median, with null models': { mode: 'full', scaleFree: true, nullDraws: 5 },
  'full, by inverse squares relative to the median': { mode: 'full', scaleFree: true, transfer: 'inv2' },
};

let workers: WorkerBundle;
let engine: PathEngine;
beforeAll(async () => {
  workers = await bundleWorkers();
  engine = new PathEngine({ directory: workers.directory, threads: 2 });
});
afterAll(async () => {
  await engine.dispose();
  workers.remove();
});

function expectSound({ result, arrays }: Analysis): void {
  const text = JSON.stringify(result);
  const parsed = v.safeParse(analysisSchema, JSON.parse(text));
  expect(parsed.issues?.map((issue) => v.getDotPath(issue))).toBeUndefined();
  expect(parsed.output).toEqual(JSON.parse(text));
  expect(v.is(analysisSchema, result)).toBe(true);
  for (const { lnZ } of arrays) expect(lnZ.every(Number.isFinite)).toBe(true);
  expect(unpackArrays(packArrays(arrays))).toEqual(arrays);
  for (const { outcome, reason, alpha0 } of result.samples) {
    expect(outcome === 'empty').toBe(alpha0 === null);
    expect(outcome === 'kept').toBe(reason === null);
  }
}

describe.each(Object.entries(KINDS))('weights that are %s', (_, bits) => {
  it.each(DTYPES)(
    'of type %s have results that can be written and read again',
    async (dtype) => {
      const random = new Mt19937(12);
      const written = checkpoint(dtype, (count) => bytesOf(dtype, count, bits, random));
      try {
        for (const [name, settings] of Object.entries(SETTINGS)) {
          const sampled = settings.mode === 'full' ? {} : { samples: 2, neurons: 16 };
          const analysis = await engine.analyze(written.path, makeSettings({ ...sampled, ...settings }));
          expect(analysis.result.samples.length, name).toBeGreaterThan(0);
          expectSound(analysis);
        }
      } finally {
        written.remove();
      }
    },
    60_000,
  );
});

it('the generator of these weights gives what it says', () => {
  const values = (dtype: 'F32' | 'F64', kind: string): number[] => {
    const { buffer } = bytesOf(dtype, 50, KINDS[kind]!, new Mt19937(1));
    return [...(dtype === 'F32' ? new Float32Array(buffer) : new Float64Array(buffer))].map(Math.abs);
  };
  expect(values('F32', 'NaN of any payload').every(Number.isNaN)).toBe(true);
  expect(values('F64', 'infinities').every((value) => value === Infinity)).toBe(true);
  expect(values('F64', 'subnormals').every((value) => value > 0 && value < 2.3e-308)).toBe(true);
  expect(values('F32', 'ones').every((value) => value === 1)).toBe(true);
  expect(values('F64', 'the largest numbers').every((value) => value > 8e307 && value < Infinity)).toBe(true);
});

describe('a median that no lengths can be relative to', () => {
  it('is not in the result, whose reason says so', async () => {
    const written = checkpoint('F64', (count) => {
      const bytes = new Uint8Array(8 * count);
      for (let i = 0; i < count; i++) bytes[8 * i] = 1 + (i % 9);
      return bytes;
    });
    try {
      for (const mode of ['sampled', 'full'] as const) {
        const { result } = await engine.analyze(
          written.path,
          makeSettings({ mode, scaleFree: true, samples: 1 }),
        );
        expect(result.samples[0]).toMatchObject({
          outcome: 'empty',
          medianLength: null,
          reason: { code: 'median-out-of-range' },
        });
      }
    } finally {
      written.remove();
    }
  });

  it.each([Infinity, Number.MIN_VALUE, 1e-310, 0, -1, -Infinity])('has no scale: %s', (length) => {
    expect(lengthScale(length)).toBeNaN();
    expect(missingScale(length)?.code).toMatch(/^median-/);
  });

  it('is none of all others', () => {
    for (const length of [1e-300, 0.01, 50, 1e300, Number.MAX_VALUE]) {
      expect(lengthScale(length)).toBe(50 / length);
      expect(missingScale(length)).toBeNull();
    }
    expect([lengthScale(null), missingScale(null)]).toEqual([1, null]);
  });

  it('is found between numbers whose sum is none', () => {
    expect(median(Float64Array.of(1e308, 1.5e308))).toBe(1.25e308);
    expect(median(Float64Array.of(-1, 4))).toBe(1.5);
  });
});

it('moments beyond the range of numbers are no spectrum, for a reason', () => {
  const counts = EdgeCounts.forSpectrum(1, 150);
  for (const bin of [2, 3, 4]) counts.counts[bin] = 1_000_000;
  counts.degrees[0] = 3_000_000;
  expect(missingSpectrum(partitionSums(counts, [-50, 0, 50]))).toEqual({ code: 'moments-out-of-range' });
  expect(missingSpectrum(partitionSums(counts, [-3, 0, 3]))).toBeNull();
});

describe('the last look at a result', () => {
  const result = analyzeHere(samplePath(0), { ...PAPER, samples: 1 });

  it('lets it pass', () => {
    expect(expectFinite(result)).toBe(result);
  });

  it.each([NaN, Infinity, -Infinity])('names what is %s', (value) => {
    const sample = { ...result.samples[0]!, tau: [0, value] };
    try {
      expectFinite({ ...result, samples: [sample] });
      expect.fail();
    } catch (error) {
      expect(error).toBeInstanceOf(NeuroMfaError);
      expect((error as NeuroMfaError).data).toMatchObject({
        code: 'internal',
        subject: result.checkpoint.path,
        cause: 'samples.0.tau.1 of its result is no finite number',
      });
    }
  });
});

it('weights of every kind at once (seeded)', async () => {
  for (const [seed, dtype] of DTYPES.entries()) {
    const random = new Mt19937(seed);
    const written = checkpoint(dtype, (count) => randomBits(random, dtype, count));
    try {
      for (const settings of Object.values(SETTINGS)) {
        const sampled = settings.mode === 'full' ? {} : { samples: 2, neurons: 16 };
        expectSound(await engine.analyze(written.path, makeSettings({ ...sampled, ...settings })));
      }
    } finally {
      written.remove();
    }
  }
}, 60_000);
