/** How often the interval of E holds E. `bench/coverage.ts` does the same with 2,000 samples of the bundled run. */
import { describe, expect, it } from 'vitest';
import { makeSettings } from '../../../src/core/analysis/settings';
import { degreeOfEmergence, type Point } from '../../../src/core/emergence/formula';
import { pairedEmergence, withInterval, type Pair } from '../../../src/core/emergence/paired';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { standardNormal } from '../../../src/core/stats/normal';
import { planOf, samplePath, withRows } from '../support/analyze';
import { runPacked } from '../support/packed';

const holds = (pairs: readonly Pair[], value: number): boolean => {
  const { ci95 } = withInterval(pairedEmergence(pairs));
  return ci95![0] <= value && value <= ci95![1];
};

describe('the interval of E', () => {
  const then: Point = { alpha0: 0.9744, width: 0.5806 };
  const now: Point = { alpha0: 0.8689, width: 0.5135 };
  const truth = degreeOfEmergence(now, then);

  // Means and deviations as in the bundled run; a sample takes the same neurons at both ends, so that these go together.
  it.each([3, 5, 10, 20, 50])('holds 95 %% of simulated values with %s samples', (n) => {
    const normal = standardNormal(new Mt19937(n));
    const times = 3000;
    let covered = 0;
    for (let i = 0; i < times; i++) {
      const pairs = Array.from({ length: n }, (): Pair => {
        const common = normal();
        const point = ({ alpha0, width }: Point, alpha0Sd: number, widthSd: number): Point => ({
          alpha0: alpha0 + alpha0Sd * (0.6 * common + 0.8 * normal()),
          width: width + widthSd * (0.6 * common + 0.8 * normal()),
        });
        return { now: point(now, 0.0055, 0.0205), then: point(then, 0.0027, 0.0183) };
      });
      if (holds(pairs, truth)) covered++;
    }
    expect(covered / times).toBeGreaterThan(0.92);
    expect(covered / times).toBeLessThan(0.98);
  });

  it('holds E of 2,000 samples in groups of ten of the bundled run', () => {
    const plans = [0, 4000].map((step) => planOf(samplePath(step)));
    const settings = makeSettings();
    const points = withRows((read) =>
      Array.from({ length: 40 }, (_, seed) =>
        plans.map((plan): Point => {
          const { alpha0, width } = runPacked(plan, seed, settings, read).result;
          return { alpha0: alpha0!, width: width! };
        }),
      ),
    );
    const pairs = points.map(([before, after]): Pair => ({ now: after!, then: before! }));
    const groups = [0, 10, 20, 30].map((from) => pairs.slice(from, from + 10));
    expect(groups.filter((group) => holds(group, 0.0972)).length).toBeGreaterThanOrEqual(3);
  });
});
