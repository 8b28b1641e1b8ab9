/** Tells the user what could not be analyzed, and what can be done about it. */
import { errorData, type ErrorData } from '../../protocol/errors';
import { describeFailures } from '../failureText';
import type { EditorLog } from '../ui/log';
import { tell } from '../ui/messages';
import { t } from '../ui/words';

export class FailureReport {
  constructor(
    private readonly log: EditorLog,
    private readonly openSettings: () => void,
  ) {}

  /**
   * One message for the failures of one request, if there are any. Does not wait for the user.
   * @param total how many checkpoints the request had. @param retry runs again what failed.
   */
  show(failures: readonly ErrorData[], total: number, retry: () => Promise<void>): void {
    if (failures.length === 0) return;
    this.#ask(failures, total, retry).catch((error: unknown) => {
      this.log.error(error instanceof Error ? error : String(error));
    });
  }

  /** The message for something that could not even begin. */
  showRefusal(error: unknown): void {
    this.show([errorData(error)], 1, () => Promise.resolve());
  }

  async #ask(failures: readonly ErrorData[], total: number, retry: () => Promise<void>): Promise<void> {
    const offers = describeFailures(failures, total, t);
    const actions = new Map<string, () => unknown>([
      ...(offers.settings ? [[t('Open Settings'), this.openSettings] as const] : []),
      ...(offers.retry ? [[t('Retry'), retry] as const] : []),
      [
        t('Show Log'),
        () => {
          this.log.show();
        },
      ],
    ]);
    const choice = await tell('error', offers.message, ...actions.keys());
    if (choice !== undefined) await actions.get(choice)?.();
  }
}
