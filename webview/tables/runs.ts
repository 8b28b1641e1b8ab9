/** The tables behind the figures of training runs, at full precision. */
import { chosenAlpha0, pointAt, syntheticPoint, type RunResults } from '../data/shownRuns';
import { t } from '../l10n';
import type { Cell, Column, Table } from './table';
import type { Estimate } from '../../src/protocol/analysis';
import type { RunMeasure } from '../../src/protocol/run';
import { drawnWords, wordsOf } from '../words/facts';

/** The checkpoint of a row. */
export const placed = (): Column[] => [
  { key: 'run', label: t('run') },
  { key: 'step', label: t('step') },
  { key: 'checkpoint', label: t('checkpoint') },
];

const estimated = (key: string, symbol: string): Column[] => [
  { key: `${key}_mean`, label: symbol },
  { key: `${key}_sd`, label: t('{0} sd', symbol) },
  { key: `${key}_ci95_low`, label: t('{0} from (95 %)', symbol) },
  { key: `${key}_ci95_high`, label: t('{0} to (95 %)', symbol) },
];
const cells = ({ mean, sd, ci95 }: Estimate): Cell[] => [mean, sd, ...(ci95 ?? [null, null])];

/** α₀, w, fit and neurons kept at every checkpoint; a synthetic step 0 comes first and says so. */
export function trendsTable(runs: readonly RunResults[]): Table {
  const row = ({ name }: RunResults, point: RunMeasure): Cell[] => [
    name,
    point.step,
    point.checkpoint.name,
    ...cells(point.alpha0),
    ...cells(point.alpha0Exact),
    ...cells(point.width),
    point.r2Mean,
    point.r2Min,
    point.nodesKept,
    point.samplesKept,
    drawnWords(point.checkpoint),
  ];
  return {
    id: 'trends',
    title: t('α₀, w, fit and neurons kept'),
    columns: [
      ...placed(),
      ...estimated('alpha0', 'α₀'),
      ...estimated('alpha0_exact', 'τ′(0)'),
      ...estimated('w', 'w'),
      { key: 'r2_mean', label: t('R² mean') },
      { key: 'r2_min', label: t('R² worst') },
      { key: 'neurons_kept', label: t('neurons kept, share') },
      { key: 'samples', label: t('samples') },
      { key: 'drawn', label: t('drawn weights') },
    ],
    rows: runs.flatMap((run) => {
      const drawn = syntheticPoint(run);
      return [...(drawn ? [row(run, drawn)] : []), ...run.series.points.map((point) => row(run, point))];
    }),
  };
}

/** f(α) and α at every q of every checkpoint. */
export function spectraTable(runs: readonly RunResults[]): Table {
  return {
    id: 'step-spectra',
    title: t('f(α) by q of every step'),
    columns: [
      ...placed(),
      { key: 'q', label: 'q' },
      { key: 'alpha_mean', label: 'α' },
      { key: 'f_mean', label: 'f(α)' },
    ],
    rows: runs.flatMap(({ name, series, spectra }) =>
      series.points.flatMap(({ step, checkpoint }, index) => {
        const { alpha, f } = spectra[index]!;
        return alpha.map((value, i): Cell[] => [
          name,
          step,
          checkpoint.name,
          series.settings.q[i]!,
          value,
          f[i]!,
        ]);
      }),
    ),
  };
}

/** E at every checkpoint, with its baseline. */
export function emergenceTable(runs: readonly RunResults[]): Table {
  return {
    id: 'emergence',
    title: t('Degree of emergence E'),
    columns: [
      ...placed(),
      { key: 'e', label: 'E' },
      { key: 'e_ci95_low', label: t('E from (95 %)') },
      { key: 'e_ci95_high', label: t('E to (95 %)') },
      { key: 'alpha0', label: 'α₀' },
      { key: 'w', label: 'w' },
      { key: 'alpha0_from', label: t('α₀ from') },
      { key: 'baseline', label: t('baseline') },
      { key: 'baseline_step', label: t('baseline step') },
      { key: 'reason', label: t('why not') },
    ],
    rows: runs.flatMap(({ name, series: { points, baseline, emergence } }) =>
      points.map((point): Cell[] => [
        name,
        point.step,
        point.checkpoint.name,
        point.emergence.value,
        ...(point.emergence.ci95 ?? [null, null]),
        chosenAlpha0(point, emergence.from).mean,
        point.width.mean,
        emergence.from,
        baseline.kind,
        baseline.step,
        point.emergence.reason && wordsOf(point.emergence.reason),
      ]),
    ),
  };
}

/** E and size of every run at one step (null: each run's last). */
export function sizeTable(runs: readonly RunResults[], step: number | null): Table {
  return {
    id: 'size',
    title: t('E and model size'),
    columns: [
      { key: 'run', label: t('run') },
      { key: 'architecture', label: t('architecture') },
      { key: 'parameters', label: t('parameters') },
      { key: 'step', label: t('step') },
      { key: 'e', label: 'E' },
      { key: 'e_ci95_low', label: t('E from (95 %)') },
      { key: 'e_ci95_high', label: t('E to (95 %)') },
      { key: 'baseline', label: t('baseline') },
      { key: 'baseline_step', label: t('baseline step') },
    ],
    rows: runs.flatMap((run): Cell[][] => {
      const point = pointAt(run, step);
      if (!point) return [];
      const { value, ci95 } = point.emergence;
      const { kind, step: from } = run.series.baseline;
      const { architecture, parameters } = point.checkpoint;
      return [[run.name, architecture, parameters, point.step, value, ...(ci95 ?? [null, null]), kind, from]];
    }),
  };
}
