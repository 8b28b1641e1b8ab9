/** The words for facts, the same in every view: one line per code. They begin in lower case and end without a full stop. */
import { tensorCount } from './counts';
import type { AnalysisResult } from './analysis';
import type { Fact, FactCode, PlainCode } from './facts';
import { decimal, integer, percent, percentBeyond, significant } from './format';
import type { InspectionListing } from './inspectionListing';
import type { Scaling } from './nulls';
import type { RunSeries } from './run';
import { english, messages, type Translate } from './translate';
import { shortened } from './visible';
import { weightsText } from './weights';

/** Of codes without parameters. */
export const PLAIN_WORDS = messages<PlainCode>({
  'attention-mask': 'buffer: attention mask',
  'rotary-frequencies': 'buffer: rotary position frequencies',
  'batch-statistics': 'buffer: batch statistics',
  positions: 'buffer: positions',
  'position-table': 'position table',
  'table-per-position': 'buffer: one table per position',
  normalization: 'normalization',
  bias: 'bias',
  'not-a-matrix': 'not a matrix',
  vector: 'a vector: connects no two layers',
  'inner-adapter': 'half of a low-rank update: connects no two layers of neurons by itself',
  'state-space-parameter': 'state-space parameter: connects no two layers',
  'time-mixing': 'time mixing of RWKV: a factor per channel, and how it follows from the input',
  router: 'router',
  'attention-indexer': 'indexer: chooses the tokens that attention reads',
  'multi-token-prediction': 'multi-token prediction: the model runs without it',
  'image-autoencoder': 'image autoencoder: a separate model',
  'channel-gate': 'squeeze and excitation: weighs channels',
  'conditioning-embedding': 'conditioning embedding',
  stem: 'stem: reads raw input',
  'token-embedding': 'token embedding: connects no two layers of neurons',
  pooler: 'pooler',
  'output-head': 'output head (unembedding)',
  'table-or-head': 'a table or an output head: one of its sides is not a layer of neurons',
  'beside-quantized': 'belongs to quantized weights',
  'optimizer-state': 'optimizer state: not weights of the model',
  'training-state': 'training state: not weights of the model',
  'program-constant': 'constant of the program in the file: not weights of the model',
  'pruning-mask': 'mask of a pruned weight, which is stored masked',
  'joined-experts': 'experts stacked in one matrix, which cannot be separated',
  added: 'added, not multiplied: connects no two layers',
  factor: 'multiplies element by element: connects no two layers',
  'looked-up': 'a lookup table, not multiplied',
  unused: 'no operation of the model uses it',
  'channels-last-kernel': 'a kernel stored as height × width × in × out, which cannot be read in rows',
  'channel-groups': 'a convolution whose channel groups cannot be read from its name and shape',
  'layers-in-one': 'the layers of several blocks in one tensor, which cannot be separated',
  'three-dimensions': 'three dimensions, but neither a kernel nor a stack of matrices',
  'outside-all-blocks': 'not part of a repeated block',
  'no-network': 'there is no network for it to be part of',
  'left-out-by-choice': 'left out by choice',
  'embedding-update': 'low-rank update of an embedding: connects no two layers of neurons',
  'update-scale': 'scale of a low-rank update',
  'stored-whole': 'stored whole: no low-rank update',
  'one-radius': 'all edges round to one single radius, so nothing scales',
  'moments-out-of-range': 'its moments overflow at some orders: choose orders closer to 0',
  'median-out-of-range':
    'the median edge length, or lengths relative to it, overflow: choose another transfer function or absolute lengths',
  'filter-positive-f': 'filter 1: f(α) is positive somewhere',
  'filter-rising-alpha': 'filter 2: α rises by more than 0.01 above its value at the first q',
  'rows-reordered':
    'the converter to GGUF has put the rows of queries and keys in another order: a full analysis gives the numbers of the original, a sampled one takes other neurons',
  'adapter-alone':
    'these are numbers of a low-rank update s·B·A alone, without the model that it changes; its weights are small, so scale-free lengths suit it',
  'baseline-settings': 'the baseline has other settings',
  'baseline-algorithm': 'the baseline was analyzed by another version of the algorithm',
  'baseline-network': 'the baseline is another network',
  'baseline-base': 'the baseline has another base',
  'baseline-missing': 'the baseline could not be analyzed',
  'common-missing': 'one of the two could not be analyzed over the neurons that both keep',
  'emergence-undefined': 'E is not defined where a mean α₀ is not positive or w(0) is 0',
  'no-common-samples': 'no sample is kept at both checkpoints',
  'specification-failed': 'a checkpoint could not be analyzed with these settings',
  'no-sampling-error':
    'a full network is counted whole, so E has no sampling error and no interval; how much it varies across layers is a different question',
  'same-samples':
    'every layer is taken whole, so all samples are the same network and say nothing about uncertainty',
  'nulls-of-all':
    'null models are of all neurons, so E over those that both checkpoints keep is not divided into size, tails and arrangement',
  'ordered-by-time': 'no step numbers found; sorted by modification time',
});

