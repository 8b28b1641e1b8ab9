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

export class RunActions {
  constructor(
    private readonly runs: Runs,
    private readonly findings: Findings,
    private readonly witness: QueueWitness,
  ) {}

  /** Analyzes the checkpoints of runs that have no result, with what the chosen baseline needs. */
  analyzeRuns(runs: readonly ListedRun[]): Promise<void> {
    return this.#analyze(runs.flatMap((run) => this.runs.toAnalyze(run)));
  }

  /** Analyzes checkpoints of a run, again if they have been. */
  analyzeCheckpoints(run: ListedRun, paths: readonly string[]): Promise<void> {
    if (run.saved) return Promise.resolve();
    const known = new Set(run.checkpoints.map(({ path }) => path));
    const subjects = paths.filter((path) => known.has(path)).map((path) => ({ path, initial: null }));
    return this.#analyze(subjects, true);
  }

  /** Analyzes what E of these runs is measured from, where that is all that is missing. */
  analyzeBaselines(runs: readonly ListedRun[]): Promise<void> {
    return this.#analyze(runs.flatMap((run) => this.runs.missingBaseline(run)));
  }

  /** Takes checkpoints out of the queue. */
  cancel(paths: readonly string[]): void {
    this.findings.cancel(paths.map((path) => ({ path, initial: null })));
  }

  /** Settles when the queue rests; failures are for the witness. */
  async #analyze(subjects: readonly Subject[], fresh = false): Promise<void> {
    if (subjects.length === 0) return;
    try {
      const finished = this.findings.analyze(subjects, { fresh });
      this.witness.watch(subjects, finished);
      await finished;
    } catch (error) {
      this.witness.refused(error);
    }
  }
}
