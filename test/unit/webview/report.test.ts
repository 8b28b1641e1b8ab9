/** The HTML report: its data, its words, and what every page of it must hold. */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { REPORT_SCHEMA, reportSchema, type Report } from '../../../src/protocol/report';
import { shownRuns } from '../../../webview/data/shownRuns';
import { seriesStyle } from '../../../webview/figures/styles';
import { runFixture, type RunOptions } from '../../preview/runFixtures';
import { BIBTEX } from '../../../webview/report/bibtex';
import { checkpointsTable } from '../../../webview/tables/checkpoints';
import { LIGHT } from '../../../webview/theme';
import { methodsParagraph } from '../../../webview/words/methods';

const of = (...options: RunOptions[]): unknown => ({
  schema: REPORT_SCHEMA,
  created: '2025-11-22T10:00:00Z',
  runs: options.map((each) => {
    const { series, spectra } = runFixture(each);
    return { series, spectra };
  }),
});
const shown = (...options: RunOptions[]) =>
  shownRuns(
    options.map((each) => runFixture(each)),
    (index) => seriesStyle(index, LIGHT),
  );
const plain = (text: string): string => text.replaceAll('\u202f', ' ');

describe('data of a report', () => {
  it('are series with one spectrum per point', () => {
    expect(v.safeParse(reportSchema, of({}, { name: 'b', mode: 'full' })).success).toBe(true);
    const short = of({}) as Report;
    short.runs[0]!.spectra.pop();
    expect(v.safeParse(reportSchema, short).success).toBe(false);
  });
  it('are refused without runs, without results, or of another version', () => {
    expect(v.safeParse(reportSchema, of()).success).toBe(false);
    expect(v.safeParse(reportSchema, { ...(of({}) as object), schema: 'neuromfa/report@2' }).success).toBe(
      false,
    );
    expect(v.safeParse(reportSchema, of({ states: { 0: { kind: 'missing' } }, steps: [0] })).success).toBe(
      false,
    );
  });
});

describe('methods', () => {
  it('of samples', () => {
    expect(plain(methodsParagraph(shown({})))).toBe(
      'Neuron-based multifractal analysis (Xiao et al., ICLR 2025) was computed with NeuroMFA 0.1.0 (algorithm 1). Each checkpoint was analyzed on 10 samples of 32 neurons per layer (seeds 0 … 9; the same neurons at every checkpoint). Every weight w is an edge of length d = 1/|w|. Edges with 1 < d ≤ 150 were kept, their lengths rounded to whole numbers; neurons with 10 or fewer such edges were left out. The mass exponents τ(q), q from −3 to 3 (61 values), are the least-squares slopes of ln Z(q, r) on ln(r/r_max) over all radii that occur; regularity α₀ is the Lipschitz–Hölder exponent at the top of the spectrum f(α), heterogeneity w the range of α. α₀ and w are means over samples with 95 % intervals by Student’s t. The degree of emergence is E(t) = (w(t)/w(0)) · ln(α₀(0)/α₀(t)), where 0 is the first checkpoint (step 0). Its 95 % intervals use Student’s t over the contributions to E of the samples that both checkpoints keep, linearized around the means.',
    );
  });
  it('of full networks speak of no samples, and of a synthetic step 0 as such', () => {
    const full = methodsParagraph(shown({ mode: 'full', baseline: { kind: 'init' } }));
    expect(full).toMatch(/every neuron and every weight.*not sampling error.*untrained synthetic step 0/);
    expect(full).not.toMatch(/seeds|Student/);
    expect(methodsParagraph(shown({ baseline: { kind: 'gaussian' } }))).toMatch(
      /where 0 is untrained Gaussian weights \(same mean and SD per tensor as the first checkpoint\)\./,
    );
  });
  it('tell of other settings in other runs', () => {
    expect(methodsParagraph(shown({}, { name: 'b', samples: 3 }))).toMatch(/Other runs have other settings/);
  });
});

it('provenance names every checkpoint by its content, the synthetic one as such', () => {
  const { columns, rows } = checkpointsTable(shown({ baseline: { kind: 'init' } }));
  expect(rows).toHaveLength(9);
  expect(rows[0]!.at(-1)).toMatch(/synthetic step 0/);
  const sha = columns.findIndex(({ key }) => key === 'sha256');
  expect(rows.every((row) => /^[0-9a-f]{64}$/.test(String(row[sha])))).toBe(true);
});

it('BibTeX has balanced braces and all authors', () => {
  expect(BIBTEX.split('{').length).toBe(BIBTEX.split('}').length);
  expect(/author += \{([^}]*)\}/.exec(BIBTEX)![1]!.split(/\s+and\s+/)).toHaveLength(9);
});
