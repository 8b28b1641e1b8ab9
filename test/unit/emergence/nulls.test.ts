import { expect, it } from 'vitest';
import { nullEmergence } from '../../../src/core/emergence/nulls';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { standardNormal } from '../../../src/core/stats/normal';
import type { AnalysisResult } from '../../../src/protocol/analysis';
import type { NullSample } from '../../../src/protocol/nulls';
import { makeResult } from '../support/results';

const DRAWS = 5;

/** A full network that is one more draw of its own null models. */
function anotherDraw(normal: () => number, mean: number): AnalysisResult {
  const point = (): { alpha0: number; width: number } => ({
    alpha0: mean + 0.004 * normal(),
    width: 0.6 + 0.004 * normal(),
  });
  const made = makeResult([point()], { settings: { mode: 'full', nulls: { draws: DRAWS } } });
  const drawn = (): NullSample => {
    const points = Array.from({ length: DRAWS }, point);
    const alpha0 = points.map((each) => each.alpha0);
    const width = points.map((each) => each.width);
    return { draws: { alpha0, alpha0Exact: alpha0, width }, first: null };
  };
  const { alpha0, alpha0Exact, width } = made.summary;
  const figures = { alpha0, alpha0Exact, width };
  return {
    ...made,
    samples: [{ ...made.samples[0]!, nulls: { shuffled: drawn(), gaussian: drawn() } }],
    nulls: { draws: DRAWS, shuffled: figures, gaussian: figures },
  };
}

it('of full networks, parts that are chance hold 0 about as often as they say', () => {
  const normal = standardNormal(new Mt19937(5));
  const runs = 1000;
  const holding = { tails: 0, arrangement: 0 };
  for (let run = 0; run < runs; run++) {
    const { parts } = nullEmergence(anotherDraw(normal, 1), anotherDraw(normal, 1.2), 'alpha0');
    for (const part of ['tails', 'arrangement'] as const) {
      const [low, high] = parts![part].ci95!;
      if (low <= 0 && high >= 0) holding[part]++;
    }
  }
  // The network differs from the mean of its draws by √(1 + 1/5) as much as from nothing: 93.5 % where 95 is said.
  expect(holding.arrangement / runs).toBeGreaterThan(0.91);
  expect(holding.tails / runs).toBeGreaterThan(0.95);
});
