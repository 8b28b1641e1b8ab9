/** The numbers of one checkpoint, large, each with a sentence that says what it means. */
import type { AnalysisResult } from '../../src/protocol/analysis';
import { symbol } from '../components/hint';
import { h } from '../dom';
import { POOR_FIT } from '../figures/fit';
import { decimal, estimate } from '../format';
import { t } from '../l10n';
import type { SymbolId } from '../symbols';
import { alpha0Meaning, widthMeaning } from './sentences';
import { neuronsKept } from './strip';

export function numbers(result: AnalysisResult): HTMLElement {
  const { summary } = result;
  return h(
    'div',
    { class: 'numbers' },
    number('alpha0', estimate(summary.alpha0), alpha0Meaning()),
    number('width', estimate(summary.width), widthMeaning()),
    number('r2', `≥ ${decimal(summary.r2Min, 2)}`, fitMeaning(summary.r2Min)),
    number('neurons', neuronsKept(result), t('Kept of those drawn, per sample.')),
  );
}

function fitMeaning(worst: number | null): string {
  const what = t('Poorest straight line over all q and samples.');
  return worst !== null && worst < POOR_FIT ? `${what} ${t('Below 0.9: see the log–log fit.')}` : what;
}

function number(id: SymbolId, value: string, sentence: string): HTMLElement {
  return h(
    'div',
    { class: 'big-number' },
    h('p', { class: 'value' }, symbol(id), ' ', h('span', { 'data-testid': id }, value)),
    h('p', { class: 'sentence' }, sentence),
  );
}
