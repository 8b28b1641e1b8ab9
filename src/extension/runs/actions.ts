/** Actions on runs, for all views. */
import type { Scheduler } from '../../worker/scheduler';
import type { Target } from '../services/analyses';
import type { Curves } from './curves';
import type { Findings } from './findings';
import type { Refinements } from './refinements';
import { withoutDeleted, type Runs } from './runs';
import type { ListedRun } from './listedRun';

/**
 * Makes sure that the bases of the low-rank adapters among checkpoints are known.
 * @param groups checkpoints of one model each.
 * @returns whether to continue.
 */
export type SettleBases = (groups: readonly (readonly string[])[]) => Promise<boolean>;

export class RunActions {
  constructor(
    private readonly runs: Runs,
    private readonly findings: Findings,
    private readonly scheduler: Pick<Scheduler, 'refuse'>,
    private readonly settleBases: SettleBases,
    private readonly curves: Pick<Curves, 'find' | 'stop' | 'isFinding' | 'stopAll'>,
    private readonly refinements: Pick<Refinements, 'find' | 'isFinding' | 'stop'>,
  ) {}

  /** Analyzes the checkpoints of runs that have no result, and what the chosen baseline needs. */
  async analyzeRuns(runs: readonly ListedRun[]): Promise<void> {
    await this.#analyze(runs, () => runs.flatMap((run) => this.runs.toAnalyze(run)));
    await this.#refine(runs);
  }

  /** One run after the other, once all analyses have ended. */
  async #refine(runs: readonly ListedRun[]): Promise<void> {
    for (const run of runs) {
      const plain = this.runs.toRefine(run);
      try {
        if (plain) await this.refinements.find(plain);
      } catch (error) {
        this.scheduler.refuse(error);
      }
    }
  }

  /** Analyzes checkpoints of a run, even if they have results. */
  async analyzeCheckpoints(run: ListedRun, paths: readonly string[]): Promise<void> {
    if (run.saved) return;
    const known = new Set(withoutDeleted(run).checkpoints.map(({ path }) => path));
    const targets = new Map(
      paths
        .filter((path) => known.has(path))
        .map((path) => [this.runs.targetAt(path).at, this.runs.targetAt(path)]),
    );
    await this.#analyze([run], () => [...targets.values()], true);
  }

  /** Analyzes the baseline of these runs, where only that is missing. */
  async analyzeBaselines(runs: readonly ListedRun[]): Promise<void> {
    const missing = runs.filter((run) => this.runs.missingBaseline(run).length > 0);
    await this.#analyze(missing, () => missing.flatMap((run) => this.runs.missingBaseline(run)));
    await this.#refine(runs);
  }

  /** Computes the specification curve of a run with results. */
  async specify(run: ListedRun): Promise<void> {
    const series = this.runs.series(run);
    if (run.saved || !series) return;
    try {
      await this.curves.find(run.id, series);
    } catch (error) {
      this.scheduler.refuse(error);
    }
  }

  /** Stops computing the specification curve of a run. */
  stopSpecifying(run: ListedRun): void {
    const series = this.runs.series(run);
    if (series) this.curves.stop(series);
  }

  /** Whether something of these runs is in the queue: what {@link cancelRuns} would stop. */
  isBusy(runs: readonly ListedRun[]): boolean {
    return runs.some(
      (run) =>
        this.refinements.isFinding(run.id) ||
        this.curves.isFinding(run.id) ||
        this.runs
          .toAnalyze(run, { fresh: true })
          .some((each) => ['queued', 'running', 'elsewhere'].includes(this.findings.stateOf(each).kind)),
    );
  }

  /** Stops the analyses of runs, of their baselines, and everything else that is being computed for them. */
  cancelRuns(runs: readonly ListedRun[]): void {
    for (const { id } of runs) {
      this.refinements.stop(id);
      this.curves.stopAll(id);
    }
    this.findings.cancel(runs.flatMap((run) => this.runs.toAnalyze(run, { fresh: true })));
  }

  /** Stops the analyses of checkpoints. */
  cancel(paths: readonly string[]): void {
    this.findings.cancel(paths.map((path) => this.runs.targetAt(path)));
  }

  /**
   * Settles when all have ended.
   * @param wanted returns what to analyze of these runs; called once their bases are known, because another base
   *   means other results.
   */
  async #analyze(runs: readonly ListedRun[], wanted: () => readonly Target[], fresh = false): Promise<void> {
    if (wanted().length === 0) return;
    try {
      if (!(await this.settleBases(runs.map(({ checkpoints }) => checkpoints.map(({ path }) => path)))))
        return;
      const targets = wanted();
      if (targets.length > 0) await this.findings.analyze(targets, { fresh });
    } catch (error) {
      this.scheduler.refuse(error);
    }
  }
}
