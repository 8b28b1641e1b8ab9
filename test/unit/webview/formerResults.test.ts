/** Results that were saved before null models: panels show everything else, and say that these are missing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runSeries } from '../../../src/core/emergence/runSeries';
import { readResults } from '../../../src/core/store/resultsFile';
import { knowsBeyond } from '../../../webview/figures/beyond';
import { knowsParts } from '../../../webview/figures/parts';
import { seriesStyle } from '../../../webview/figures/styles';
import { DEFAULT_RUN_CHOICES, hasPicture, runFigures } from '../../../webview/runs/views';
import { LIGHT } from '../../../webview/theme';
import { noNullsText } from '../../../webview/words/nulls';
import { emergenceHeadline, trendsHeadline } from '../../../webview/words/runs';
import { ROOT } from '../support/golden';
import { failOnConsole } from './support';

failOnConsole();

type Json = Record<string, unknown>;

/** The results that the extension carries, as a former version wrote them. */
function former(version: 1 | 2): string {
  const file = JSON.parse(readFileSync(join(ROOT, 'media/sample-run.json'), 'utf8')) as {
    checkpoints: { result: Json }[];
    initial: Json;
  };
  const without = (value: unknown, ...keys: string[]): Json =>
    Object.fromEntries(Object.entries(value as Json).filter(([key]) => !keys.includes(key)));
  const earlier = (result: Json): Json => ({
    ...without(result, 'nulls', 'beyond', 'extremes'),
    schema: `neuromfa/analysis@${version}`,
    settings: without(result['settings'], 'nulls', 'radii'),
    summary: without(result['summary'], 'noInterval', 'scaling'),
    samples: (result['samples'] as Json[]).map((sample) =>
      without(sample, 'nulls', 'fit', 'sound', 'lnMu', 'edgesAt'),
    ),
    ...(version === 1 && {
      checkpoint: { ...without(result['checkpoint'], 'weights'), synthetic: null },
      warnings: [],
      network: { ...(result['network'] as Json), skipped: [] },
    }),
  });
  return JSON.stringify({
    ...file,
    schema: `neuromfa/results@${version}`,
    checkpoints: file.checkpoints.map((each) => ({ ...each, result: earlier(each.result) })),
    initial: null,
  });
}

describe.each([1, 2] as const)('results of neuromfa/results@%s', (version) => {
  const { run, checkpoints } = readResults(former(version), '/saved.json');
  const series = runSeries({
    run,
    results: checkpoints,
    baseline: { kind: 'first' },
    reference: checkpoints[0]!,
    from: 'alpha0',
  });
  const shown = {
    ...{ id: 'a', name: 'neox-1m', series, style: seriesStyle(0, LIGHT) },
    spectra: series.points.map(() => ({ alpha: [], f: [] })),
  };

  it('have their E, with its interval', () => {
    const { emergence, nulls, parts, beyond } = series.points.at(-1)!;
    expect(emergence.value).toBeCloseTo(0.1013, 4);
    expect(emergence.ci95![0]).toBeCloseTo(0.0961, 4);
    expect({ nulls, parts, beyond }).toEqual({ nulls: null, parts: null, beyond: null });
  });

  it('say in place of the figures that they hold no null models', () => {
    expect({ beyond: knowsBeyond(shown), parts: knowsParts(shown) }).toEqual({ beyond: false, parts: false });
    for (const tab of ['beyond', 'parts'] as const) {
      expect(hasPicture(tab, [shown], DEFAULT_RUN_CHOICES), tab).toBe(false);
      expect(runFigures(tab, [shown], DEFAULT_RUN_CHOICES, LIGHT), tab).toEqual([]);
    }
    // Whether or not the workspace asks for null models: nothing can be added to what was saved.
    for (const on of [false, true]) expect(noNullsText(on, true)).toContain('hold no null models');
    expect(noNullsText(true, false)).not.toContain('saved');
  });

  it('claim nothing that takes null models', () => {
    for (const text of [trendsHeadline([shown]), emergenceHeadline([shown])])
      expect(text).not.toMatch(/reshuffled|random weights|beyond|more than chance/);
  });
});
