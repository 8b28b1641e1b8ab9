/** Tells the user what could not be analyzed or stored, and what can be done about it. */
import { errorData, type ErrorData, type NeuroMfaError } from '../../protocol/errors';
import { describeFailures } from '../failureText';
import type { EditorLog } from '../ui/log';
import { tell } from '../ui/messages';
import { faultIn, t, thrownText } from '../ui/words';
import type { Unstored } from './unstored';

export class FailureReport {
  constructor(
    private readonly log: EditorLog,
    private readonly openSettings: () => void,
    private readonly unstored: Pick<Unstored, 'take'>,
  ) {}

  /**
   * Shows one message for the failures of one request, if there are any, and one for all results that could not be
   * stored. Does not wait for the user.
   * @param total number of checkpoints in the request.
   * @param retry runs failed ones again.
   */
  show(failures: readonly ErrorData[], total: number, retry: (() => Promise<unknown>) | undefined): void {
    const unstored = this.unstored.take();
    if (unstored) this.warn(unstored);
    if (failures.length > 0) this.#inBackground(this.#ask(failures, total, retry));
  }

  /** Shows something that is no failure of an analysis. */
  warn(problem: NeuroMfaError | string, offerSettings = false): void {
    this.log.warn(typeof problem === 'string' ? problem : problem.message);
    this.#inBackground(this.#warn(thrownText(problem), offerSettings));
  }

  /** The message for something other than an analysis that could not be done. */
  showRefusal(error: unknown): void {
    this.show([errorData(error)], 1, undefined);
  }

  async #warn(message: string, offerSettings: boolean): Promise<void> {
    const [settings, log] = [t('Open Settings'), t('Show Log')];
    const choices = offerSettings ? [settings, log] : [log];
    const choice = await tell('warning', message, ...choices);
    if (choice === settings) this.openSettings();
    if (choice === log) this.log.show();
  }

  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.log.error(error instanceof Error ? error : String(error));
    });
  }

  async #ask(
    failures: readonly ErrorData[],
    total: number,
    retry: (() => Promise<unknown>) | undefined,
  ): Promise<void> {
    const offers = describeFailures(failures.map(faultIn), total, t);
    const actions = new Map<string, () => unknown>([
      ...(offers.settings ? [[t('Open Settings'), this.openSettings] as const] : []),
      ...(offers.retry && retry ? [[t('Retry'), retry] as const] : []),
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
