/** What users do to runs from any view: what they start is queued, in sight of them. */
import type { Findings, Subject } from './findings';
import type { Runs, ListedRun } from './runs';

/** Shows how the queue ends: a failure that nobody sees is a failure twice. */
export interface QueueWitness {
  /** Called whenever subjects were put into the queue. */
  watch(subjects: readonly Subject[], finished: Promise<void>): void;
  /** Told why nothing could be started. */
  refused(error: unknown): void;
}

/**
 * Makes sure that it is known what the low-rank adapters among checkpoints are added to.
 * @param groups checkpoints of one model each. @returns whether to go on.
 */
export type SettleBases = (groups: readonly (readonly string[])[]) => Promise<boolean>;

export class RunActions {
  constructor(
    private readonly runs: Runs,
    private readonly findings: Findings,
    private readonly witness: QueueWitness,
    private readonly settleBases: SettleBases,
  ) {}

  /** Analyzes the checkpoints of runs that have no result, with what the chosen baseline needs. */
  async analyzeRuns(runs: readonly ListedRun[]): Promise<void> {
    await this.#analyze(runs, () => runs.flatMap((run) => this.runs.toAnalyze(run)));
  }

  /** Analyzes checkpoints of a run, again if they have been. */
  async analyzeCheckpoints(run: ListedRun, paths: readonly string[]): Promise<void> {
    if (run.saved) return;
    const known = new Set(run.checkpoints.map(({ path }) => path));
    const subjects = paths.filter((path) => known.has(path)).map((path) => ({ path, initial: null }));
    await this.#analyze([run], () => subjects, true);
  }

  /** Analyzes what E of these runs is measured from, where that is all that is missing. */
  async analyzeBaselines(runs: readonly ListedRun[]): Promise<void> {
    const missing = runs.filter((run) => this.runs.missingBaseline(run).length > 0);
    await this.#analyze(missing, () => missing.flatMap((run) => this.runs.missingBaseline(run)));
  }

  /** Takes checkpoints out of the queue. */
  cancel(paths: readonly string[]): void {
    this.findings.cancel(paths.map((path) => ({ path, initial: null })));
  }

  /**
   * Settles when the queue rests; failures are for the witness.
   * @param wanted what of these runs to analyze, told once their bases are known: another base means other results.
   */
  async #analyze(runs: readonly ListedRun[], wanted: () => readonly Subject[], fresh = false): Promise<void> {
    if (wanted().length === 0) return;
    try {
      if (!(await this.settleBases(runs.map(({ checkpoints }) => checkpoints.map(({ path }) => path)))))
        return;
      const subjects = wanted();
      if (subjects.length === 0) return;
      const finished = this.findings.analyze(subjects, { fresh });
      this.witness.watch(subjects, finished);
      await finished;
    } catch (error) {
      this.witness.refused(error);
    }
  }
}
