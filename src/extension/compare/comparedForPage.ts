/** A comparison as its page takes it: sentences in the user's language, tensors as columns. */
import { sampleCount } from '../../protocol/counts';
import type { Analysis, AnalysisSettings } from '../../protocol/analysis';
import { CHANGE_NUMBERS, type Compared } from '../../protocol/comparePanel';
import type { Comparison, TensorComparison } from '../../protocol/comparison';
import { PLAIN_RUN, type RunSettings } from '../../protocol/chosenSettings';
import { adapterSentences, figureSentences, tensorSentences } from '../../protocol/comparisonWords';
import type { ErrorData } from '../../protocol/errors';
import { packArrays } from '../../protocol/packing';
import { columnsOf, shapeText } from '../../protocol/tensorColumns';
import type { Translate } from '../../protocol/translate';
import { shortened } from '../../protocol/visible';

/** Nobody reads more; files have all. */
const MAX_MISSING = 1000;

export function comparedForPage(
  comparison: Comparison,
  spectra: readonly { path: string; name: string; analysis: Analysis }[],
  fault: ErrorData | null,
  t: Translate,
  ofRuns: RunSettings = PLAIN_RUN,
  steps: readonly { step: number; at: readonly [string, string] }[] = [],
): Compared {
  const { tensors, projections, settings } = comparison;
  const isRuns = comparison.kind === 'runs';
  const points = isRuns ? comparison.points : [];
  const figures = isRuns ? (points.at(-1)?.figures ?? null) : comparison.figures;
  const missing = missingOf(tensors, t);
  return {
    figureSentences: figures ? figureSentences(figures, t) : [],
    tensorSentences: tensorSentences(tensors, t),
    notes: [...adapterSentences(tensors, t), ...(isRuns ? notTaken(settings, ofRuns, t) : [])],
    ...{ settings, figures, fault, projections },
    points: points.flatMap(({ step, figures: both }) => {
      const at = steps.find((each) => each.step === step)?.at;
      return at ? [{ step, figures: both, at: [...at] as [string, string] }] : [];
    }),
    onlyA: isRuns ? comparison.onlyA : [],
    onlyB: isRuns ? comparison.onlyB : [],
    tensors: columnsOf(
      tensors.changed.map(({ name, shape, dtype: [a, b], ...each }) => ({
        ...{ name, shape, type: a === b ? a : `${a} → ${b}` },
        numbers: CHANGE_NUMBERS.map((key) => each[key]),
      })),
    ),
    missing: missing.slice(0, MAX_MISSING),
    missingLeftOut: Math.max(0, missing.length - MAX_MISSING),
    metadata: tensors.metadata,
    metadataLeftOut: tensors.metadataLeftOut,
    spectra: spectra.map(({ analysis: { result, arrays }, ...side }) => ({
      ...side,
      result,
      packed: packArrays(arrays),
    })),
  };
}

/** Settings of runs that are about E, which a comparison has none of. */
const notTaken = (
  { mode, samples }: AnalysisSettings,
  { autoSamples, population }: RunSettings,
  t: Translate,
): string[] => [
  ...(autoSamples && mode === 'sampled'
    ? [
        t(
          'A comparison has no E, so automatic samples do not apply: each side has {0}.',
          sampleCount(samples, t),
        ),
      ]
    : []),
  ...(population === 'common'
    ? [t('A comparison has no E, so it uses all neurons of each side, not only common ones.')]
    : []),
];

/** Tensors of one side, and those whose shapes differ. */
function missingOf({ onlyA, onlyB, reshaped }: TensorComparison, t: Translate): Compared['missing'] {
  const shapeOf = (shape: readonly number[], isFirst: boolean): string =>
    isFirst ? t('{0}, inputs first', shapeText(shape)) : shapeText(shape);
  return [
    ...onlyA.map(({ name, shape }) => ({ key: shortened(name), a: shapeText(shape), b: null })),
    ...onlyB.map(({ name, shape }) => ({ key: shortened(name), a: null, b: shapeText(shape) })),
    ...reshaped.map(({ name, a, b, inputsFirst }) => ({
      key: shortened(name),
      a: shapeOf(a, inputsFirst === 'a'),
      b: shapeOf(b, inputsFirst === 'b'),
    })),
  ];
}
