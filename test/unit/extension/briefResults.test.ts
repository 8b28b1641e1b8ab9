/** Results without the arrays that no view of a run needs: the same numbers, and nothing in place of what is left out. */
import { describe, expect, it } from 'vitest';
import { meanSpectrum } from '../../../src/core/emergence/meanSpectrum';
import { runSeries } from '../../../src/core/emergence/runSeries';
import { briefResult, wholeResult } from '../../../src/extension/runs/briefResults';
import type { AnalysisResult } from '../../../src/protocol/analysis';
import { makeAnalysis } from '../support/analysis';

const [first, last] = ['a', 'b'].map((letter) => makeAnalysis(letter.repeat(64), `/r/${letter}`).result) as [
  AnalysisResult,
  AnalysisResult,
];
const brief = (result: AnalysisResult, stored: AnalysisResult | undefined = result): AnalysisResult =>
  briefResult(result, () => Promise.resolve(stored));

describe('a brief result', () => {
  it('makes the series and the spectra of the whole one', () => {
    const seriesOf = (...results: AnalysisResult[]): unknown =>
      runSeries({
        run: { name: 'r', path: '/r', orderedBy: 'step' },
        results: results.map((result, step) => ({ step, epoch: null, tokens: null, result })),
        baseline: { kind: 'first' },
        reference: { step: 0, result: results[0]! },
        from: 'alpha0',
      });
    expect(seriesOf(brief(first), brief(last))).toEqual(seriesOf(first, last));
    expect(meanSpectrum(brief(last))).toEqual(meanSpectrum(last));
  });

  it('refuses what it lacks, alone and in a copy', () => {
    const [sample] = brief(first).samples;
    expect(() => sample!.tau).toThrow('A brief result has no tau');
    expect(() => ({ ...sample })).toThrow('A brief result has no');
    expect(() => JSON.stringify(sample)).toThrow('A brief result has no');
  });

  it('is found whole again, as that of its own checkpoint', async () => {
    const copy = { ...brief(first), checkpoint: { ...first.checkpoint, path: '/copy' } };
    expect(await wholeResult(copy)).toEqual({ ...first, checkpoint: copy.checkpoint });
    expect(await wholeResult(last)).toBe(last);
  });

  it('is not taken for that of other bytes, nor for one that is no longer stored', async () => {
    await expect(wholeResult(brief(first, last))).rejects.toThrow('no longer among the stored ones');
    const gone = briefResult(first, () => Promise.resolve(undefined));
    await expect(wholeResult(gone)).rejects.toMatchObject({ data: { code: 'missing', subject: '/r/a' } });
  });
});
