/** The results that ship with the extension, written by `scripts/sample-results.ts`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { emergence } from '../../../src/core/emergence/emergence';
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
