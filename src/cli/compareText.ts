/** Comparisons for people. */
import type { Estimate, CheckpointInfo } from '../protocol/analysis';
import type { Comparison, FigureComparison, ProjectionChange, TensorChange } from '../protocol/comparison';
import {
  adapterSentences,
  figureSentences,
  largestChanges,
  tensorSentences,
} from '../protocol/comparisonWords';
import { compact, decimal, NOTHING, percent, significant } from '../protocol/format';
import type { Value } from '../protocol/nulls';
import { shortened, visible } from '../protocol/visible';
import { describeSettings, valueText, withHalf } from './analysisText';
import { formatTable, type Column } from './table';

/** Number of rows, of possibly thousands; --verbose has all tensors, JSON has everything. */
const MAX_ROWS = 12;

export function comparisonAsText(comparison: Comparison, verbose: boolean): string {
  const { settings, tensors, projections } = comparison;
  const figures =
    comparison.kind === 'checkpoints' ? comparison.figures : (comparison.points.at(-1)?.figures ?? null);
  const heads =
    comparison.kind === 'checkpoints'
      ? [headOf('A', tensors.a), headOf('B', tensors.b)]
      : [
          `A  ${comparison.a.name} (${comparison.a.path})`,
          `B  ${comparison.b.name} (${comparison.b.path})`,
          `steps that both have: ${comparison.points.length}; only A: ${listed(comparison.onlyA)}; only B: ${listed(comparison.onlyB)}`,
        ];
  const largest = largestChanges(tensors, verbose ? Infinity : MAX_ROWS);
  const blocks = [
    lines([...heads, ...adapterSentences(tensors)]),
    comparison.kind === 'runs' ? formatTable(POINTS, comparison.points) : '',
    comparison.kind === 'runs' ? lines([`at step ${comparison.points.at(-1)?.step ?? NOTHING}:`]) : '',
    figures ? formatTable(FIGURES, figureRows(figures, comparison)) : '',
    figures ? lines(figureSentences(figures)) : '',
    lines(tensorSentences(tensors)),
    largest.length > 0 ? formatTable(TENSORS, verbose ? tensors.changed : largest) : '',
    projections ? projectionsText(projections) : '',
    lines([
      ...missing('only in A', tensors.onlyA),
      ...missing('only in B', tensors.onlyB),
      ...missing('of another shape or orientation', tensors.reshaped),
      ...tensors.metadata
        .slice(0, MAX_ROWS)
        .map(({ key, a, b }) => `${key}: ${a ?? NOTHING} in A, ${b ?? NOTHING} in B`),
      ...more('entries of metadata and configuration', tensors.metadata.length + tensors.metadataLeftOut),
    ]),
    `${describeSettings(settings)}\n`,
  ];
  return blocks.filter(Boolean).join('\n');
}

const lines = (all: readonly string[]): string => all.map((line) => `${visible(line)}\n`).join('');
const listed = (steps: readonly number[]): string =>
  steps.length === 0 ? 'none' : steps.length > 6 ? `${steps.length}` : steps.join(', ');
const more = (what: string, count: number): string[] =>
  count > MAX_ROWS ? [`and ${count - MAX_ROWS} more ${what}`] : [];

const headOf = (letter: string, { name, dtype, parameters, path }: CheckpointInfo): string =>
  `${letter}  ${name}: ${compact(parameters)} parameters, ${dtype} (${path})`;

function missing(what: string, all: readonly { name: string }[]): string[] {
  if (all.length === 0) return [];
  const names = all.slice(0, 4).map(({ name }) => shortened(name));
  return [`${what}: ${names.join(', ')}${all.length > 4 ? ` and ${all.length - 4} more` : ''}`];
}

type Settings = Comparison['settings'];
interface FigureRow {
  name: string;
  a: Estimate;
  b: Estimate;
  change: Value;
  settings: Settings;
}

function figureRows(
  { a, b, lnAlpha0, lnAlpha0Exact, lnWidth }: FigureComparison,
  { settings }: Comparison,
): FigureRow[] {
  return [
    { name: 'α₀', a: a.alpha0, b: b.alpha0, change: lnAlpha0, settings },
    { name: "τ'(0)", a: a.alpha0Exact, b: b.alpha0Exact, change: lnAlpha0Exact, settings },
    { name: 'w', a: a.width, b: b.width, change: lnWidth, settings },
  ];
}

const FIGURES: readonly Column<FigureRow>[] = [
  { title: '', text: ({ name }) => name },
  { title: 'A ± 95\u202f%', align: 'right', text: ({ a, settings }) => withHalf(a, settings) },
  { title: 'B ± 95\u202f%', align: 'right', text: ({ b, settings }) => withHalf(b, settings) },
  { title: 'Δ ln [95 %]', align: 'right', text: ({ change }) => valueText(change) },
];

type Point = Extract<Comparison, { kind: 'runs' }>['points'][number];

const POINTS: readonly Column<Point>[] = [
  { title: 'step', align: 'right', text: ({ step }) => String(step) },
  { title: 'Δ ln α₀ [95 %]', align: 'right', text: ({ figures }) => valueText(figures.lnAlpha0) },
  { title: 'Δ ln w [95 %]', align: 'right', text: ({ figures }) => valueText(figures.lnWidth) },
  { title: 'Δ beyond w [95 %]', align: 'right', text: ({ figures }) => valueText(figures.beyond?.width) },
];

const TENSORS: readonly Column<TensorChange>[] = [
  { title: 'tensor', text: ({ name }) => shortened(name, 72) },
  { title: 'shape', text: ({ shape }) => shape.join(' × ') },
  { title: '‖B − A‖ / ‖A‖', align: 'right', text: ({ relative }) => significant(relative, 3) },
  { title: 'cosine', align: 'right', text: ({ cosine }) => decimal(cosine, 4) },
  { title: 'equal', align: 'right', text: ({ equal }) => percent(equal) },
];

const PROJECTIONS: readonly Column<ProjectionChange>[] = [
  { title: 'projection', text: ({ name }) => shortened(name, 72) },
  { title: 'Δ ln α₀', align: 'right', text: ({ lnAlpha0 }) => decimal(lnAlpha0, 4) },
  { title: 'sd of null', align: 'right', text: ({ sdLnAlpha0 }) => decimal(sdLnAlpha0, 4) },
  { title: 'Δ ln w', align: 'right', text: ({ lnWidth }) => decimal(lnWidth, 4) },
  { title: 'sd of null', align: 'right', text: ({ sdLnWidth }) => decimal(sdLnWidth, 4) },
];

function projectionsText(all: readonly ProjectionChange[]): string {
  const size = ({ lnAlpha0 }: ProjectionChange): number => Math.abs(lnAlpha0 ?? 0);
  const largest = [...all].sort((a, b) => size(b) - size(a)).slice(0, MAX_ROWS);
  return `${formatTable(PROJECTIONS, largest)}${lines(more('projections', all.length))}`;
}
