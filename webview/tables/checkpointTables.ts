/** The tables behind the charts, one row per thing drawn, at full precision. */
import {
  fitQuality,
  meanDimension,
  meanSpectrum,
  meanTau,
  pooledNfd,
  quantile,
  type Analyzed,
  type KeptSample,
} from '../data/analyzed';
import { t } from '../l10n';
import { sharedHistogram } from '../figures/nfd';
import { isFull } from '../words/uncertainty';
import type { Cell, Column, Table } from './table';

const item = (): Column => ({ key: 'checkpoint', label: t('checkpoint') });
/** A sample's seed; the full network has none. */
const seedOf = (of: Analyzed, seed: number): number | null => (isFull(of.result) ? null : seed);
const half = (symbol: string): string => t('± {0} (95 %)', symbol);

/** f(α) and α at every q. */
export function spectrumTable(items: readonly Analyzed[]): Table {
  return {
    id: 'spectrum',
    title: t('f(α) by q'),
    columns: [
      item(),
      { key: 'q', label: 'q' },
      { key: 'alpha_mean', label: 'α' },
      { key: 'alpha_half_ci95', label: half('α') },
      { key: 'f_mean', label: 'f(α)' },
      { key: 'f_half_ci95_at_alpha', label: half('f') },
      { key: 'samples', label: t('samples') },
    ],
    rows: items.flatMap((each) =>
      meanSpectrum(each).map((p): Cell[] => [
        each.name,
        p.q,
        p.alpha,
        p.alphaHalf,
        p.f,
        p.fHalf,
        each.samples.length,
      ]),
    ),
  };
}

/** τ(q) and D(q). */
export function exponentsTable(items: readonly Analyzed[]): Table {
  return {
    id: 'exponents',
    title: t('τ(q) and D(q)'),
    columns: [
      item(),
      { key: 'q', label: 'q' },
      { key: 'tau_mean', label: 'τ(q)' },
      { key: 'tau_half_ci95', label: half('τ') },
      { key: 'd_mean', label: 'D(q)' },
      { key: 'd_half_ci95', label: half('D') },
      { key: 'r2_mean', label: t('R² mean') },
      { key: 'r2_min', label: t('R² worst') },
    ],
    rows: items.flatMap((each) => {
      const [tau, dimension, quality] = [meanTau(each), meanDimension(each), fitQuality(each)];
      return each.result.settings.q.map((q, i): Cell[] => [
        each.name,
        q,
        tau[i]!.mean,
        tau[i]!.half,
        dimension[i]?.mean ?? null,
        dimension[i]?.half ?? null,
        quality[i]?.mean ?? null,
        quality[i]?.min ?? null,
      ]);
    }),
  };
}

/** ln Z(q, r) of one sample and the fitted line, for the orders at `orders`. */
export function fitTable(of: Analyzed, sample: KeptSample, orders: readonly number[]): Table {
  const { radii, tau, intercept, rMax, seed } = sample.result;
  return {
    id: 'fit',
    title: t('Log–log fit'),
    columns: [
      item(),
      { key: 'seed', label: t('seed') },
      { key: 'q', label: 'q' },
      { key: 'r', label: 'r' },
      { key: 'ln_r_over_r_max', label: 'ln(r / rₘₐₓ)' },
      { key: 'ln_z', label: 'ln Z(q, r)' },
      { key: 'fitted', label: t('fitted') },
    ],
    rows: orders.flatMap((order) =>
      radii.map((radius, index): Cell[] => {
        const x = Math.log(radius / (rMax ?? radii.at(-1)!));
        const lnZ = sample.lnZ[order * radii.length + index]!;
        return [
          of.name,
          seedOf(of, seed),
          of.result.settings.q[order]!,
          radius,
          x,
          lnZ,
          intercept[order]! + tau[order]! * x,
        ];
      }),
    ),
  };
}

