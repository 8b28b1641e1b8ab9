/** The progress of the queue of analyses, and a button that stops it. */
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-progress-bar/index.js';
import { html, type TemplateResult } from 'lit';
import type { QueueProgress } from '../../src/protocol/trends';
import { integer, roughTime } from '../../src/protocol/format';
import { t } from '../l10n';

/** "3 of 18 checkpoints analyzed, about 40 s left". */
export function queueText({ done, total, secondsLeft }: NonNullable<QueueProgress>): string {
  const count = t('{0} of {1} checkpoints analyzed', integer(done), integer(total));
  return secondsLeft === null ? count : t('{0}, about {1} left', count, roughTime(secondsLeft));
}

export const queueLine = (progress: NonNullable<QueueProgress>, cancel: () => void): TemplateResult => html`
  <vscode-progress-bar
    data-testid="queue-progress"
    .ariaLabel=${t('Analysis')}
    .value=${progress.done}
    .max=${Math.max(1, progress.total)}
  ></vscode-progress-bar>
  <p data-testid="queue-text">${queueText(progress)}</p>
  <vscode-button data-testid="cancel" secondary @click=${cancel}>${t('Cancel')}</vscode-button>
`;
