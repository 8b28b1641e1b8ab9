/** Results of `analyze` for people. */
import type { AnalysisResult, AnalysisSettings, Estimate, SampleResult } from '../protocol/analysis';
import { factText, scalingWords } from '../protocol/factWords';
import { decimal, integer, NOTHING, percent, significant } from '../protocol/format';
import type { Value } from '../protocol/nulls';
import { extremeTexts } from '../protocol/extremeWords';
import { beyondText } from '../protocol/nullWords';
import { visible } from '../protocol/visible';
import { adapterText } from './baseOption';
import { subsetText } from './subsetOptions';
import { formatTable, type Column } from './table';

const SUMMARY: readonly Column<AnalysisResult>[] = [
  { title: 'checkpoint', text: ({ checkpoint }) => checkpoint.name },
  { title: 'step', align: 'right', text: ({ checkpoint }) => stepText(checkpoint.step) },
  {
    title: 'α₀ ± 95\u202f%',
    align: 'right',
    text: ({ summary, settings }) => withHalf(summary.alpha0, settings),
  },
  {
    title: 'w ± 95\u202f%',
    align: 'right',
    text: ({ summary, settings }) => withHalf(summary.width, settings),
  },
  { title: 'nodes kept', align: 'right', text: ({ summary }) => percent(summary.nodesKept) },
  { title: 'mean R²', align: 'right', text: ({ summary }) => decimal(summary.r2Mean, 4) },
];

/** With null models. */
const BEYOND: readonly Column<AnalysisResult>[] = [
  { title: 'beyond α₀ [95 %]', align: 'right', text: ({ beyond }) => valueText(beyond?.alpha0) },
  { title: 'beyond w [95 %]', align: 'right', text: ({ beyond }) => valueText(beyond?.width) },
  { title: 'p', align: 'right', text: ({ beyond }) => decimal(beyond?.width.p ?? null, 3) },
];

const SAMPLES: readonly Column<SampleResult>[] = [
  { title: 'seed', align: 'right', text: ({ seed }) => String(seed) },
  { title: 'outcome', text: ({ outcome }) => outcome },
  { title: 'nodes', align: 'right', text: ({ nodes }) => integer(nodes) },
  { title: 'dropped', align: 'right', text: ({ nodesDropped }) => integer(nodesDropped) },
  { title: 'edges', align: 'right', text: ({ edgesKept }) => integer(edgesKept) },
  { title: 'r max', align: 'right', text: ({ rMax }) => significant(rMax) },
  { title: 'α₀', align: 'right', text: ({ alpha0 }) => decimal(alpha0, 4) },
  { title: "τ'(0)", align: 'right', text: ({ alpha0Exact }) => decimal(alpha0Exact, 4) },
  { title: 'w', align: 'right', text: ({ width }) => decimal(width, 4) },
  { title: 'mean R²', align: 'right', text: ({ meanR2 }) => decimal(meanR2, 4) },
  { title: 'min R²', align: 'right', text: ({ minR2 }) => decimal(minR2, 4) },
  { title: 'reason', text: ({ reason }) => (reason ? factText(reason) : '') },
];

/** A table of all checkpoints, then what a careful reader should know; with `verbose` also every sample. */
export function analysesAsText(results: readonly AnalysisResult[], verbose: boolean): string {
  const [first] = results;
  if (!first) return '';
  const notes = results.flatMap((result) => {
    const { checkpoint, summary, bootstrap, beyond, warnings } = result;
    const [share, ...names] = extremeTexts(result);
    return [
      checkpoint.adapter && adapterText(checkpoint.adapter),
      summary.reason && factText(summary.reason),
      summary.noInterval && `no interval: ${factText(summary.noInterval)}`,
      bootstrap?.reason && `variation across layers: ${factText(bootstrap.reason)}`,
      beyond && (beyondText(beyond) || null),
      summary.scaling &&
        summary.scaling.kind !== 'power law' &&
        scalingWords(summary.scaling, summary.r2Mean),
      share,
      ...(verbose ? names : []),
      ...warnings.map((warning) => factText(warning)),
    ]
      .filter((note) => typeof note === 'string')
      .map((note) => `${visible(`${checkpoint.name}: ${note}`)}\n`);
  });
  const samples = results.map(
    (result) => `${visible(result.checkpoint.path)}\n${formatTable(SAMPLES, result.samples)}`,
  );
  return [
    formatTable(results.some(({ nulls }) => nulls) ? [...SUMMARY, ...BEYOND] : SUMMARY, results),
    notes.join(''),
    ...(verbose ? samples : []),
    `${describeSettings(first.settings)}\n`,
  ]
    .filter(Boolean)
    .join('\n');
}

/** The settings in words, on one line. */
export function describeSettings({
  mode,
  scaleFree,
  samples,
  neurons,
  seed,
  threshold,
  transfer,
  filter,
  radii,
  nulls,
  q,
  subset,
  draws,
}: AnalysisSettings): string {
  const seeds = samples === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + samples - 1}`;
  return [
    mode === 'full' ? 'full network' : `samples ${samples} × ${neurons} neurons per layer (${seeds})`,
    ...(draws === 'runs' ? ['contiguous draws'] : []),
    `transfer ${transfer}`,
    ...(scaleFree
      ? [`lengths relative to the median of ${scaleFree === 'network' ? 'the network' : 'each projection'}`]
      : []),
    `T ${threshold}`,
    `filter ${filter}`,
    `q ${q[0]} to ${q.at(-1)} (${q.length} orders)`,
    ...(radii.rule === 'fixed' ? [`radii ${radii.lo} to T`] : []),
    ...(nulls ? [`null models of ${nulls.draws} draws`] : []),
    ...subsetText(subset).map(visible),
  ].join(', ');
}

/** A number with its interval. */
export function valueText(value: Value | undefined): string {
  if (!value) return NOTHING;
  const { ci95 } = value;
  const said = decimal(value.value, 4);
  return ci95 ? `${said} [${decimal(ci95[0], 4)}, ${decimal(ci95[1], 4)}]` : said;
}

/** Without spaces, so that it can be passed as an option. */
export const stepText = (step: number | null): string => (step === null ? NOTHING : String(step));

/**
 * The mean with half of its 95 % interval, as everywhere; without it for a full network, which has no sampling error.
 */
export function withHalf({ mean, ci95 }: Estimate, { mode }: Pick<AnalysisSettings, 'mode'>): string {
  if (mean === null) return NOTHING;
  return ci95 && mode !== 'full'
    ? `${decimal(mean, 4)} ± ${decimal((ci95[1] - ci95[0]) / 2, 4)}`
    : decimal(mean, 4);
}
