/** The neurons on which w depends most, in words: the same in every view. */
import type { AnalysisResult, ExtremeNeuron, Extremes } from './analysis';
import { order, percent } from './format';
import { english, type Translate } from './translate';
import { shortened } from './visible';

/** "layers.3.attention.dense 62 (4.1 %)". */
const neuronText = ({ projection, neuron, weight }: ExtremeNeuron): string =>
  `${shortened(projection)} ${neuron} (${percent(weight)})`;

/** The share of w that the most extreme neurons contribute. */
function shareText({ neurons, share: { mean, ci95 } }: Extremes, orders: string, t: Translate): string {
  if (mean === null) return '';
  if (mean < 0)
    return t(
      'Without the {0} neurons of each sample with the largest shares of Z at {1}, w is {2} larger.',
      neurons,
      orders,
      percent(-mean),
    );
  const range = ci95 ? ` [${percent(ci95[0])}, ${percent(ci95[1])}]` : '';
  return t(
    'The {0} neurons of each sample with the largest shares of Z at {1} make {2} of w.',
    neurons,
    orders,
    percent(mean) + range,
  );
}

/** Sentences about the extreme neurons of a checkpoint; empty where they are not known. */
export function extremeTexts(
  result: Pick<AnalysisResult, 'extremes' | 'settings'>,
  t: Translate = english,
): string[] {
  const { extremes, settings } = result;
  if (!extremes) return [];
  const [least, most] = [settings.q[0]!, settings.q.at(-1)!];
  const outer = [most > 0 && `q = ${order(most)}`, least < 0 && `q = ${order(least)}`].filter(Boolean);
  const list = (neurons: readonly ExtremeNeuron[]): string => neurons.map(neuronText).join(', ');
  return [
    shareText(extremes, outer.join(', '), t),
    most > 0 ? t('Z at q = {0} depends most on {1}.', order(most), list(extremes.common)) : '',
    least < 0 ? t('Z at q = {0} depends most on {1}.', order(least), list(extremes.rare)) : '',
  ].filter(Boolean);
}
