/** The inspect view: reading, failed, or the content of the checkpoint. */
import { html, nothing, render, type TemplateResult } from 'lit';
import { tensorCount } from '../../src/protocol/counts';
import type { FactsState, InspectModel, ReadingProgress } from '../../src/protocol/inspect';
import type { FileChange } from '../../src/protocol/panel';
import { failedState, progressBar } from '../components/states';
import { integer } from '../../src/protocol/format';
import { setWords, t, thrownText } from '../l10n';
import type { InspectMemory } from './memory';
import { TensorFactsView, type FactsActions } from './tensorFacts';
import { TensorView } from './tensorView';

/** What the page asks of the extension host. */
export interface InspectActions {
  read: () => void;
  analyze: (role: string | null) => void;
  chooseWeights: (set: string) => void;
  computeFacts: () => void;
  cancelFacts: () => void;
  /** Resolves with the file's path, or null when the user cancels. */
  saveFacts: () => Promise<string | null>;
  histogram: FactsActions['histogram'];
  showLog: () => void;
  report: (error: unknown) => void;
}

export class InspectPanel {
  readonly #facts: TensorFactsView;
  #model: InspectModel | null = null;
  /** Of a checkpoint that has been read. */
  #view: TensorView | null = null;
  #found: ReadingProgress | null = null;
  #changed: FileChange | null = null;
  #fault = '';

  constructor(
    private readonly parent: HTMLElement,
    private readonly actions: InspectActions,
    private readonly memory: InspectMemory,
  ) {
    document.body.dataset['panel'] = 'inspect';
    const fail = (error: unknown): void => {
      this.fail(error);
    };
    this.#facts = new TensorFactsView(memory, {
      compute: actions.computeFacts,
      cancel: actions.cancelFacts,
      save: () => {
        actions.saveFacts().catch(fail);
      },
      histogram: actions.histogram,
      showLog: actions.showLog,
      fail,
    });
    this.#draw();
  }

  show(model: InspectModel): void {
    const { name, state, facts, changed, l10n } = model;
    setWords(l10n);
    this.#model = model;
    this.#changed = changed;
    this.#found = null;
    this.#fault = '';
    this.#facts.show(facts);
    this.#view =
      state.kind === 'done'
        ? new TensorView(name, state.inspection, this.#facts.element, this.memory, this.actions)
        : null;
    this.#draw();
    if (this.#view) {
      this.#view.begin();
      this.memory.restore();
    }
    document.body.dataset['ready'] = 'true';
  }

  /** Shows the progress of reading. */
  reading(found: ReadingProgress): void {
    this.#found = found;
    this.#draw();
  }

  /** Shows the state of the facts about values. */
  facts(state: FactsState): void {
    this.#facts.show(state);
  }

  /** Shows that the file has changed since it was read, or was deleted. */
  changed(change: FileChange | null): void {
    this.#changed = change;
    this.#draw();
  }

  /** Tells the user about a failure inside the page. */
  fail(error: unknown): void {
    this.#fault = thrownText(error);
    this.#draw();
    this.actions.report(error);
  }

  #draw(): void {
    render(
      html`<div
        class="panel inspect-panel"
        data-testid="inspect"
        data-state=${this.#model?.state.kind ?? 'none'}
      >
        <div class="progress" role="status" data-testid="changed" ?hidden=${this.#changed === null}>
          ${changedLine(this.#changed, this.actions.read)}
        </div>
        ${this.#content()}
        <p class="status error-text" role="alert" data-testid="status" .textContent=${this.#fault}></p>
      </div>`,
      this.parent,
    );
  }

  #content(): TemplateResult | HTMLElement | typeof nothing {
    if (!this.#model) return nothing;
    const { name, state } = this.#model;
    switch (state.kind) {
      case 'reading':
        return readingState(name, this.#found);
      case 'failed':
        return failedState(
          name,
          state.error,
          { retry: this.actions.read, showLog: this.actions.showLog },
          t('{0} could not be read', name),
        );
      case 'done':
        return this.#view!.element;
    }
  }
}

const changedLine = (change: FileChange | null, read: () => void): TemplateResult =>
  change === 'deleted'
    ? html`<p class="note warning">${t('The file has been deleted. This is what was read of it.')}</p>`
    : html`<p class="note warning">${t('The file has changed since it was read.')}</p>
        <vscode-button data-testid="read-again" secondary @click=${read}>${t('Read Again')}</vscode-button>`;

const readingState = (name: string, found: ReadingProgress | null): TemplateResult => html`
  <section class="state running" data-kind="running">
    <div>
      <h1>${t('Reading the contents of {0}', name)}</h1>
      ${progressBar(null, t('Reading'))}
      <p>
        ${t('Only its headers are read, no weights. Hundreds of thousands of tensors take some seconds.')}
      </p>
      <p class="note" data-testid="reading-count">${found && countText(found)}</p>
      <div class="skeleton" aria-hidden="true"></div>
    </div>
  </section>
`;

function countText({ tensors, blocks, ofBlocks }: ReadingProgress): string {
  if (tensors === 0) return '';
  const count = tensorCount(tensors, t);
  return ofBlocks === 0
    ? t('{0} found', count)
    : t('{0} found, block {1} of {2}', count, integer(blocks), integer(ofBlocks));
}
