/** "What this means": the bundled explanation of the method and of the panel's symbols. */
import { CITATION } from '../../src/protocol/citation';
import { h } from '../dom';
import { t } from '../l10n';
import { meaning, type SymbolId } from '../symbols';
import { learnMore } from './hint';

const DEFINED: SymbolId[] = [
  'radius',
  'q',
  'z',
  'tau',
  'alpha',
  'f',
  'alpha0',
  'alpha0Exact',
  'width',
  'r2',
  'dimension',
  'nfd',
  'emergence',
  'interval',
];

/** A section that opens on demand, where there is no bar of a panel. */
export const explanation = (): HTMLElement =>
  h(
    'details',
    { class: 'explanation', 'data-testid': 'explanation' },
    h('summary', {}, t('What this means')),
    explanationText(),
  );

/** The text that opens below a page's first sentence. */
export function explanationText(): HTMLElement {
  const paragraphs = [
    t(
      'NeuroMFA sees a model as a network of neurons. Every weight is an edge, and a strong weight is a short one. Around each sampled neuron it counts how many connections lie within radius r. If that count grew as one power of r for every neuron, the network would have one exponent; real networks have a range of them, and the spectrum f(α) shows that range.',
    ),
    t(
      'The position of the top is α₀. The width w says how different the exponents are. Xiao et al. read a falling α₀ during training as growing order, and a wider spectrum as more diverse interactions; null models tell how much of either larger weights alone would give.',
    ),
    t(
      'Read with care: α₀ and w depend on the number of targets of a layer, on k, T and the q grid, and they move when all weights are multiplied by a constant. Compare checkpoints of one run under one setting. The 95 % intervals cover sampling error only: none of them includes how training itself would vary.',
    ),
  ];
  return h(
    'div',
    { class: 'prose' },
    ...paragraphs.map((text) => h('p', {}, text)),
    h(
      'dl',
      {},
      ...DEFINED.flatMap((id) => {
        const { text, means } = meaning(id);
        return [h('dt', {}, text), h('dd', {}, means)];
      }),
    ),
    h('p', {}, t('Method: {0}', CITATION.text)),
    learnMore(''),
  );
}
