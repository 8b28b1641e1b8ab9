/** The synthetic step 0 against the table of Gaussian networks (method §7), and what it is made of. */
import { describe, expect, it } from 'vitest';
import { drawnPlan, planAnalysis, type AnalysisPlan } from '../../../src/core/analysis/plan';
import { summarize } from '../../../src/core/analysis/summarize';
import { decode, type DType } from '../../../src/core/checkpoint/dtype';
import { rounder } from '../../../src/core/checkpoint/rounding';
import { initialNetwork, type InitialNetwork } from '../../../src/core/emergence/initialNetwork';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import type { Network } from '../../../src/core/network/types';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { partRows, rowBytesOf, type PlannedPart } from '../../../src/core/weights/kinds';
import { standardNormal } from '../../../src/core/stats/normal';
import type { Estimate, SampleResult } from '../../../src/protocol/analysis';
import { PAPER } from '../support/analyze';
import { makeAnalysis } from '../support/analysis';
import { neoxTensors } from '../support/neox';
import { runPacked } from '../support/packed';

interface Initial extends InitialNetwork {
  plan: AnalysisPlan;
  network: Network;
  sample: (seed: number) => SampleResult;
}

/** A network of which nothing but names and shapes exists. */
function initial(hidden: number, blocks: number, dtype: DType = 'F16', template = TEMPLATE): Initial {
  const tensors = neoxTensors(hidden, blocks).map((tensor, offset) => ({
    ...tensor,
    dtype,
    file: { path: '', stamp: null },
    offset,
    bytes: 0,
  }));
  const network = buildNetwork({ tensors, config: null }, 'made up');
  const stored = planAnalysis(network, tensors);
  const { info, weights } = initialNetwork(template, network, stored, null);
  const plan = drawnPlan(stored, weights);
  const sample: Initial['sample'] = (seed) => runPacked(plan, seed, PAPER, noFiles).result;
  return { info, weights, plan, network, sample };
}

const noFiles = partRows(() => {
  throw new Error('nothing is read');
});

const TEMPLATE = makeAnalysis().result.checkpoint;

/** The larger models of the table agree as well, and take longer. */
const TABLE = [
  {
    name: '14M',
    hidden: 128,
    blocks: 6,
    alpha0: [0.9725, 0.0004],
    exact: 0.9797,
    width: [0.585, 0.0013],
    kept: 1,
  },
  {
    name: '70M',
    hidden: 512,
    blocks: 6,
    alpha0: [1.3733, 0.0004],
    exact: 1.3825,
    width: [0.7392, 0.0014],
    kept: 1,
  },
  {
    name: '160M',
    hidden: 768,
    blocks: 12,
    alpha0: [1.3961, 0.0004],
    exact: 1.4049,
    width: [0.5344, 0.0015],
    kept: 0.53,
  },
] as const;
const SAMPLES = 8;

it.each(TABLE)(
  'step 0 shaped like Pythia-$name has the α₀, τ′(0), w and share of kept neurons of the table',
  ({ hidden, blocks, alpha0, exact, width, kept }) => {
    const { sample } = initial(hidden, blocks);
    const summary = summarize(Array.from({ length: SAMPLES }, (_, seed) => sample(seed)));
    const distance = ({ mean, sd }: Estimate, [expected, error]: readonly [number, number]): number =>
      Math.abs(mean! - expected) / Math.hypot(sd! / Math.sqrt(SAMPLES), error);
    expect(distance(summary.alpha0, alpha0)).toBeLessThan(4);
    expect(distance(summary.alpha0Exact, [exact, alpha0[1]])).toBeLessThan(4);
    expect(distance(summary.width, width)).toBeLessThan(4);
    expect(Math.abs(summary.nodesKept! - kept)).toBeLessThan(0.01);
  },
  30_000,
);

