/** Identities that hold for every network, and the table of Gaussian networks (method §4 and §7). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKernel } from '../../../src/core/multifractal/kernel';
import type { PartitionSums } from '../../../src/core/multifractal/partition';
import {
  multifractalSpectrum,
  spectrumFigures,
  type Spectrum,
} from '../../../src/core/multifractal/spectrum';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { estimate } from '../../../src/core/stats/estimate';
import { PAPER_Q } from '../support/analyze';
import { expectAllClose, expectClose } from '../support/close';
import { countLengths } from '../support/lengths';
import { EdgeCounts, partitionSums } from '../support/plain';

const THRESHOLD = 150;
const AT_ZERO = PAPER_Q.indexOf(0);

const kernel = createKernel();

const sumsOf = (rows: readonly (readonly number[])[], q: readonly number[]): PartitionSums =>
  countLengths(rows, THRESHOLD, q).sums;

function spectrumOf(rows: readonly (readonly number[])[], q = PAPER_Q): Spectrum & { nodes: number } {
  const sums = sumsOf(rows, q);
  return { ...multifractalSpectrum(sums, q), nodes: sums.nodes };
}

/** Networks in which every node has at least 12 edges within the threshold, over more than one radius. */
const networks = fc.array(
  fc.array(fc.integer({ min: 2, max: 149 }), { minLength: 12, maxLength: 40 }).map((row) => [...row, 2, 77]),
  { minLength: 1, maxLength: 12 },
);

