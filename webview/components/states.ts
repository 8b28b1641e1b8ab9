/** The states of a panel without a figure: nothing yet, waiting, running, failed, canceled, no result. */
import '@vscode-elements/elements/dist/vscode-progress-bar/index.js';
import type { ErrorData } from '../../src/protocol/errors';
import type { AnalysisProgress } from '../../src/protocol/panel';
import { h, icon, type Child } from '../dom';
import { bytes, percentDone } from '../../src/protocol/format';
import { faultIn, t } from '../l10n';
import { wordButton } from './controls';

function state(kind: string, symbol: string, title: string, ...body: Child[]): HTMLElement {
  return h(
    'section',
    { class: 'state', 'data-kind': kind },
    icon(symbol),
    h('div', {}, h('h1', {}, title), ...body),
  );
}

/** "30 % done, 12.4 MB read": what is counted differs, samples here and projections there. */
export function progressText(progress: AnalysisProgress): string {
  const { bytesRead } = progress;
  const done = percentDone(progress);
  return bytesRead > 0 ? t('{0} % done, {1} read', done, bytes(bytesRead)) : t('{0} % done', done);
}

/** A bar; indeterminate until the first count is known. */
export function progressBar(progress: AnalysisProgress | null): HTMLElement {
  const bar = h('vscode-progress-bar', { 'data-testid': 'progress' });
  bar.ariaLabel = t('Analysis');
  if (progress && progress.total > 0) {
    bar.value = progress.done;
    bar.max = progress.total;
  }
  return bar;
}

export const emptyPanel = (): HTMLElement =>
  state(
    'none',
    'info',
    t('Nothing to show yet'),
    h('p', {}, t('Right-click a checkpoint in the Explorer and choose “NeuroMFA: Analyze Checkpoint”.')),
  );

/** A panel of runs without a run. */
export const noRunsState = (addRun: () => void): HTMLElement =>
  state(
    'none',
    'info',
    t('No training run is shown'),
    h('p', {}, t('A training run is a folder with two or more checkpoints of the same model.')),
    h('div', { class: 'actions' }, wordButton(t('Choose a Run'), 'add-run', addRun)),
  );

/** Runs without any result yet. */
export const noResultsState = (analyze: () => void, openSettings: () => void): HTMLElement =>
  state(
    'empty',
    'info',
    t('Nothing has been analyzed with these settings yet'),
    h('p', {}, t('Charts fill in as checkpoints finish. Earlier results with these settings load at once.')),
    h(
      'div',
      { class: 'actions' },
      wordButton(t('Analyze'), 'analyze-missing', analyze),
      wordButton(t('Open Settings'), 'open-settings', openSettings, true),
    ),
  );

/** The running state: name, count, bytes or what it waits for, a stop button and the outline of the chart to come. */
export function runningState(
  name: string,
  progress: AnalysisProgress | null,
  cancel: () => void,
  waiting = t('Waiting for a free worker'),
): HTMLElement {
  return h(
    'section',
    { class: 'state running', 'data-kind': 'running' },
    h(
      'div',
      {},
      h('h1', {}, t('Analyzing {0}', name)),
      progressBar(progress),
      h('p', { 'data-testid': 'progress-text' }, progress ? progressText(progress) : waiting),
      wordButton(t('Cancel'), 'cancel', cancel, true),
      h('div', { class: 'skeleton', 'aria-hidden': 'true' }),
    ),
  );
}

export interface Remedies {
  retry: () => void;
  showLog: () => void;
}

/** What went wrong, why, and what to do. */
export function failedState(
  name: string,
  error: ErrorData,
  { retry, showLog }: Remedies,
  title = t('{0} could not be analyzed', name),
): HTMLElement {
  const { subject, cause, nextStep } = faultIn(error);
  return state(
    'failed',
    'error',
    title,
    h('p', { class: 'error-text', 'data-testid': 'error' }, sentence(cause)),
    nextStep ? h('p', {}, sentence(nextStep)) : null,
    h('p', { class: 'path' }, subject),
    h(
      'div',
      { class: 'actions' },
      wordButton(t('Try Again'), 'retry', retry),
      wordButton(t('Show Log'), 'show-log', showLog, true),
    ),
  );
}

export function cancelledState(name: string, retry: () => void): HTMLElement {
  return state(
    'cancelled',
    'circle-slash',
    t('The analysis of {0} was canceled', name),
    h('p', {}, t('No partial result was saved. You can start it again at any time.')),
    h('div', { class: 'actions' }, wordButton(t('Analyze Again'), 'retry', retry)),
  );
}

/** The reason why a finished analysis has no spectrum. */
export function noSpectrumState(name: string, reason: string, openSettings: () => void): HTMLElement {
  return state(
    'empty',
    'info',
    t('{0} has no spectrum under these settings', name),
    h('p', { class: 'error-text', 'data-testid': 'error' }, sentence(reason)),
    h('p', {}, t('Another threshold T, transfer function or filter may keep more neurons.')),
    h('div', { class: 'actions' }, wordButton(t('Open Settings'), 'open-settings', openSettings)),
  );
}

/** With a capital first letter and one full stop. */
/** "cause. Next step", where a row has space for no more. */
export function shortFault(error: ErrorData): string {
  const { cause, nextStep } = faultIn(error);
  return [cause, nextStep].filter(Boolean).join('. ');
}

function sentence(text: string): string {
  const trimmed = text.trim();
  if (!trimmed) return '';
  return trimmed[0]!.toUpperCase() + trimmed.slice(1) + (/[.!?]$/.test(trimmed) ? '' : '.');
}
