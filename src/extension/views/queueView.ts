/** The queue in sight of the user: the status bar, the view's progress bar, and one message about what failed. */
import * as vscode from 'vscode';
import type { ErrorData } from '../../protocol/errors';
import { COMMANDS, CONTEXT_KEYS, VIEWS } from '../ids';
import type { QueueWitness } from '../runs/actions';
import type { Findings, Subject } from '../runs/findings';
import type { AnalysisQueue } from '../runs/queue';
import type { FailureReport } from '../services/failureReport';
import { Throttle } from '../throttle';
import { withViewProgress } from '../ui/progress';
import { StatusItem } from '../ui/statusItem';
import { t } from '../ui/words';
import { describeQueue } from './queueText';

const REFRESH_EVERY_MS = 250;

export class QueueView implements QueueWitness, vscode.Disposable {
  readonly #item: StatusItem;
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
    this.#item = new StatusItem('queue', {
      name: t('NeuroMFA Analyses'),
      command: `${VIEWS.runs}.focus`,
      tooltip: {
        text: t('NeuroMFA is analyzing checkpoints.'),
        link: t('Cancel All'),
        command: COMMANDS.cancelAll,
      },
    });
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
    void withViewProgress(VIEWS.runs, finished);
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
      this.#item.show([{ icon: 'sync~spin' }, `NeuroMFA ${describeQueue(progress, t)}`]);
    } else {
      this.#item.hide();
    }
    const busy = progress !== null;
    if (busy === this.#busy) return;
    this.#busy = busy;
    void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.analyzing, busy);
  }
}
