/**
 * Series of runs whose radii, number of samples or neurons depend on results: computed from the plain series when a run
 * is analyzed, and cached as long as the window is open.
 */
import { analyzeRun, type AnalyzedRun, type AnalyzeOne } from '../../core/emergence/analyzeRun';
import type { AnalysisResult } from '../../protocol/analysis';
import type { RunSettings } from '../../protocol/chosenSettings';
import type { BaselineChoice, RunSeries } from '../../protocol/run';
import { canonicalJson, type AnalysisJob } from '../../protocol/subject';
import type { Scheduler } from '../../worker/scheduler';
import { Emitter } from '../emitter';
import { target, type Analyses } from '../services/analyses';
import type { ListedRun } from './listedRun';

/** A run with its plain series. */
export interface Plain {
  run: ListedRun;
  series: RunSeries;
  baseline: BaselineChoice;
}

export class Refinements {
  readonly #changes = new Emitter<string>();
  /** Called with the id of a run that has got a refined series. */
  readonly onChange = this.#changes.event;
  /** By their inputs. */
  readonly #found = new Map<string, AnalyzedRun>();
  /** Computations by their inputs: the run, and how to end it. */
  readonly #finding = new Map<string, { run: string; controller: AbortController }>();

  /** @param settings returns the current settings. */
  constructor(
    private readonly analyses: Pick<Analyses, 'jobOf' | 'recall'>,
    private readonly scheduler: Pick<Scheduler, 'submit'>,
    private readonly settings: () => RunSettings,
  ) {}

  /** Whether the settings require more than the plain series. */
  get wanted(): boolean {
    const { radii, population, autoSamples } = this.settings();
    return radii === 'fixed' || population === 'common' || autoSamples;
  }

  /** The refined series; undefined where it is not wanted or unknown. */
  of(plain: Plain): AnalyzedRun | undefined {
    return this.wanted ? this.#found.get(this.#keyOf(plain)) : undefined;
  }

  /** Analyzes what it needs. Settles when it is complete, or no longer wanted; the scheduler reports failures. */
  async find(plain: Plain): Promise<void> {
    const key = this.#keyOf(plain);
    if (this.#finding.has(key)) return;
    const controller = new AbortController();
    this.#finding.set(key, { run: plain.run.id, controller });
    try {
      await this.#search(plain, key, async (job) => {
        const [outcome] = await this.scheduler.submit([job], { signal: controller.signal });
        if (!outcome || outcome.kind === 'cancelled') throw new Stopped();
        return outcome.kind === 'done' ? outcome.analysis.result : null;
      });
    } finally {
      this.#finding.delete(key);
    }
  }

  /** The same where every result is stored; reads headers only. */
  recall(plain: Plain, signal?: AbortSignal): Promise<void> {
    return this.#search(plain, this.#keyOf(plain), async (job) => {
      const stored = await this.analyses.recall(job, { signal });
      if (!stored) throw new Stopped();
      return stored.result;
    });
  }

  /** Whether a run's series is being computed. */
  isFinding(id: string): boolean {
    return [...this.#finding.values()].some(({ run }) => run === id);
  }

  /** Ends the computation for a run. */
  stop(id: string): void {
    for (const { run, controller } of this.#finding.values()) if (run === id) controller.abort();
  }

  async #search(
    plain: Plain,
    key: string,
    resultOf: (job: AnalysisJob) => Promise<AnalysisResult | null>,
  ): Promise<void> {
    if (!this.wanted || this.#found.has(key)) return;
    const { run, series, baseline } = plain;
    const { autoSamples, ...settings } = this.settings();
    const analyze: AnalyzeOne = (which, own, common) => {
      // Nobody wants results with other settings any more.
      if (this.#keyOf(plain) !== key) throw new Stopped();
      const of = ({ path, kind }: typeof which) => target(path, kind);
      return resultOf(this.analyses.jobOf(of(which), own, common && of(common)));
    };
    const auto = autoSamples && series.settings.mode === 'sampled';
    const choices = { ...settings, baseline, emergenceFrom: series.emergence.from };
    const asked = auto ? { auto: (samples: number) => ({ ...series.settings, samples }) } : series.settings;
    try {
      const found = await analyzeRun(run, choices, asked, analyze);
      if (found) this.#found.set(key, found);
      this.#changes.fire(run.id);
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
    }
  }

  #keyOf({ run, series: { points, settings, emergence }, baseline }: Plain): string {
    const checkpoints = points.map(({ checkpoint }) => [checkpoint.path, checkpoint.fingerprint]);
    return canonicalJson([run.id, checkpoints, settings, emergence.from, baseline, this.settings()]);
  }
}

class Stopped extends Error {}
