/** The queue in sight of the user: the status bar, the view's progress bar, and one message about what failed. */
import * as vscode from 'vscode';
import type { ErrorData } from '../../protocol/errors';
import { COMMANDS, CONTEXT_KEYS, VIEWS } from '../ids';
import type { QueueWitness } from '../runs/actions';
import type { Findings, Subject } from '../runs/findings';
import type { AnalysisQueue } from '../runs/queue';
import type { FailureReport } from '../services/failureReport';
import { Throttle } from '../throttle';
import { describeQueue } from './queueText';

const REFRESH_EVERY_MS = 250;

export class QueueView implements QueueWitness, vscode.Disposable {
  readonly #item: vscode.StatusBarItem;
  readonly #refresh = new Throttle(REFRESH_EVERY_MS, () => {
    this.#draw();
  });
  readonly #stop: () => void;
  #busy = false;

  constructor(
    private readonly queue: AnalysisQueue,
    private readonly findings: Findings,
    private readonly failures: FailureReport,
  ) {
    this.#item = vscode.window.createStatusBarItem('queue', vscode.StatusBarAlignment.Left);
    this.#item.name = vscode.l10n.t('NeuroMFA Analyses');
    this.#item.command = `${VIEWS.runs}.focus`;
    const tooltip = new vscode.MarkdownString(
      `${vscode.l10n.t('NeuroMFA is analyzing checkpoints.')}\n\n[${vscode.l10n.t('Cancel All')}](command:${COMMANDS.cancelAll})`,
    );
    tooltip.isTrusted = { enabledCommands: [COMMANDS.cancelAll] };
    this.#item.tooltip = tooltip;
    this.#stop = queue.onChange(() => {
      this.#refresh.request();
    });
  }

  dispose(): void {
    this.#stop();
    this.#refresh.dispose();
    this.#item.dispose();
  }

  watch(subjects: readonly Subject[], finished: Promise<void>): void {
    void vscode.window.withProgress({ location: { viewId: VIEWS.runs } }, () => finished);
    void finished.then(() => {
      this.failures.show(this.#failuresOf(subjects), subjects.length, () => this.#retry(subjects));
    });
  }

  refused(error: unknown): void {
    this.failures.showRefusal(error);
  }

  #failuresOf(subjects: readonly Subject[]): ErrorData[] {
    return subjects.flatMap((subject) => {
      const state = this.findings.stateOf(subject);
      return state.kind === 'failed' ? [state.error] : [];
    });
  }

  #retry(subjects: readonly Subject[]): Promise<void> {
    const failed = subjects.filter((subject) => this.findings.stateOf(subject).kind === 'failed');
    const finished = this.findings.analyze(failed);
    this.watch(failed, finished);
    return finished;
  }

  #draw(): void {
    const { progress } = this.queue;
    if (progress) {
      this.#item.text = `$(sync~spin) NeuroMFA ${describeQueue(progress, vscode.l10n.t)}`;
      this.#item.show();
    } else {
      this.#item.hide();
    }
    const busy = progress !== null;
    if (busy === this.#busy) return;
    this.#busy = busy;
    void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.analyzing, busy);
  }
}
