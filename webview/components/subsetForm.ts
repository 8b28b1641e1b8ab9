/** The form to choose a part of the network: roles, blocks and names, each with its error beside it. */
import type { Subset } from '../../src/protocol/analysis';
import { errorData, type ErrorData } from '../../src/protocol/errors';
import {
  writtenSubset,
  type Coverage,
  type NetworkOutline,
  type SubsetInput,
} from '../../src/protocol/subset';
import { h, icon } from '../dom';
import { integer } from '../../src/protocol/format';
import { faultIn, t } from '../l10n';
import { blockRanges } from '../words/subset';
import { wordButton } from './controls';
import { roleBoxes } from './roleBoxes';

export interface SubsetFormActions {
  /** What a choice would select; rejects with what is wrong about it. */
  check: (input: SubsetInput) => Promise<Coverage>;
  /** Analyzes it; rejects with what is wrong about it. */
  apply: (input: SubsetInput) => Promise<unknown>;
  close: () => void;
}

/** Long enough to type a word, short enough to seem immediate. */
const CHECK_AFTER_MS = 150;

type Key = keyof SubsetInput;

/** @param subset the current choice. @param note further information about the choice. */
export function subsetForm(
  outline: NetworkOutline,
  subset: Subset | null,
  note: string,
  actions: SubsetFormActions,
): HTMLElement {
  const written = writtenSubset(subset);
  const faults = new Map<Key, HTMLElement>();
  const outcome = h('output', { class: 'subset-outcome', 'data-testid': 'subset-outcome' });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let round = 0;

  const changed = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void check(), CHECK_AFTER_MS);
  };
  const boxes = roleBoxes(
    outline.roles,
    (role) =>
      written.roles.length === 0 ||
      written.roles.some((group) => role === group || role.startsWith(`${group}.`)),
    changed,
  );
  const texts = {
    blocks: textBox('blocks', written.blocks, allBlocks(outline.blocks), changed),
    include: textBox('include', written.include, t('all'), changed),
    exclude: textBox('exclude', written.exclude, t('none'), changed),
  };

  /** The current input; null where no role is selected. */
  const input = (): SubsetInput | null => {
    const roles = boxes.ticked();
    if (!roles) return null;
    const list = (key: keyof typeof texts): string[] => texts[key].value.split(/[\s,;]+/).filter(Boolean);
    return {
      include: list('include'),
      exclude: list('exclude'),
      blocks: blockRanges(texts.blocks.value),
      roles,
    };
  };

  const check = async (): Promise<void> => {
    const current = ++round;
    const asked = input();
    try {
      const coverage = asked ? await actions.check(asked) : null;
      // Another check has begun meanwhile.
      if (current !== round) return;
      tell(coverage ? null : noRole(), coverage ? coverageText(coverage) : '');
    } catch (error) {
      if (current === round) tell(errorData(error));
    }
  };

  const apply = async (): Promise<void> => {
    clearTimeout(timer);
    round++;
    const asked = input();
    if (!asked) {
      tell(noRole());
      return;
    }
    try {
      await actions.apply(asked);
    } catch (error) {
      tell(errorData(error));
    }
  };

  /** Shows the error at the control that it is about, and what the choice would select. */
  const tell = (fault: ErrorData | null, text = ''): void => {
    const at = [...faults].find(([key]) => key === fault?.subject);
    for (const [key, element] of faults) {
      const here = fault && key === at?.[0];
      element.replaceChildren(...(here ? faultWords(fault) : []));
      if (key !== 'roles') texts[key].setAttribute('aria-invalid', String(Boolean(here)));
    }
    outcome.replaceChildren(...(fault && !at ? faultWords(fault) : [text]));
  };

  const row = (key: Key, label: string, control: HTMLElement, help = ''): HTMLElement => {
    const fault = h('span', {
      class: 'subset-fault',
      id: `subset-fault-${key}`,
      role: 'alert',
      'data-testid': `subset-fault-${key}`,
    });
    faults.set(key, fault);
    control.setAttribute('aria-label', label);
    control.setAttribute('aria-describedby', fault.id);
    return h(
      'div',
      { class: 'subset-row' },
      h('span', { class: 'subset-label' }, label),
      h('div', { class: 'subset-field' }, control, help && h('span', { class: 'quiet' }, help), fault),
    );
  };

  boxes.element.setAttribute('role', 'group');
  const form = h(
    'div',
    {
      class: 'subset-form',
      role: 'group',
      'aria-label': t('Part of the network'),
      'data-testid': 'subset-form',
    },
    row('roles', t('Roles'), boxes.element),
    row('blocks', t('Blocks'), texts.blocks, t('such as 0-2, 5')),
    row('include', t('Include names'), texts.include, nameHelp(outline.example)),
    row('exclude', t('Exclude names'), texts.exclude),
    h(
      'div',
      { class: 'subset-row' },
      h('span', { class: 'subset-label' }),
      h(
        'div',
        { class: 'subset-field' },
        wordButton(t('Analyze'), 'subset-apply', () => void apply()),
        wordButton(t('Cancel'), 'subset-cancel', actions.close, true),
        outcome,
        note && h('span', { class: 'quiet' }, note),
      ),
    ),
  );
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') actions.close();
    else if (event.key === 'Enter' && event.target instanceof HTMLInputElement) void apply();
  });
  void check();
  return form;
}

function textBox(
  key: Key,
  words: readonly string[],
  placeholder: string,
  changed: () => void,
): HTMLInputElement {
  const input = h('input', {
    type: 'text',
    class: 'text-box',
    placeholder,
    spellcheck: 'false',
    autocomplete: 'off',
    value: words.join(', '),
    'data-testid': `subset-${key}`,
  });
  input.addEventListener('input', changed);
  return input;
}

const allBlocks = (blocks: number): string =>
  blocks > 1 ? t('all, 0 to {0}', integer(blocks - 1)) : t('all');

const nameHelp = (example: string): string =>
  example ? t('such as {0}; * and ? stand for any text', example) : t('* and ? stand for any text');

const noRole = (): ErrorData => ({
  code: 'usage',
  subject: 'roles',
  cause: t('no role is selected'),
  nextStep: t('Select at least one'),
});

function coverageText({ projections, of }: Coverage): string {
  return projections === of
    ? t('All {0} projections.', integer(of))
    : t('{0} of {1} projections.', integer(projections), integer(of));
}

function faultWords(error: ErrorData): (Node | string)[] {
  const { cause, nextStep } = faultIn(error);
  const text = [cause, nextStep].filter(Boolean).join('. ');
  return [icon('error'), `${text.charAt(0).toUpperCase()}${text.slice(1)}.`];
}