/** Checkpoints are named one by one up to here, and counted beyond. */
const FEW_NAMES = 3;

type ParameterCode = Exclude<FactCode, PlainCode>;
type WordsOf<C extends FactCode> = (fact: Extract<Fact, { code: C }>, t: Translate) => string;

const WORDS: { readonly [C in ParameterCode]: WordsOf<C> } = {
  'empty-tensor': ({ shape }, t) => t('empty: shape {0}', `[${shape.join(', ')}]`),
  'unreadable-type': ({ dtype }, t) => t('values of type {0} cannot be read as weights', dtype),
  quantized: ({ method, dtype }, t) =>
    method === ''
      ? t('quantized weights of type {0}, whose values cannot be read', dtype)
      : t('quantized weights ({0}, {1}), whose values cannot be read', method, dtype),
  parametrized: ({ method }, t) => t('part of a weight that is computed by {0}', method),
  'other-weights': ({ set, taken }, t) =>
    t(
      'belongs to {0}, another copy of the model: the weights of {1} are analyzed',
      shortened(set),
      shortened(taken),
    ),
  'stored-again': ({ as }, t) => t('stored again: the same as {0}', shortened(as)),
  'many-dimensions': ({ dimensions }, t) => t('{0} dimensions: neither a matrix nor a kernel', dimensions),
  'other-operation': ({ operation }, t) =>
    t('read by the operation {0}, which connects no two layers', shortened(operation)),
  'unread-operation': ({ operation }, t) =>
    t('weights of the operation {0}, which cannot be read', shortened(operation)),
  'large-stack': ({ most }, t) => t('a stack of more than {0} matrices', integer(most)),
  'unknown-layer': ({ architecture }, t) => t('blocks of {0} have no such layer', architecture),
  'outside-blocks': ({ architecture }, t) => t('not part of a block of {0}', architecture),
  misfit: ({ cause }, t) => t.fault?.(cause) ?? cause,
  'shares-values': (fact, t) => t('shares its values with {0}, which counts once', fact.with),
  replaces: ({ tensor }, t) => t('takes the place of {0}', tensor),
  'update-elsewhere': ({ part }, t) => t('low-rank update of {0}, which is not in the base', part),
  'ordered-by': ({ by }, t) =>
    ({
      epoch: t('no step numbers found that grow through all epochs; sorted by epochs'),
      tokens: t('no step numbers found; sorted by the token counts in the names'),
      number: t('no step numbers found; sorted by the numbers in the names'),
      name: t('no step numbers found, and one modification time for all; sorted by name'),
      given: t('no step numbers found; kept in the order you gave'),
    })[by],
  'checkpoint-left-out': ({ checkpoint, why, step, same }, t) =>
    ({
      'same-step': t(
        'left out of the run: {0} has step {1}, like {2}',
        checkpoint,
        integer(step),
        same ?? '',
      ),
      best: t('left out of the run: the name of {0} does not say when it was saved', checkpoint),
      'no-step': t('left out of the run: the step of {0} is unknown', checkpoint),
    })[why],
  'median-not-positive': ({ medianLength }, t) =>
    t(
      'the median edge length is {0}, and relative lengths need a positive one: choose another transfer function or absolute lengths',
      significant(medianLength, 3),
    ),
  'too-few-edges': ({ neurons, edges }, t) =>
    t('none of the {0} neurons has more than {1} edges within the threshold', integer(neurons), edges),
  'samples-left-out': ({ leftOut, of, reasons }, t) =>
    leftOut === of
      ? of === 1
        ? listed(reasons, t)
        : t('all {0} samples are left out: {1}', of, listed(reasons, t))
      : t('samples left out: {0} of {1} ({2})', leftOut, of, listed(reasons, t)),
  'too-few-units': ({ unit, units, least }, t) =>
    unit === 'block'
      ? t('too few blocks to resample: {0} (at least {1})', units, least)
      : t('too few projections to resample: {0} (at least {1})', units, least),
  'few-neurons': ({ share, edges }, t) =>
    t(
      'only {0} of the neurons have more than {1} edges within the threshold; the numbers describe these alone',
      percent(share),
      edges,
    ),
  'non-finite-weights': ({ weights }, t) =>
    weights === 1
      ? t('1 weight is NaN or infinite and counts as no edge')
      : t('{0} weights are NaN or infinite and count as no edges', integer(weights)),
  'non-finite-tensors': ({ weights, of, tensor, from, more }, t) => {
    const where = from === null ? shortened(tensor) : t('{0} (by {1})', shortened(tensor), shortened(from));
    return more === 0
      ? t(
          'NaN or infinite weights, which count as no edges: {0} of {1} of {2}',
          integer(weights),
          integer(of),
          where,
        )
      : t(
          'NaN or infinite weights, which count as no edges: {0} of {1} of {2} (and {3} more)',
          integer(weights),
          integer(of),
          where,
          integer(more),
        );
  },
  'zero-weights': ({ projection, more }, t) =>
    more === 0
      ? t('all weights of {0} are 0: its neurons have no edges', shortened(projection))
      : t(
          'all weights of {0} and {1} more are 0: their neurons have no edges',
          shortened(projection),
          integer(more),
        ),
  'several-weights': ({ taken, others }, t) =>
    t(
      'the model is stored more than once: the weights of {0} are analyzed, not those of {1}',
      taken.map((each) => shortened(each)).join(', '),
      others.map((other) => shortened(other)).join(', '),
    ),
  'narrow-layers': ({ layers }, t) =>
    layers === 1
      ? t('1 layer is narrower than the sample and was taken whole')
      : t('{0} layers are narrower than the sample and were taken whole', integer(layers)),
  'always-dropped': ({ projection, more, edges }, t) =>
    more === 0
      ? t(
          '{0} has at most {1} edges per source neuron, so these neurons are always left out',
          shortened(projection),
          edges,
        )
      : t(
          '{0} and {1} more have at most {2} edges per source neuron, so these neurons are always left out',
          shortened(projection),
          integer(more),
          edges,
        ),
  'weights-left-out': ({ tensors, share, tensor, reason }, t) =>
    t(
      'left out: {0} with {1} of the weights, such as {2} ({3}); the network is a part of the model',
      tensorCount(tensors, t),
      percent(share),
      shortened(tensor),
      factText(reason, t),
    ),
  'head-count': ({ key, value, most }, t) =>
    t(
      '{0} in config.json is {1}, which is not a number of heads from 1 to {2}: rows that may be interleaved by head are taken in the order in which they are stored',
      key,
      value,
      integer(most),
    ),
  'heads-unknown': ({ tensor }, t) =>
    t(
      'the number of attention heads is unknown, so queries, keys and values in {0} and tensors like it cannot be separated, and a sample may mix them: put the config.json of the model beside it',
      tensor,
    ),
  'decoded-weights': ({ types, tensors, of }, t) =>
    t(
      'stored quantized: {0} of {1} ({2}); the numbers are those of the decoded values, in float32',
      integer(tensors),
      tensorCount(of, t),
      types.join('; '),
    ),
  'rows-unknown': ({ tensor }, t) =>
    t(
      'versions of the program that wrote {0} and tensors like it order the rows of queries, keys and values differently, and the version is unknown: they are not separated, and a sample may mix them',
      tensor,
    ),
  'adapter-scale-unknown': ({ based }, t) =>
    based
      ? t(
          'the scale of the updates is unknown (lora_alpha in adapter_config.json, alpha tensors) and is taken as 1: what is added to the base may be too much or too little',
        )
      : t(
          'the scale of the update is unknown (lora_alpha in adapter_config.json, alpha tensors) and is taken as 1: edge lengths may be off by a factor',
        ),
  'side-without-spectrum': ({ side, reason }, t) => t('{0} has no spectrum: {1}', side, factText(reason, t)),
  'baseline-without-spectrum': ({ reason }, t) => t('the baseline has no spectrum: {0}', factText(reason, t)),
  'nulls-incomplete': ({ missing, of }, t) =>
    t(
      'networks with reshuffled weights that have no spectrum: {0} of {1}; how far this one is beyond chance is unknown',
      missing,
      of,
    ),
  'beyond-non-finite': ({ share, most }, t) =>
    t(
      '{0} of the weights are NaN or infinite, more than {1}: how far the rest is beyond chance says nothing about the network',
      percentBeyond(share, most),
      percent(most),
    ),
  'of-projection': ({ projection, reason }, t) =>
    t('in {0}, {1}', shortened(projection), factText(reason, t)),
  'identical-weights': ({ checkpoints }, t) =>
    t(
      '{0} checkpoints hold the same weights ({1}), and at most one of them can be from the step in its name',
      integer(checkpoints.length),
      named(checkpoints, t),
    ),
  'identical-baseline': ({ checkpoint, checkpoints }, t) =>
    t(
      'the baseline {0} is one of {1} checkpoints that hold the same weights ({2}): E may be relative to weights of another step',
      shortened(checkpoint),
      integer(checkpoints.length),
      named(checkpoints, t),
    ),
  'baseline-after-first': ({ first, baseline }, t) =>
    t(
      'E is relative to {0}: {1}, the first checkpoint, holds the same weights as others',
      shortened(baseline),
      shortened(first),
    ),
  'few-common-samples': ({ least }, t) =>
    t('an interval takes at least {0} samples in common with the baseline', least),
  'non-finite-share': ({ checkpoint, share, most }, t) =>
    t(
      '{0} of the weights of {1} are NaN or infinite, more than {2}: the rest is a different network',
      percentBeyond(share, most),
      shortened(checkpoint),
      percent(most),
    ),
  'unsound-spectrum': ({ samples, of, f }, t) =>
    t(
      'f(α) is above 0 in {0} of {1} spectra (up to {2}), because nodes differ much in their number of edges: α₀ at its top is no typical exponent, so τ′(0) replaces it',
      integer(samples),
      integer(of),
      significant(f, 2),
    ),
  'exact-instead': ({ others, of }, t) =>
    t(
      'at {0} of {1} checkpoints a spectrum is not sound, so E uses τ′(0) at both checkpoints there',
      others,
      of,
    ),
  'of-checkpoints': ({ checkpoints, warning }, t) =>
    checkpoints.length <= FEW_NAMES
      ? `${checkpoints.map((name) => shortened(name)).join(', ')}: ${factText(warning, t)}`
      : t(
          '{0} and {1} more checkpoints: {2}',
          shortened(checkpoints[0]!),
          integer(checkpoints.length - 1),
          factText(warning, t),
        ),
  'drawn-baseline': (weights, t) =>
    t('E is relative to untrained weights: {0}', shortened(weightsText(weights, t) ?? weights.kind)),
  'network-differs': ({ block, here, baseline }, t) => {
    const place = block === null ? t('outside the blocks') : t('in block {0}', block);
    const [own, other] = [here, baseline].map((each) => each && shortened(each));
    if (!own) return t('the baseline is another network: {0} it also has {1}', place, other ?? '');
    if (!other) return t('the baseline is another network: {0} it has no {1}', place, own);
    return t('the baseline is another network: {0} it has {1} in place of {2}', place, other, own);
  },
  'settings-differ': ({ others, of }, t) =>
    t('the settings differ from those of the first checkpoint in {0} of {1}', others, of),
  'population-changes': ({ least, most }, t) =>
    t(
      'the share of neurons kept differs between checkpoints, from {0} to {1}: trends may reflect which neurons are kept rather than what they do',
      percent(least),
      percent(most),
    ),
  'common-differs': ({ others, of }, t) =>
    t(
      'which neurons E is over matters at {0} of {1} checkpoints: over those that both checkpoints keep, E is outside its interval over all neurons',
      others,
      of,
    ),
  'wide-intervals': ({ others, of, samples }, t) =>
    t(
      'with {0} samples, as many as there can be, the intervals of E of {1} of {2} checkpoints are still wider than 0.002 or 5 % of E to either side',
      integer(samples),
      others,
      of,
    ),
  'samples-differ': ({ others, of }, t) =>
    t(
      'checkpoints that keep other samples than the baseline: {0} of {1}; there α₀ and w are means over different neurons, and E uses only the samples that both keep',
      others,
      of,
    ),
  'no-power-law': (fact, t) => {
    const { kind, gaussianR2, others, of } = fact;
    const steepest = { slope: fact.steep, near: fact.near };
    const flattest = { slope: fact.flat, near: fact.far };
    const words = scalingWords({ kind, steepest, flattest, gaussianR2 }, fact.r2, t);
    return others === of ? words : t('at {0} of {1} checkpoints: {2}', integer(others), integer(of), words);
  },
  text: ({ text }) => text,
};

