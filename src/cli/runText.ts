/** Series of runs for people. */
import type { AnalysisSettings } from '../protocol/analysis';
import type { AcrossRuns } from '../protocol/metrics';
import { beyondText, sizeText } from '../protocol/nullWords';
import { isDrawn, type RunMeasure, type RunPoint, type RunSeries, type Specification } from '../protocol/run';
import { specificationName, specificationText, unscaledText } from '../protocol/specificationWords';
import { visible } from '../protocol/visible';
import { factText } from '../protocol/factWords';
import { decimal, percent, significant } from '../protocol/format';
import { describeSettings, stepText, valueText, withHalf } from './analysisText';
import { adapterText } from './baseOption';
import { acrossText, metricsText } from './metricsText';
import { formatTable, type Column } from './table';

/** A row of the table: a checkpoint, or weights that were drawn for comparison. */
type Row = RunMeasure &
  Partial<Pick<RunPoint, 'emergence' | 'parts' | 'common'>> & { settings: AnalysisSettings };

const ROWS: readonly Column<Row>[] = [
  { title: 'step', align: 'right', text: ({ step, epoch }) => whenText(step, epoch) },
  { title: 'checkpoint', text: ({ checkpoint }) => checkpoint.name },
  { title: 'α₀ ± 95\u202f%', align: 'right', text: ({ alpha0, settings }) => withHalf(alpha0, settings) },
  { title: 'w ± 95\u202f%', align: 'right', text: ({ width, settings }) => withHalf(width, settings) },
  {
    title: 'E [95 %]',
    align: 'right',
    text: ({ emergence }) => (emergence ? valueText(emergence) : 'baseline'),
  },
  { title: 'nodes kept', align: 'right', text: ({ nodesKept }) => percent(nodesKept) },
  { title: 'mean R²', align: 'right', text: ({ r2Mean }) => decimal(r2Mean, 4) },
];

/** An epoch is another unit than steps, so it is named. */
const whenText = (step: number | null, epoch: number | undefined): string =>
  step === null && epoch !== undefined ? `epoch ${epoch}` : stepText(step);

/** With null models: the parts of E, and how far the weights are beyond reshuffling. */
const PARTS: readonly Column<Row>[] = [
  { title: 'size', align: 'right', text: ({ parts }) => decimal(parts?.size.value ?? null, 4) },
  { title: 'tails', align: 'right', text: ({ parts }) => decimal(parts?.tails.value ?? null, 4) },
  { title: 'arrangement [95 %]', align: 'right', text: ({ parts }) => valueText(parts?.arrangement) },
  { title: 'beyond w [95 %]', align: 'right', text: ({ beyond }) => valueText(beyond?.width) },
];

/** Where E is over the neurons that both ends have. */
const COMMON: readonly Column<Row>[] = [
  { title: 'common nodes', align: 'right', text: ({ common }) => percent(common?.nodesKept ?? null) },
  { title: 'E over all [95 %]', align: 'right', text: ({ common }) => valueText(common?.all) },
];

/** A table per run, each with what a careful reader should know. */
export function seriesAsText(all: readonly RunSeries[], across: AcrossRuns | null): string {
  return [...all.map(oneAsText), ...(across ? [acrossText(across)] : [])].join('\n');
}

function oneAsText(series: RunSeries): string {
  const { run, settings, baseline, points, warnings } = series;
  const drawn = isDrawn(baseline.kind) && baseline.point ? [baseline.point] : [];
  const rows = [...drawn, ...points].map((row): Row => ({ ...row, settings }));
  const reasons = missingTexts(points);
  const said = new Set(reasonsOf(points));
  const notes = [
    ...nullTexts(points),
    ...adapterTexts(points),
    ...reasons,
    // What is the reason why checkpoints have no E is said with their names.
    ...warnings.map((warning) => factText(warning)).filter((text) => !said.has(text)),
  ].map((note) => `${visible(note)}\n`);
  const columns = [
    ...ROWS,
    ...(series.emergence.population === 'common' ? COMMON : []),
    ...(points.some(({ beyond }) => beyond) ? PARTS : []),
  ];
  const blocks = [
    `${visible(`${run.name} (${run.path})`)}\n${formatTable(columns, rows)}`,
    notes.join(''),
    curveText(series),
    metricsText(series),
    `${visible(baselineText(series))}\n${describeSettings(settings)}\n`,
  ];
  return blocks.filter(Boolean).join('\n');
}

