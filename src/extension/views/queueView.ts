/** The scheduler in sight of the user: the status bar and the view's progress bar. */
import * as vscode from 'vscode';
import type { Scheduler } from '../../worker/scheduler';
import { COMMANDS, CONTEXT_KEYS, VIEWS } from '../ids';
import { Throttle } from '../throttle';
import { withViewProgress } from '../ui/progress';
import { StatusItem } from '../ui/statusItem';
import { t } from '../ui/words';
import { describeElsewhere, describeQueue } from './queueText';

const REFRESH_EVERY_MS = 250;

export class QueueView implements vscode.Disposable {
  readonly #item: StatusItem;
  readonly #refresh = new Throttle(REFRESH_EVERY_MS, () => {
    this.#draw();
  });
  readonly #stop: () => void;
  /** Ends the view's progress bar; absent while the scheduler rests. */
  #rest: (() => void) | undefined;

  constructor(private readonly scheduler: Scheduler) {
    this.#item = new StatusItem('queue', {
      name: t('NeuroMFA Analyses'),
      command: `${VIEWS.runs}.focus`,
      tooltip: {
        text: t('NeuroMFA is analyzing checkpoints.'),
        link: t('Cancel All'),
        command: COMMANDS.cancelAll,
      },
    });
    this.#stop = scheduler.onChange(() => {
      this.#refresh.request();
    });
  }

  dispose(): void {
    this.#stop();
    this.#refresh.dispose();
    this.#item.dispose();
    this.#rest?.();
  }

  #draw(): void {
    const { progress } = this.scheduler;
    if (progress) {
      const elsewhere = describeElsewhere(this.scheduler.elsewhere, t);
      const words = [describeQueue(progress, t), elsewhere].filter(Boolean).join(' · ');
      this.#item.show([{ icon: 'sync~spin' }, `NeuroMFA ${words}`]);
    } else {
      this.#item.hide();
    }
    const busy = progress !== null;
    if (busy === (this.#rest !== undefined)) return;
    if (busy) void withViewProgress(VIEWS.runs, new Promise((rest) => (this.#rest = rest)));
    else {
      this.#rest?.();
      this.#rest = undefined;
    }
    void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.analyzing, busy);
  }
}