describe('drawn weights', () => {
  it('are the same for all samples, which take other neurons of them', () => {
    expect(initial(64, 2).sample(3)).toEqual(initial(64, 2).sample(3));
    expect(initial(64, 2).sample(3).tau).not.toEqual(initial(64, 2).sample(4).tau);
  });

  it('have the documented deviation in each role', () => {
    const { plan, weights } = initial(64, 2);
    const expected = [0, 1].flatMap(() => [
      Math.sqrt(2 / (5 * 64)),
      2 / (2 * 8),
      Math.sqrt(2 / (5 * 64)),
      2 / (2 * 8),
    ]);
    expect(weights.map(([part]) => part!.std)).toEqual(expected);
    for (const [i, { parts }] of plan.projections.entries()) {
      const deviation = deviationOf(rowsOf(parts[0]!));
      expect(Math.abs(deviation / expected[i]! - 1)).toBeLessThan(0.03);
    }
  });

  it('are values of the type that the checkpoint is stored in', () => {
    const { plan } = initial(64, 2, 'BF16');
    const bits = Float32Array.from(rowsOf(plan.projections[0]!.parts[0]!));
    expect(new Uint32Array(bits.buffer).every((word) => (word & 0xffff) === 0)).toBe(true);
  });

  it('have a description that names them and does not depend on where the template lies', () => {
    const { info } = initial(64, 2);
    expect(info).toMatchObject({
      name: 'neox-1m/init',
      step: 0,
      bytes: 0,
      weights: { kind: 'init', source: expect.stringMatching(/Pythia/) as string },
      parameters: TEMPLATE.parameters,
    });
    const moved = { ...TEMPLATE, path: '/elsewhere/model.safetensors', fingerprint: 'b'.repeat(64) };
    expect(initial(64, 2, 'F16', moved).info.fingerprint).toBe(info.fingerprint);
    for (const other of [initial(64, 3), initial(32, 2), initial(64, 2, 'F32')])
      expect(other.info.fingerprint).not.toBe(info.fingerprint);
  });

  it('are refused where no initializer is documented', () => {
    const { network, plan } = initial(64, 2);
    expect(() => initialNetwork(TEMPLATE, { ...network, architecture: 'unheard_of' }, plan, null)).toThrow(
      /model\.safetensors: no initializer of unheard_of is documented/,
    );
  });
});

/** All weights of a part. */
function rowsOf(part: PlannedPart): Float64Array {
  const bytes = new Uint8Array(part.rows * rowBytesOf(part));
  noFiles(part, 0, bytes);
  const values = new Float64Array(part.rows * part.columns);
  decode(part.dtype, bytes, values);
  return values;
}

function deviationOf(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

it('normal numbers are those of NumPy', () => {
  // np.random.seed(0); np.random.randn(5)
  const next = standardNormal(new Mt19937(0));
  const expected = [
    1.764052345967664, 0.4001572083672233, 0.9787379841057392, 2.240893199201458, 1.8675579901499675,
  ];
  for (const value of expected) expect(Math.abs(next() - value)).toBeLessThan(1e-15);
});

describe('rounding', () => {
  const stored = (dtype: DType): Float64Array => {
    const values = new Float64Array(0x10000);
    decode(dtype, new Uint8Array(Uint16Array.from({ length: 0x10000 }, (_, bits) => bits).buffer), values);
    return values;
  };
  it.each(['F16', 'BF16'] as const)('to %s keeps every stored value, and halves go to even', (dtype) => {
    const round = rounder(dtype);
    const values = stored(dtype);
    let wrong = 0;
    for (let bits = 0; bits < 0x7fff; bits++) {
      const [low, high] = [values[bits]!, values[bits + 1]!];
      if (!Number.isFinite(high)) break;
      const even = bits % 2 === 0 ? low : high;
      const middle = (low + high) / 2;
      const inner = (high - low) / 1024;
      for (const [value, expected] of [
        [low, low],
        [middle, even],
        [middle - inner, low],
        [middle + inner, high],
      ] as const) {
        if (round(value) !== expected || round(-value) !== -expected) wrong++;
      }
    }
    expect(wrong).toBe(0);
  });

  it('beyond the largest value is infinite; wider types keep what they can', () => {
    expect([65519.9, 65520, -1e6].map(rounder('F16'))).toEqual([65504, Infinity, -Infinity]);
    expect(rounder('BF16')(3.4e38)).toBe(Infinity);
    expect(rounder('F32')(0.1)).toBe(Math.fround(0.1));
    expect(rounder('F64')(0.1)).toBe(0.1);
    expect(() => rounder('I8')).toThrow(/cannot be rounded/);
  });
});
