/** The inspect view: reading, failed, or the content of the checkpoint. */
import { tensorCount } from '../../src/protocol/counts';
import type { FactsState, InspectModel, ReadingProgress } from '../../src/protocol/inspect';
import type { FileChange } from '../../src/protocol/panel';
import { wordButton } from '../components/controls';
import { failedState, progressBar } from '../components/states';
import { h } from '../dom';
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
  readonly #root = h('div', { class: 'panel inspect-panel', 'data-testid': 'inspect', 'data-state': 'none' });
  readonly #status = h('p', { class: 'status error-text', role: 'alert', 'data-testid': 'status' });
  readonly #count = h('p', { class: 'note', 'data-testid': 'reading-count' });
  readonly #facts: TensorFactsView;
  readonly #changed = h('div', { class: 'progress', role: 'status', 'data-testid': 'changed', hidden: true });

  constructor(
    parent: HTMLElement,
    private readonly actions: InspectActions,
    private readonly memory: InspectMemory,
  ) {
    document.body.dataset['panel'] = 'inspect';
    parent.append(this.#root);
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
  }

  show({ name, state, facts, changed, l10n }: InspectModel): void {
    setWords(l10n);
    this.changed(changed);
    this.#status.textContent = '';
    this.#root.dataset['state'] = state.kind;
    switch (state.kind) {
      case 'reading':
        this.#count.textContent = '';
        this.#fill(readingState(name, this.#count));
        break;
      case 'failed':
        this.#fill(
          failedState(
            name,
            state.error,
            { retry: this.actions.read, showLog: this.actions.showLog },
            t('{0} could not be read', name),
          ),
        );
        break;
      case 'done': {
        const view = new TensorView(name, state.inspection, this.memory, this.actions);
        this.#facts.show(facts);
        view.element.append(this.#facts.element);
        this.#fill(view.element);
        view.begin();
        this.memory.restore();
      }
    }
    document.body.dataset['ready'] = 'true';
  }

  /** Shows the progress of reading. */
  reading({ tensors, blocks, ofBlocks }: ReadingProgress): void {
    if (tensors === 0) return;
    this.#count.textContent =
      ofBlocks === 0
        ? t('{0} found', tensorCount(tensors, t))
        : t('{0} found, block {1} of {2}', tensorCount(tensors, t), integer(blocks), integer(ofBlocks));
  }

  /** Shows the state of the facts about values. */
  facts(state: FactsState): void {
    this.#facts.show(state);
  }

  /** Shows that the file has changed since it was read, or was deleted. */
  changed(change: FileChange | null): void {
    const text =
      change === 'deleted'
        ? t('The file has been deleted. This is what was read of it.')
        : t('The file has changed since it was read.');
    this.#changed.replaceChildren(
      h('p', { class: 'note warning' }, text),
      ...(change === 'deleted' ? [] : [wordButton(t('Read Again'), 'read-again', this.actions.read, true)]),
    );
    this.#changed.hidden = change === null;
  }

  /** Tells the user about a failure inside the page. */
  fail(error: unknown): void {
    this.#status.textContent = thrownText(error);
    this.actions.report(error);
  }

  #fill(content: HTMLElement): void {
    this.#root.replaceChildren(this.#changed, content, this.#status);
  }
}

function readingState(name: string, count: HTMLElement): HTMLElement {
  const bar = progressBar(null);
  bar.ariaLabel = t('Reading');
  return h(
    'section',
    { class: 'state running', 'data-kind': 'running' },
    h(
      'div',
      {},
      h('h1', {}, t('Reading the contents of {0}', name)),
      bar,
      h(
        'p',
        {},
        t('Only its headers are read, no weights. Hundreds of thousands of tensors take some seconds.'),
      ),
      count,
      h('div', { class: 'skeleton', 'aria-hidden': 'true' }),
    ),
  );
}
