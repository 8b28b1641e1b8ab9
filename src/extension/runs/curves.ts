/** The specification curves of runs: computed on request, and cached as long as the window is open. */
import { lastCompared, specify } from '../../core/emergence/specify';
import type { AnalysisResult, AnalysisSettings } from '../../protocol/analysis';
import { isDrawn, type RunSeries, type Specification } from '../../protocol/run';
import { canonicalJson } from '../../protocol/subject';
import type { Run } from '../../protocol/trends';
import type { Scheduler } from '../../worker/scheduler';
import { Emitter } from '../emitter';
import { target, type Analyses } from '../services/analyses';

interface Curve {
  run: string;
  specifications: readonly Specification[];
  /** Null when it is complete. */
  progress: Run['specifying'];
  controller: AbortController;
}

export class Curves {
  readonly #changes = new Emitter<string>();
  /** Called with the id of a run whose curve has progressed. */
  readonly onChange = this.#changes.event;
  /** By their inputs: with another baseline, other settings or other weights a run has another curve. */
  readonly #curves = new Map<string, Curve>();

  constructor(
    private readonly analyses: Pick<Analyses, 'jobOf'>,
    private readonly scheduler: Pick<Scheduler, 'submit'>,
  ) {}

  of(series: RunSeries): Pick<Curve, 'specifications' | 'progress'> | undefined {
    return this.#curves.get(keyOf(series));
  }

  /**
   * Analyzes both ends of the series with every specification; stored results are reused. Settles when all are done or
   * no longer wanted; the scheduler reports failures.
   */
  async find(run: string, series: RunSeries): Promise<void> {
    const key = keyOf(series);
    const last = lastCompared(series.points);
    const compared = series.baseline.point?.checkpoint;
    if (!last || !compared || this.#curves.get(key)?.progress) return;
    const controller = new AbortController();
    const show = (specifications: Curve['specifications'], progress: Curve['progress']): void => {
      this.#curves.set(key, { run, specifications, progress, controller });
      this.#changes.fire(run);
    };
    const { kind } = series.baseline;
    const ends = {
      baseline: target(compared.path, isDrawn(kind) ? kind : 'stored'),
      now: target(last.checkpoint.path),
    };
    const analyze = async (
      end: keyof typeof ends,
      settings: AnalysisSettings,
      common: boolean,
    ): Promise<AnalysisResult | null> => {
      const other = ends[end === 'now' ? 'baseline' : 'now'];
      const job = this.analyses.jobOf(ends[end], settings, common ? other : undefined);
      const [outcome] = await this.scheduler.submit([job], { signal: controller.signal });
      if (!outcome || outcome.kind === 'cancelled') throw new Stopped();
      return outcome.kind === 'done' ? outcome.analysis.result : null;
    };
    show([], { done: 0, total: null });
    try {
      const found = await specify({
        settings: series.settings,
        last: { checkpoint: last.checkpoint.name, step: last.step },
        from: series.emergence.from,
        population: series.emergence.population ?? 'all',
        analyze,
        onProgress: (soFar, total) => {
          show([...soFar], { done: soFar.length, total });
        },
      });
      show(found, null);
    } catch (error) {
      this.#curves.delete(key);
      this.#changes.fire(run);
      if (!(error instanceof Stopped)) throw error;
    }
  }

  /** Ends the computation; what was analyzed is stored, and found at once when the curve is requested again. */
  stop(series: RunSeries): void {
    this.#curves.get(keyOf(series))?.controller.abort();
  }

  /** Whether a curve of a run is being computed. */
  isFinding(id: string): boolean {
    return [...this.#curves.values()].some(({ run, progress }) => run === id && progress);
  }

  /** Ends the computation of every curve of a run. */
  stopAll(id: string): void {
    for (const { run, controller } of this.#curves.values()) if (run === id) controller.abort();
  }
}

class Stopped extends Error {}

/** Equal text for series with equal curves. */
function keyOf({ run, points, baseline, emergence, settings }: RunSeries): string {
  const of = (checkpoint: { path: string; fingerprint: string } | undefined): unknown =>
    checkpoint && [checkpoint.path, checkpoint.fingerprint];
  return canonicalJson([
    run.path,
    of(lastCompared(points)?.checkpoint),
    baseline.kind,
    of(baseline.point?.checkpoint),
    emergence,
    { ...settings, nulls: null },
  ]);
}