describe('identities', () => {
  it('τ(0) = 0 and f = 0 at q = 0, exactly; R² is undefined there', () => {
    fc.assert(
      fc.property(networks, (rows) => {
        const spectrum = spectrumOf(rows);
        expect(spectrum.tau[AT_ZERO]).toBe(0);
        expect(spectrum.f[AT_ZERO]).toBe(0);
        expect(Math.abs(spectrum.f[AT_ZERO - 1]!)).toBeLessThan(1e-12);
        expect(spectrum.r2[AT_ZERO]).toBeNull();
        expect(spectrum.nodes).toBe(rows.length);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('does not depend on the order of edges, to the last bit, nor on that of nodes, but for rounding', () => {
    fc.assert(
      fc.property(networks, (rows) => {
        const spectrum = spectrumOf(rows);
        const turned = rows.map((row) => [...row].reverse());
        expect(JSON.stringify(spectrumOf(turned))).toBe(JSON.stringify(spectrum));
        const other = spectrumOf(turned.reverse());
        expectAllClose(other.lnZ, [...spectrum.lnZ], 'ln Z', 1e-12);
        for (const name of ['alpha0', 'alpha0Exact', 'width'] as const)
          expectClose(other[name], spectrum[name], name, 1e-12);
      }),
      { seed: 2, numRuns: 50 },
    );
  });

  it("τ'(0) is the mean over nodes of the slope of ln μ on ln r", () => {
    fc.assert(
      fc.property(networks, (rows) => {
        const whole = spectrumOf(rows);
        // A fine grid around 0 approaches the derivative.
        const h = 1e-5;
        const fine = spectrumOf(rows, [-h, 0, h]);
        expectClose(whole.alpha0Exact, (fine.tau[2]! - fine.tau[0]!) / (2 * h), "τ'(0)", 1e-6);
      }),
      { seed: 3, numRuns: 50 },
    );
  });

  it('the figures alone are those of the whole spectrum', () => {
    fc.assert(
      fc.property(networks, (rows) => {
        const counts = EdgeCounts.forSpectrum(rows.length, THRESHOLD);
        for (const [source, row] of rows.entries()) for (const d of row) counts.add(source, d);
        const sums = partitionSums(counts, PAPER_Q);
        const figures = spectrumFigures(kernel, sums, PAPER_Q);
        const spectrum = multifractalSpectrum(sums, PAPER_Q);
        for (const name of ['alpha0', 'alpha0Exact', 'width'] as const)
          expectClose(figures[name], spectrum[name], name, 1e-12);
      }),
      { seed: 4, numRuns: 100 },
    );
  });

  it('identical nodes give a single point', () => {
    const row = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41];
    const spectrum = spectrumOf(Array.from({ length: 8 }, () => row));
    expect(spectrum.width).toBeLessThan(1e-12);
    expectClose(spectrum.alpha0, spectrum.alpha0Exact, 'α₀');
  });

  it.each([1, 2])('N(r) = r^%i gives α₀ = %i', (dimension) => {
    // N counts the node itself, so the edges up to r are r^D − 1.
    const row = Array.from({ length: 20 }, (_, i) => i + 2).flatMap((r) =>
      Array.from({ length: r ** dimension - (r - 1) ** dimension }, () => r),
    );
    const spectrum = spectrumOf([row, row]);
    // r = 1 holds no edge (d > 1), and N(1) = 1 = 1^D fits as well.
    expectClose(spectrum.alpha0, dimension, 'α₀');
    expectClose(spectrum.alpha0Exact, dimension, "τ'(0)");
    expectClose(spectrum.minR2!, 1, 'R²');
  });
});

describe('Gaussian networks shaped like step-0 Pythia, against the table', () => {
  const table = [
    {
      model: '14M',
      hidden: 128,
      blocks: 6,
      alpha0: [0.9725, 0.0004],
      exact: 0.9797,
      w: [0.585, 0.0013],
      kept: 100,
    },
    {
      model: '70M',
      hidden: 512,
      blocks: 6,
      alpha0: [1.3733, 0.0004],
      exact: 1.3825,
      w: [0.7392, 0.0014],
      kept: 100,
    },
    {
      model: '160M',
      hidden: 768,
      blocks: 12,
      alpha0: [1.3961, 0.0004],
      exact: 1.4049,
      w: [0.5344, 0.0015],
      kept: 53,
    },
    {
      model: '410M',
      hidden: 1024,
      blocks: 24,
      alpha0: [1.594, 0.0007],
      exact: 1.5974,
      w: [0.4052, 0.0019],
      kept: 40,
    },
    {
      model: '1B',
      hidden: 2048,
      blocks: 16,
      alpha0: [1.9482, 0.0005],
      exact: 1.9526,
      w: [0.5178, 0.0023],
      kept: 40,
    },
    {
      model: '1.4B',
      hidden: 2048,
      blocks: 24,
      alpha0: [1.9479, 0.0006],
      exact: 1.9522,
      w: [0.5136, 0.0027],
      kept: 40,
    },
    {
      model: '2.8B',
      hidden: 2560,
      blocks: 32,
      alpha0: [2.0671, 0.001],
      exact: 2.0717,
      w: [0.5384, 0.003],
      kept: 40,
    },
  ] as const;
  const DRAWS = 12;

  it.each(table)('$model', ({ hidden, blocks, alpha0, exact, w, kept }) => {
    const normal = gaussian(new Mt19937(20240214));
    const small = Math.sqrt(2 / (5 * hidden));
    const wang = 2 / (blocks * Math.sqrt(hidden));
    // Targets per source, sources and std of the four projections of a block (k = 32).
    const projections = [
      [32, 96, small],
      [32, 32, wang],
      [32, 64, small],
      [64, 32, wang],
    ] as const;
    const samples = Array.from({ length: DRAWS }, () =>
      spectrumOf(
        Array.from({ length: blocks }, () =>
          projections.flatMap(([sources, targets, std]) =>
            Array.from({ length: sources }, () =>
              Array.from({ length: targets }, () => 1 / Math.abs(std * normal())),
            ),
          ),
        ).flat(),
      ),
    );
    const near = (values: number[], [mean, error]: readonly [number, number], what: string): void => {
      const ours = estimate(values);
      const allowed = 4 * Math.hypot(ours.sd! / Math.sqrt(DRAWS), error);
      expect(Math.abs(ours.mean! - mean), `${what} ${ours.mean} against ${mean}`).toBeLessThanOrEqual(
        allowed,
      );
    };
    near(
      samples.map((sample) => sample.alpha0),
      alpha0,
      'α₀',
    );
    near(
      samples.map((sample) => sample.alpha0Exact),
      [exact, alpha0[1]],
      "τ'(0)",
    );
    near(
      samples.map((sample) => sample.width),
      w,
      'w',
    );
    const share = samples.reduce((sum, { nodes }) => sum + nodes, 0) / (DRAWS * blocks * 160);
    expect(Math.round(100 * share)).toBe(kept);
  });
});

/** Standard normal numbers by the Box–Muller transform. */
function gaussian(generator: Mt19937): () => number {
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log((generator.uint32() + 0.5) / 2 ** 32));
    const angle = (2 * Math.PI * (generator.uint32() + 0.5)) / 2 ** 32;
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
