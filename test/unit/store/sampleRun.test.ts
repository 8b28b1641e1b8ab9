/** The results that ship with the extension, written by `scripts/sample-results.ts`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { summarizeNulls } from '../../../src/core/analysis/nulls/summarizeNulls';
import { emergence } from '../../../src/core/emergence/emergence';
import { runSeries } from '../../../src/core/emergence/runSeries';
import { readResults } from '../../../src/core/store/resultsFile';
import { summarize } from '../../../src/core/analysis/summarize';
import { ALGORITHM_VERSION } from '../../../src/protocol/analysis';
import { expectClose } from '../support/close';
import { goldenRun, ROOT } from '../support/golden';

const path = join(ROOT, 'media/sample-run.json');
const text = readFileSync(path, 'utf8');
const { run, checkpoints, initial } = readResults(text, path);
const golden = new Map(goldenRun.steps.map((each) => [each.step, each]));

describe('the sample run', () => {
  it('is that of samples/, small enough to ship', () => {
    expect(run).toMatchObject({ name: 'neox-1m', orderedBy: 'step' });
    expect(checkpoints.map(({ step }) => step)).toEqual([0, 64, 256, 512, 1000, 2000, 3000, 4000]);
    expect(gzipSync(text).length).toBeLessThan(150_000);
  });

  it.each(checkpoints)('$name has the numbers of the reference', ({ step, result }) => {
    const { samples } = golden.get(step!)!;
    for (const [i, { alpha0, width }] of result.samples.entries()) {
      expectClose(alpha0!, samples[i]!.alpha_30, 'α₀');
      expectClose(width!, samples[i]!.w, 'w');
    }
    expect(result.summary).toEqual(summarize(result.samples));
    expect(result.version.algorithm).toBe(ALGORITHM_VERSION);
  });

  it('has its network before training, to compare with', () => {
    expect(initial?.checkpoint.weights.kind).toBe('init');
    const last = checkpoints.at(-1)!.result;
    expect(emergence(last, initial!, 'alpha0')).toMatchObject({ reason: null });
  });
});

describe('its null models', () => {
  const { points } = runSeries({
    run,
    results: checkpoints,
    baseline: { kind: 'first' },
    reference: checkpoints[0]!,
    from: 'alpha0',
  });
  const last = points.at(-1)!;

  it('say that size accounts for about all of E', () => {
    for (const { emergence: own, parts } of points) {
      const { size, tails, arrangement } = parts!;
      expect(size.value! + tails.value! + arrangement.value!).toBeCloseTo(own.value!, 12);
    }
    expect(last.emergence.value).toBeCloseTo(0.1013, 4);
    expect(last.parts!.size.value).toBeCloseTo(0.1126, 4);
    expect(last.nulls!.draws).toBe(20);
  });

  it('say that w grows beyond chance from nothing', () => {
    const [first] = points;
    expect(first!.beyond!.width.ci95![0]).toBeLessThan(0);
    expect(last.beyond!.width.value).toBeCloseTo(0.101, 3);
    expect(last.beyond!.width.ci95![0]).toBeGreaterThan(0.07);
  });

  it('are what the welcome views and the walkthrough tell', () => {
    const words = JSON.parse(readFileSync(join(ROOT, 'package.nls.json'), 'utf8')) as Record<string, string>;
    const [first] = points;
    const { gaussian } = last.nulls!;
    for (const key of [
      'view.runs.welcome.noFolder',
      'view.runs.welcome.noRuns',
      'walkthrough.sample.description',
    ])
      for (const value of [
        last.emergence.value,
        gaussian.emergence.value,
        first!.beyond!.width.value,
        last.beyond!.width.value,
      ])
        expect(words[key]).toContain(value!.toFixed(3));
  });

  it('hold the mean of the draws, from which the summaries follow', () => {
    for (const { result } of checkpoints) {
      expect(result.samples[0]!.nulls!.shuffled.draws.width).toHaveLength(1);
      const { shuffled, gaussian } = summarizeNulls(result.samples, result.settings)!;
      for (const [kind, found] of Object.entries({ shuffled, gaussian }))
        for (const [figure, { mean }] of Object.entries(found))
          expectClose(result.nulls![kind as 'shuffled'][figure as 'width'].mean!, mean!, `${kind} ${figure}`);
    }
  });
});