/** Whether counts of neighbors scale; without a full stop. */
export function scalingWords(
  { kind, steepest, flattest, gaussianR2 }: Omit<Scaling, 'ratio'>,
  r2: number | null,
  t: Translate = english,
): string {
  const slopes = t(
    'local exponent {0} near r = {1}, {2} near r = {3}; α₀ averages over them',
    significant(steepest.slope, 2),
    integer(steepest.near),
    significant(flattest.slope, 2),
    integer(flattest.near),
  );
  const fit =
    gaussianR2 === null
      ? t('R² {0}', decimal(r2, 2))
      : t('R² {0}; Gaussian weights {1}', decimal(r2, 2), decimal(gaussianR2, 2));
  const what = {
    'power law': t('a power law'),
    rough: t('roughly a power law'),
    none: t('not a power law'),
  }[kind];
  return `${what}: ${slopes}. ${fit}`;
}

function named(names: readonly string[], t: Translate): string {
  const few = names.slice(0, FEW_NAMES).map((name) => shortened(name));
  const more = names.length - few.length;
  return more > 0 ? t('{0} and {1} more', few.join(', '), integer(more)) : few.join(', ');
}

function listed(reasons: readonly Fact[], t: Translate): string {
  return reasons.map((reason) => factText(reason, t)).join('; ');
}