/** Counts per bin of the pooled NFD. */
export function nfdTable(items: readonly Analyzed[]): Table {
  const histogram = sharedHistogram(items);
  return {
    id: 'nfd',
    title: t('NFD histogram'),
    columns: [
      item(),
      { key: 'nfd_from', label: t('NFD from') },
      { key: 'nfd_to', label: t('to') },
      { key: 'neurons', label: t('neurons') },
      { key: 'share', label: t('share') },
    ],
    rows: histogram
      ? items.flatMap((each, at) =>
          histogram.counts[at]!.map((count, bin): Cell[] => [
            each.name,
            histogram.min + bin * histogram.width,
            histogram.min + (bin + 1) * histogram.width,
            count,
            histogram.shares[at]![bin]!,
          ]),
        )
      : [],
  };
}

/** Quantiles of the pooled NFD, one row per item. */
export function nfdQuantiles(items: readonly Analyzed[]): Table {
  const shares = [0.05, 0.25, 0.5, 0.75, 0.95];
  return {
    id: 'nfd-quantiles',
    title: t('NFD quantiles'),
    columns: [
      item(),
      ...shares.map((share) => ({ key: `p${100 * share}`, label: `${100 * share} %` })),
      { key: 'neurons', label: t('neurons') },
      { key: 'missing', label: t('missing') },
    ],
    rows: items.map((each): Cell[] => {
      const { values, missing } = pooledNfd(each);
      return [each.name, ...shares.map((share) => quantile(values, share)), values.length, missing];
    }),
  };
}

/** One row per sample, also of those without a spectrum. */
export function samplesTable(items: readonly Analyzed[]): Table {
  return {
    id: 'samples',
    title: items.every(({ result }) => isFull(result)) ? t('Full network') : t('Samples'),
    columns: [
      item(),
      { key: 'seed', label: t('seed') },
      { key: 'outcome', label: t('outcome') },
      { key: 'alpha0', label: 'α₀' },
      { key: 'alpha0_exact', label: 'τ′(0)' },
      { key: 'w', label: 'w' },
      { key: 'r2_mean', label: t('R² mean') },
      { key: 'r2_min', label: t('R² worst') },
      { key: 'neurons', label: t('neurons') },
      { key: 'neurons_dropped', label: t('dropped') },
      { key: 'edges_kept', label: t('edges kept') },
      { key: 'r_max', label: 'rₘₐₓ' },
    ],
    rows: items.flatMap((each) =>
      each.result.samples.map((s): Cell[] => [
        each.name,
        seedOf(each, s.seed),
        s.outcome,
        s.alpha0,
        s.alpha0Exact,
        s.width,
        s.meanR2,
        s.minR2,
        s.nodes,
        s.nodesDropped,
        s.edgesKept,
        s.rMax,
      ]),
    ),
  };
}

/** One row per checkpoint: the numbers that people compare. */
export function comparisonTable(items: readonly Analyzed[]): Table {
  return {
    id: 'comparison',
    title: t('Checkpoints'),
    columns: [
      item(),
      { key: 'step', label: t('step') },
      { key: 'alpha0_mean', label: 'α₀' },
      { key: 'alpha0_ci95_low', label: t('α₀ from (95 %)') },
      { key: 'alpha0_ci95_high', label: t('α₀ to (95 %)') },
      { key: 'w_mean', label: 'w' },
      { key: 'w_ci95_low', label: t('w from (95 %)') },
      { key: 'w_ci95_high', label: t('w to (95 %)') },
      { key: 'r2_mean', label: t('R² mean') },
      { key: 'r2_min', label: t('R² worst') },
      { key: 'neurons_kept', label: t('neurons kept, share') },
      { key: 'samples', label: t('samples') },
      { key: 'mode', label: t('mode') },
    ],
    rows: items.map(({ name, result: { checkpoint, settings, summary: s } }): Cell[] => [
      name,
      checkpoint.step,
      s.alpha0.mean,
      ...(s.alpha0.ci95 ?? [null, null]),
      s.width.mean,
      ...(s.width.ci95 ?? [null, null]),
      s.r2Mean,
      s.r2Min,
      s.nodesKept,
      s.samplesKept,
      settings.mode,
    ]),
  };
}
