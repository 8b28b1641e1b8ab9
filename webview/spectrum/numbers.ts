/** The numbers of one checkpoint, large, each with a sentence that says what it means. */
import type { AnalysisResult, Estimate } from '../../src/protocol/analysis';
import { symbol } from '../components/hint';
import { h } from '../dom';
import { POOR_FIT } from '../figures/fit';
import { atLeast, bracketed, decimal, estimate } from '../../src/protocol/format';
import { beyondText } from '../../src/protocol/nullWords';
import { t } from '../l10n';
import type { SymbolId } from '../symbols';
import { alpha0Meaning, widthMeaning } from './sentences';
import { isFull } from '../words/uncertainty';
import { neuronsKept } from './strip';

export function numbers(result: AnalysisResult): HTMLElement {
  const { summary } = result;
  const full = isFull(result);
  const interval = ({ ci95 }: Estimate): string | null =>
    full && ci95 ? t('Across layers (95 %): {0} … {1}.', decimal(ci95[0]), decimal(ci95[1])) : null;
  const value = (of: Estimate): string => (full ? decimal(of.mean) : estimate(of));
  return h(
    'div',
    { class: 'numbers' },
    number('alpha0', value(summary.alpha0), alpha0Meaning(), interval(summary.alpha0)),
    number('width', value(summary.width), widthMeaning(), interval(summary.width)),
    number('r2', `≥ ${atLeast(summary.r2Min)}`, fitMeaning(result)),
    number(
      full ? 'allNeurons' : 'neurons',
      neuronsKept(result),
      full ? t('Used, of all source neurons: the full network.') : t('Neurons used, of those sampled.'),
    ),
    result.beyond?.width.value == null
      ? null
      : number(
          'beyondWidth',
          bracketed(result.beyond.width.value, result.beyond.width.ci95),
          beyondText(result.beyond, t),
        ),
  );
}

function fitMeaning(result: AnalysisResult): string {
  const worst = result.summary.r2Min;
  const what = isFull(result) ? t('Worst fit of any q.') : t('Worst fit of any q and sample.');
  return worst !== null && worst < POOR_FIT
    ? `${what} ${t('Below 0.9 the power law is only approximate.')}`
    : what;
}

function number(id: SymbolId, value: string, ...sentences: (string | null)[]): HTMLElement {
  return h(
    'div',
    { class: 'big-number' },
    h(
      'p',
      { class: 'value' },
      symbol(id),
      ' ',
      h('span', { 'data-testid': id === 'allNeurons' ? 'neurons' : id }, value),
    ),
    h('p', { class: 'sentence' }, sentences.filter((each) => each !== null).join(' ')),
  );
}