const SPECIFICATIONS: readonly Column<Specification>[] = [
  { title: 'one setting changed', text: (each) => specificationName(each) },
  { title: 'E [95 %]', align: 'right', text: ({ emergence }) => valueText(emergence) },
  { title: 'E Gaussian [95 %]', align: 'right', text: ({ gaussian }) => valueText(gaussian) },
  { title: 'beyond w [95 %]', align: 'right', text: ({ beyond }) => valueText(beyond?.width) },
  { title: 'nodes kept', align: 'right', text: ({ nodesKept }) => percent(nodesKept) },
  {
    title: 'slope ratio',
    align: 'right',
    text: ({ scaling }) => significant(scaling?.ratio ?? null, 2),
  },
  { title: 'mean R²', align: 'right', text: ({ r2 }) => decimal(r2, 2) },
  {
    title: 'note',
    text: (each) => (each.emergence.reason ? factText(each.emergence.reason) : unscaledText(each)),
  },
];

/** The specification curve with its sentence; empty where none was requested. */
function curveText({ specifications = [] }: RunSeries): string {
  const [first] = specifications;
  if (!first) return '';
  const title = `How E of ${first.checkpoint} depends on the settings, from the smallest to the largest:`;
  return `${visible(title)}\n${formatTable(SPECIFICATIONS, specifications)}${visible(specificationText(specifications))}\n`;
}

/** What null models say about the last checkpoint. */
function nullTexts(points: RunSeries['points']): string[] {
  const last = points.at(-1)!;
  const size = sizeText(last.nulls?.gaussian.emergence);
  const { value, ci95 } = last.emergence;
  const said = valueText({ value, ci95 });
  const beyond = last.beyond ? beyondText(last.beyond) : '';
  return [
    value !== null && size !== '' ? `${last.checkpoint.name}: E is ${said}; ${size}.` : '',
    beyond === '' ? '' : `${last.checkpoint.name}: ${beyond}`,
  ].filter(Boolean);
}

/** The bases of low-rank adapters, without repetitions. */
function adapterTexts(points: RunSeries['points']): string[] {
  return [
    ...new Set(points.flatMap(({ checkpoint: { adapter } }) => (adapter ? [adapterText(adapter)] : []))),
  ];
}

const reasonsOf = (points: RunSeries['points']): string[] =>
  points.flatMap(({ emergence: { reason } }) => (reason ? [factText(reason)] : []));

/** The reasons without repetitions, with their checkpoints unless they apply to all. */
function missingTexts(points: RunSeries['points']): string[] {
  return [...new Set(reasonsOf(points))].map((reason) => {
    const about = points.filter(({ emergence }) => emergence.reason && factText(emergence.reason) === reason);
    const whose =
      about.length === points.length ? 'E' : about.map(({ checkpoint }) => checkpoint.name).join(', ');
    return `${whose}: ${reason}`;
  });
}

function baselineText({ baseline, emergence, settings, warnings }: RunSeries): string {
  const step = baseline.step === null ? '' : ` (step ${baseline.step})`;
  const against = {
    // Those before it may hold the same weights as others.
    first: warnings.some(({ code }) => code === 'baseline-after-first')
      ? `the first checkpoint whose weights are its own${step}`
      : `the first checkpoint${step}`,
    step: `step ${String(baseline.step)}`,
    init: 'a synthetic step 0',
    gaussian: 'untrained Gaussian weights (same mean and SD per tensor as the first checkpoint)',
  }[baseline.kind];
  const from = emergence.from === 'exact' ? "τ'(0)" : 'α₀';
  const intervals =
    settings.mode === 'full'
      ? 'the whole network is counted, so there are no intervals'
      : "95 % intervals by Student's t over the samples that both checkpoints keep";
  const over = emergence.population === 'common' ? ' over the neurons that both checkpoints keep,' : '';
  return `E${over} from ${from} and w, against ${against}; ${intervals}`;
}
