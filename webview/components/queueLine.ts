/** The progress of the queue of analyses, and a button that stops it. */
import '@vscode-elements/elements/dist/vscode-progress-bar/index.js';
import type { QueueProgress } from '../../src/protocol/trends';
import { h } from '../dom';
import { integer, roughTime } from '../../src/protocol/format';
import { t } from '../l10n';
import { wordButton } from './controls';

/** "3 of 18 checkpoints analyzed, about 40 s left". */
export function queueText({ done, total, secondsLeft }: NonNullable<QueueProgress>): string {
  const count = t('{0} of {1} checkpoints analyzed', integer(done), integer(total));
  return secondsLeft === null ? count : t('{0}, about {1} left', count, roughTime(secondsLeft));
}

export function queueLine(progress: NonNullable<QueueProgress>, cancel: () => void): HTMLElement[] {
  const bar = h('vscode-progress-bar', { 'data-testid': 'queue-progress' });
  bar.ariaLabel = t('Analysis');
  bar.value = progress.done;
  bar.max = Math.max(1, progress.total);
  return [
    bar,
    h('p', { 'data-testid': 'queue-text' }, queueText(progress)),
    wordButton(t('Cancel'), 'cancel', cancel, true),
  ];
}
