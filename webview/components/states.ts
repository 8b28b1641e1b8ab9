/** The states of a panel without a figure: nothing yet, waiting, running, failed, canceled, no result. */
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-progress-bar/index.js';
import { html, nothing, type TemplateResult } from 'lit';
import type { ErrorData } from '../../src/protocol/errors';
import type { AnalysisProgress } from '../../src/protocol/panel';
import { bytes, percentDone } from '../../src/protocol/format';
import { faultIn, t } from '../l10n';

const state = (kind: string, symbol: string, title: string, body: TemplateResult): TemplateResult => html`
  <section class="state" data-kind=${kind}>
    <span class="codicon codicon-${symbol}" aria-hidden="true"></span>
    <div>
      <h1>${title}</h1>
      ${body}
    </div>
  </section>
`;

/** "30 % done, 12.4 MB read": what is counted differs, samples here and projections there. */
export function progressText(progress: AnalysisProgress): string {
  const { bytesRead } = progress;
  const done = percentDone(progress);
  return bytesRead > 0 ? t('{0} % done, {1} read', done, bytes(bytesRead)) : t('{0} % done', done);
}

/** A bar; indeterminate until the first count is known. */
export function progressBar(progress: AnalysisProgress | null, label = t('Analysis')): TemplateResult {
  const known = progress && progress.total > 0 ? progress : null;
  return html`<vscode-progress-bar
    data-testid="progress"
    .ariaLabel=${label}
    .value=${known?.done}
    .max=${known?.total ?? 100}
  ></vscode-progress-bar>`;
}

/** The progress of what will replace the figures: in a bar, so that nothing moves. */
export const progressLine = (
  progress: AnalysisProgress | null,
  text: string,
  cancel: () => void,
): TemplateResult => html`
  ${progressBar(progress)}<span data-testid="progress-text">${text}</span>
  <vscode-button data-testid="cancel" secondary @click=${cancel}>${t('Cancel')}</vscode-button>
`;

export const emptyPanel = (): TemplateResult =>
  state(
    'none',
    'info',
    t('Nothing to show yet'),
    html`<p>${t('Right-click a checkpoint in the Explorer and choose “NeuroMFA: Analyze Checkpoint”.')}</p>`,
  );

/** A panel of runs without a run. */
export const noRunsState = (addRun: () => void): TemplateResult =>
  state(
    'none',
    'info',
    t('No training run is shown'),
    html`<p>${t('A training run is a folder with two or more checkpoints of the same model.')}</p>
      <div class="actions">
        <vscode-button data-testid="add-run" @click=${addRun}>${t('Choose a Run')}</vscode-button>
      </div>`,
  );

/** Runs without any result yet. */
export const noResultsState = (analyze: () => void, openSettings: () => void): TemplateResult =>
  state(
    'empty',
    'info',
    t('Nothing has been analyzed with these settings yet'),
    html`<p>
        ${t('Charts fill in as checkpoints finish. Earlier results with these settings load at once.')}
      </p>
      <div class="actions">
        <vscode-button data-testid="analyze-missing" @click=${analyze}>${t('Analyze')}</vscode-button>
        <vscode-button data-testid="open-settings" secondary @click=${openSettings}
          >${t('Open Settings')}</vscode-button
        >
      </div>`,
  );

/**
 * The running state: name, progress, a stop button and the outline of the chart to come.
 * @param text how far it has come, or what it waits for.
 */
export const runningState = (
  name: string,
  progress: AnalysisProgress | null,
  cancel: () => void,
  text = progress ? progressText(progress) : t('Waiting for a free worker'),
): TemplateResult => html`
  <section class="state running" data-kind="running">
    <div>
      <h1>${t('Analyzing {0}', name)}</h1>
      ${progressBar(progress)}
      <p data-testid="progress-text">${text}</p>
      <vscode-button data-testid="cancel" secondary @click=${cancel}>${t('Cancel')}</vscode-button>
      <div class="skeleton" aria-hidden="true"></div>
    </div>
  </section>
`;

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
): TemplateResult {
  const { subject, cause, nextStep } = faultIn(error);
  return state(
    'failed',
    'error',
    title,
    html`<p class="error-text" data-testid="error">${sentence(cause)}</p>
      ${nextStep ? html`<p>${sentence(nextStep)}</p>` : nothing}
      <p class="path">${subject}</p>
      <div class="actions">
        <vscode-button data-testid="retry" @click=${retry}>${t('Try Again')}</vscode-button>
        <vscode-button data-testid="show-log" secondary @click=${showLog}>${t('Show Log')}</vscode-button>
      </div>`,
  );
}

export const cancelledState = (name: string, retry: () => void): TemplateResult =>
  state(
    'cancelled',
    'circle-slash',
    t('The analysis of {0} was canceled', name),
    html`<p>${t('No partial result was saved. You can start it again at any time.')}</p>
      <div class="actions">
        <vscode-button data-testid="retry" @click=${retry}>${t('Analyze Again')}</vscode-button>
      </div>`,
  );

/** The reason why a finished analysis has no spectrum. */
export const noSpectrumState = (name: string, reason: string, openSettings: () => void): TemplateResult =>
  state(
    'empty',
    'info',
    t('{0} has no spectrum under these settings', name),
    html`<p class="error-text" data-testid="error">${sentence(reason)}</p>
      <p>${t('Another threshold T, transfer function or filter may keep more neurons.')}</p>
      <div class="actions">
        <vscode-button data-testid="open-settings" @click=${openSettings}
          >${t('Open Settings')}</vscode-button
        >
      </div>`,
  );

/** "cause. Next step", where a row has space for no more. */
export function shortFault(error: ErrorData): string {
  const { cause, nextStep } = faultIn(error);
  return [cause, nextStep].filter(Boolean).join('. ');
}

/** With a capital first letter and one full stop. */
function sentence(text: string): string {
  const trimmed = text.trim();
  if (!trimmed) return '';
  return trimmed[0]!.toUpperCase() + trimmed.slice(1) + (/[.!?]$/.test(trimmed) ? '' : '.');
}
