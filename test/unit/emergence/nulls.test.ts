import { expect, it } from 'vitest';
import { nullEmergence } from '../../../src/core/emergence/nulls';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { standardNormal } from '../../../src/core/stats/normal';
import type { AnalysisResult } from '../../../src/protocol/analysis';
import type { NullSample } from '../../../src/protocol/nulls';
import { makeResult } from '../support/results';

const DRAWS = 5;

interface Deviation {
  alpha0: number;
  width: number;
}

type Deviations = Record<'shuffled' | 'gaussian', readonly Deviation[]>;

const deviation = (normal: () => number): Deviation => ({
  alpha0: 0.004 * normal(),
  width: 0.004 * normal(),
});

const deviations = (normal: () => number): Deviations => ({
  shuffled: Array.from({ length: DRAWS }, () => deviation(normal)),
  gaussian: Array.from({ length: DRAWS }, () => deviation(normal)),
});

/** A full network that is one more draw of its own null models. */
function anotherDraw(mean: number, own: Deviation, drawn: Deviations): AnalysisResult {
  const point = ({ alpha0, width }: Deviation): Deviation => ({ alpha0: mean + alpha0, width: 0.6 + width });
  const made = makeResult([point(own)], { settings: { mode: 'full', nulls: { draws: DRAWS } } });
  const sampleOf = (draws: readonly Deviation[]): NullSample => {
    const points = draws.map(point);
    const alpha0 = points.map((each) => each.alpha0);
    const width = points.map((each) => each.width);
    return { draws: { alpha0, alpha0Exact: alpha0, width }, first: null };
  };
  const { alpha0, alpha0Exact, width } = made.summary;
  const figures = { alpha0, alpha0Exact, width };
  const nulls = { shuffled: sampleOf(drawn.shuffled), gaussian: sampleOf(drawn.gaussian) };
  return {
    ...made,
    samples: [{ ...made.samples[0]!, nulls }],
    nulls: { draws: DRAWS, shuffled: figures, gaussian: figures },
  };
}

// The null models of two networks are drawn with the same random numbers, and may differ from their means alike.
it.each(['of its own', 'of both ends'])(
  'of full networks, parts that are chance hold 0 about as often as they say, with deviations %s',
  (whose) => {
    const normal = standardNormal(new Mt19937(5));
    const runs = 1000;
    const holding = { tails: 0, arrangement: 0 };
    for (let run = 0; run < runs; run++) {
      const drawn = deviations(normal);
      const { parts } = nullEmergence(
        anotherDraw(1, deviation(normal), drawn),
        anotherDraw(1.2, deviation(normal), whose === 'of both ends' ? drawn : deviations(normal)),
        'alpha0',
      );
      for (const part of ['tails', 'arrangement'] as const) {
        const [low, high] = parts![part].ci95!;
        if (low <= 0 && high >= 0) holding[part]++;
      }
    }
    // The network differs from the mean of its draws by √(1 + 1/5) as much as from nothing: 93.5 % where 95 is said.
    expect(holding.arrangement / runs).toBeGreaterThan(0.91);
    expect(holding.tails / runs).toBeGreaterThan(0.95);
  },
);
