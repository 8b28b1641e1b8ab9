/** Runs the checkpoints of a panel with visible progress that can be canceled. */
import type { AnalysisResult } from '../../protocol/analysis';
import type { RunRequest, SpectrumSession } from '../panels/spectrumSession';
import { describeProgress } from '../progressText';
import { withProgress } from '../ui/progress';
import { t } from '../ui/words';

/** The notification of a shorter run would flash over its results. */
const QUIET_MS = 800;

export class Runner {
  #lastResults: AnalysisResult[] = [];

  /** @param inSight whether a visible page shows the progress of these checkpoints. */
  constructor(private readonly inSight: (paths: readonly string[]) => boolean) {}

  /** The results of the panel that ran last, in its order. */
  get lastResults(): AnalysisResult[] {
    return this.#lastResults;
  }

  /** Settles when every checkpoint of the request is done, failed or canceled. Does not wait for the user. */
  async run(session: SpectrumSession, request: RunRequest): Promise<void> {
    const finished = session.run(request);
    if (!(await within(finished, QUIET_MS))) {
      const shown = this.inSight(session.select(request.paths).map(({ path }) => path));
      await (shown ? finished : this.#showProgress(session, request, finished));
    }
    this.#lastResults = session.results;
  }

  async #showProgress(session: SpectrumSession, request: RunRequest, finished: Promise<void>): Promise<void> {
    const items = session.select(request.paths);
    const title =
      items.length === 1 ? t('Analyzing {0}', items[0]!.name) : t('Analyzing {0} checkpoints', items.length);
    await withProgress(title, async (progress) => {
      progress.onCancel(() => {
        session.cancel();
      });
      let shown = 0;
      const show = (): void => {
        const { message, fraction } = describeProgress(session.select(request.paths), t);
        progress.report(message, 100 * (fraction - shown));
        shown = fraction;
      };
      const stop = session.onChange(show);
      show();
      try {
        await finished;
      } finally {
        stop();
      }
    });
  }
}

/** Whether `promise` settles within `milliseconds`. */
async function within(promise: Promise<void>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, milliseconds);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
