/** How the numbers came about, as a paragraph for a paper. */
import { sampleCount } from '../../src/protocol/counts';
import type { AnalysisSettings, Transfer } from '../../src/protocol/analysis';
import type { RunResults } from '../data/shownRuns';
import { decimal, integer, order, ranges } from '../../src/protocol/format';
import { t } from '../l10n';
import { baselineName } from './emergence';
import { settingsLine } from './settings';
import { subsetName } from './subset';

const LENGTHS: Record<Transfer, string> = {
  inv: '1/|w|',
  inv2: '1/w²',
  neglog: '−ln|w|',
  invsqrt: '1/√|w|',
};

/** The paragraph; `runs` holds at least one. */
export function methodsParagraph(runs: readonly RunResults[]): string {
  const { settings, version } = runs[0]!.series;
  const others = new Set(runs.map(({ series }) => settingsLine(series.settings))).size > 1;
  return [
    t(
      'Neuron-based multifractal analysis (Xiao et al., ICLR 2025) was computed with NeuroMFA {0} (algorithm {1}).',
      version.engine,
      version.algorithm,
    ),
    population(settings),
    lengths(settings),
    exponents(settings),
    uncertainty(runs),
    emergence(runs),
    ...nullModels(settings),
    ...(others ? [t('Other runs have other settings; they are listed with each run.')] : []),
  ].join(' ');
}

function population(settings: AnalysisSettings): string {
  const { subset } = settings;
  if (!subset) return drawn(settings);
  const part = t('Only a part of each network was analyzed: {0}.', subsetName(subset));
  return `${part} ${drawn(settings)}`;
}

function drawn({ mode, samples, neurons, draws, seed, subset }: AnalysisSettings): string {
  if (mode === 'full')
    return subset
      ? t('For each checkpoint, every neuron and every weight of it was taken.')
      : t('For each checkpoint, every neuron and every weight between neurons was taken.');
  const seeds = ranges(Array.from({ length: samples }, (_, index) => seed + index));
  if (draws === 'runs')
    return t(
      'Each checkpoint was analyzed on {0} of {1} neurons per layer, each layer’s neurons a contiguous run of neighbors from a random start rather than scattered as in the paper (seeds {2}; the same neurons at every checkpoint).',
      sampleCount(samples, t),
      integer(neurons),
      seeds,
    );
  return t(
    'Each checkpoint was analyzed on {0} of {1} neurons per layer (seeds {2}; the same neurons at every checkpoint).',
    sampleCount(samples, t),
    integer(neurons),
    seeds,
  );
}

function lengths({ transfer, threshold, scaleFree }: AnalysisSettings): string {
  return [
    t('Every weight w is an edge of length d = {0}.', LENGTHS[transfer]),
    scaleFree === 'network' ? t('Lengths were divided by their median and multiplied by 50.') : '',
    scaleFree === 'projection'
      ? t('Lengths were divided by the median of their projection and multiplied by 50.')
      : '',
    t(
      'Edges with 1 < d ≤ {0} were kept, their lengths rounded to whole numbers; neurons with 10 or fewer such edges were left out.',
      decimal(threshold, Number.isInteger(threshold) ? 0 : 2),
    ),
  ]
    .filter(Boolean)
    .join(' ');
}

function exponents({ q, radii }: AnalysisSettings): string {
  return t(
    'The mass exponents τ(q), q from {0} to {1} ({2} values), are the least-squares slopes of ln Z(q, r) on ln(r/r_max) over {3}; regularity α₀ is the Lipschitz–Hölder exponent at the top of the spectrum f(α), heterogeneity w the range of α.',
    order(q[0]!),
    order(q.at(-1)!),
    q.length,
    radii.rule === 'fixed'
      ? t('all whole radii from {0} to the threshold', radii.lo)
      : t('all radii that occur'),
  );
}

function uncertainty([first]: readonly RunResults[]): string {
  const { settings, points } = first!.series;
  if (!points.some(({ alpha0 }) => alpha0.ci95)) return t('No intervals are given.');
  return settings.mode === 'full'
    ? t(
        'Intervals of α₀ and w hold the central 95 % over resampled blocks: variation across layers, not sampling error.',
      )
    : t('α₀ and w are means over samples with 95 % intervals by Student’s t.');
}

function nullModels({ nulls, mode }: AnalysisSettings): string[] {
  if (!nulls) return [];
  return [
    t(
      'Null models are {0} draws of the weights of each tensor, permuted among themselves, and {0} of normal ones with the mean and deviation of each tensor.',
      nulls.draws,
    ),
    mode === 'full'
      ? t('Their intervals cover where another draw would fall.')
      : t('Their intervals use Student’s t over the samples, each the mean over its draws.'),
  ];
}

function emergence(runs: readonly RunResults[]): string {
  const { from } = runs[0]!.series.emergence;
  const banded = runs.some(({ series }) => series.points.some((point) => point.emergence.ci95));
  return [
    from === 'exact'
      ? t(
          'The degree of emergence is E(t) = (w(t)/w(0)) · ln(α₀(0)/α₀(t)), where 0 is {0} and α₀ is taken as τ′(0).',
          baselineName(runs),
        )
      : t(
          'The degree of emergence is E(t) = (w(t)/w(0)) · ln(α₀(0)/α₀(t)), where 0 is {0}.',
          baselineName(runs),
        ),
    runs[0]!.series.emergence.population
      ? t(
          'E is over the neurons that both checkpoints keep; α₀ and w beside it are over all neurons kept at each.',
        )
      : '',
    banded
      ? t(
          'Its 95 % intervals use Student’s t over the contributions to E of the samples that both checkpoints keep, linearized around the means.',
        )
      : '',
  ]
    .filter(Boolean)
    .join(' ');
}