function isPlain(fact: Fact): fact is Extract<Fact, { code: PlainCode }> {
  return Object.hasOwn(PLAIN_WORDS, fact.code);
}

/** The words for `fact`. @param t translates them; without it they are English. */
export function factText(fact: Fact, t: Translate = english): string {
  if (isPlain(fact)) return t(PLAIN_WORDS[fact.code]);
  // Each line takes the facts of its own code, which the compiler cannot see.
  return (WORDS[fact.code] as (fact: Fact, t: Translate) => string)(fact, t);
}

/** A fact with its English words, as JSON for users has it. */
export type SpokenFact = Fact & { text: string };

export const spoken = (fact: Fact): SpokenFact => ({ ...fact, text: factText(fact) });
const maybeSpoken = (fact: Fact | null): SpokenFact | null => fact && spoken(fact);
const spokenSkips = <T extends { reason: Fact }>(skipped: readonly T[]): (T & { reason: SpokenFact })[] =>
  skipped.map((each) => ({ ...each, reason: spoken(each.reason) }));

/** A result as JSON for users has it: every fact with its words. */
export function spokenResult(result: AnalysisResult): object {
  const { network, samples, summary, bootstrap, warnings } = result;
  return {
    ...result,
    network: { ...network, skipped: spokenSkips(network.skipped) },
    samples: samples.map((sample) => ({ ...sample, reason: maybeSpoken(sample.reason) })),
    summary: {
      ...summary,
      reason: maybeSpoken(summary.reason),
      noInterval: maybeSpoken(summary.noInterval),
    },
    bootstrap: bootstrap && { ...bootstrap, reason: maybeSpoken(bootstrap.reason) },
    warnings: warnings.map(spoken),
  };
}

/** A series as JSON for users has it. */
export function spokenSeries(series: RunSeries): object {
  return {
    ...series,
    points: series.points.map((point) => ({
      ...point,
      emergence: { ...point.emergence, reason: maybeSpoken(point.emergence.reason) },
    })),
    ...(series.specifications && {
      specifications: series.specifications.map((each) => ({
        ...each,
        emergence: { ...each.emergence, reason: maybeSpoken(each.emergence.reason) },
      })),
    }),
    warnings: series.warnings.map(spoken),
  };
}

/** An inspection as JSON for users has it. */
export function spokenInspection(inspection: InspectionListing): object {
  return {
    ...inspection,
    skipped: spokenSkips(inspection.skipped),
    warnings: inspection.warnings.map(spoken),
  };
}
