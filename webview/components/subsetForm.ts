/** The form to choose a part of the network: roles, blocks and names, each with its error beside it. */
import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, render, type TemplateResult } from 'lit';
import type { Subset } from '../../src/protocol/analysis';
import { errorData, type ErrorData } from '../../src/protocol/errors';
import {
  writtenSubset,
  type Coverage,
  type NetworkOutline,
  type SubsetInput,
} from '../../src/protocol/subset';
import { h } from '../dom';
import { integer } from '../../src/protocol/format';
import { faultIn, t } from '../l10n';
import { blockRanges } from '../words/subset';
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

const KEYS = ['roles', 'blocks', 'include', 'exclude'] as const satisfies readonly (keyof SubsetInput)[];
type Key = (typeof KEYS)[number];

const faultId = (key: Key): string => `subset-fault-${key}`;

/** @param subset the current choice. @param note further information about the choice. */
export function subsetForm(
  outline: NetworkOutline,
  subset: Subset | null,
  note: string,
  actions: SubsetFormActions,
): HTMLElement {
  const { roles, blocks, include, exclude } = writtenSubset(subset);
  const written = { blocks: blocks.join(', '), include: include.join(', '), exclude: exclude.join(', ') };
  let fault: ErrorData | null = null;
  /** What the choice would select. */
  let outcome = '';
  let timer: ReturnType<typeof setTimeout> | undefined;
  let round = 0;

  const changed = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void check(), CHECK_AFTER_MS);
  };
  const boxes = roleBoxes(
    outline.roles,
    { 'aria-label': t('Roles'), 'aria-describedby': faultId('roles') },
    (role) => roles.length === 0 || roles.some((group) => role === group || role.startsWith(`${group}.`)),
    changed,
  );

  /** The current input; null where no role is selected. */
  const input = (): SubsetInput | null => {
    const ticked = boxes.ticked();
    if (!ticked) return null;
    const list = (text: string): string[] => text.split(/[\s,;]+/).filter(Boolean);
    return {
      include: list(written.include),
      exclude: list(written.exclude),
      blocks: blockRanges(written.blocks),
      roles: ticked,
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

  const tell = (newFault: ErrorData | null, text = ''): void => {
    fault = newFault;
    outcome = text;
    draw();
  };

  /** The error is shown at the control that it is about. */
  const row = (key: Key, label: string, control: unknown, help = ''): TemplateResult => html`
    <div class="subset-row">
      <span class="subset-label">${label}</span>
      <div class="subset-field">
        ${control}${help && html`<span class="quiet">${help}</span>`}
        <span class="subset-fault" id=${faultId(key)} role="alert" data-testid=${faultId(key)}
          >${fault?.subject === key ? faultWords(fault) : ''}</span
        >
      </div>
    </div>
  `;

  const textRow = (key: keyof typeof written, label: string, placeholder: string, help?: string) =>
    row(
      key,
      label,
      html`<input
        type="text"
        class="text-box"
        placeholder=${placeholder}
        spellcheck="false"
        autocomplete="off"
        aria-label=${label}
        aria-describedby=${faultId(key)}
        aria-invalid=${fault?.subject === key}
        data-testid="subset-${key}"
        .value=${written[key]}
        @input=${({ target }: InputEvent) => {
          written[key] = (target as HTMLInputElement).value;
          changed();
        }}
      />`,
      help,
    );

  const form = h('div', {
    class: 'subset-form',
    role: 'group',
    'aria-label': t('Part of the network'),
    'data-testid': 'subset-form',
  });
  const draw = (): void => {
    const elsewhere = fault && !KEYS.some((key) => key === fault?.subject);
    render(
      html`${row('roles', t('Roles'), boxes.element)}
        ${textRow('blocks', t('Blocks'), allBlocks(outline.blocks), t('such as 0-2, 5'))}
        ${textRow('include', t('Include names'), t('all'), nameHelp(outline.example))}
        ${textRow('exclude', t('Exclude names'), t('none'))}
        <div class="subset-row">
          <span class="subset-label"></span>
          <div class="subset-field">
            <vscode-button data-testid="subset-apply" @click=${apply}>${t('Analyze')}</vscode-button>
            <vscode-button data-testid="subset-cancel" secondary @click=${actions.close}
              >${t('Cancel')}</vscode-button
            >
            <output class="subset-outcome" data-testid="subset-outcome"
              >${elsewhere ? faultWords(fault!) : outcome}</output
            >
            ${note && html`<span class="quiet">${note}</span>`}
          </div>
        </div>`,
      form,
    );
  };
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') actions.close();
    else if (event.key === 'Enter' && event.target instanceof HTMLInputElement) void apply();
  });
  draw();
  void check();
  return form;
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

function faultWords(error: ErrorData): TemplateResult {
  const { cause, nextStep } = faultIn(error);
  const text = [cause, nextStep].filter(Boolean).join('. ');
  const sentence = `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
  return html`<span class="codicon codicon-error" aria-hidden="true"></span>${sentence}`;
}
