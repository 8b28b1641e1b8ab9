/**
 * Runs tasks. A task is about a whole checkpoint, or the files beside a run, and it is plain data like its answer: both
 * survive `v8.serialize`, so an executor may be in another process or on another machine. Threads and shared memory are
 * the local executor's own affair.
 */
import type { LogRun } from '../core/metrics/runLogs';
import type { ResultSource } from '../core/store/resultSource';
import type { Analysis, CheckpointInfo } from '../protocol/analysis';
import type { TensorComparison } from '../protocol/comparison';
import type { Metrics } from '../protocol/metrics';
import type { ReadingProgress } from '../protocol/inspect';
import type { Inspection } from '../protocol/inspection';
import type { AnalysisProgress } from '../protocol/panel';
import type { AnalysisJob, Subject } from '../protocol/subject';
import type { TensorFacts } from '../protocol/tensorFacts';
import type { Pace } from '../remote/coalesce';
import type { Approve, WorkEstimate } from './approval';
import type { Description } from './inspectJobs';
import type { ReadPrice } from './priceJobs';

/** An analysis, and the bytes from which it was computed. */
export interface SourcedAnalysis extends Analysis {
  source: ResultSource;
}

/** Facts about the values of each tensor. */
export interface CheckpointFacts {
  checkpoint: CheckpointInfo;
  tensors: TensorFacts[];
}

interface About {
  subject: Subject;
}

/** Verb → its arguments and its answer. */
export interface Verbs {
  describe: { takes: About; answers: Description };
  inspect: { takes: About; answers: Inspection };
  estimate: { takes: AnalysisJob; answers: WorkEstimate };
  analyze: { takes: AnalysisJob; answers: SourcedAnalysis };
  facts: { takes: About; answers: CheckpointFacts };
  metrics: { takes: { run: LogRun }; answers: Metrics };
  compare: { takes: About & { other: Subject }; answers: TensorComparison };
  recognize: { takes: AnalysisJob; answers: ResultSource };
  price: { takes: AnalysisJob & { pace: Pace }; answers: ReadPrice };
}
export type Verb = keyof Verbs;
export type Task<V extends Verb = Verb> = { [K in V]: { verb: K } & Verbs[K]['takes'] }[V];
export type Answer<V extends Verb> = Verbs[V]['answers'];

/** How the caller follows and stops a task; never sent to another process. */
export interface Follow {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: AnalysisProgress) => void) | undefined;
  /** Called with the progress of reading the headers, while that takes long. */
  onReading?: ((progress: ReadingProgress) => void) | undefined;
  /** Called before anything large is read, see `checkApproved`. */
  approve?: Approve | undefined;
}

export interface Executor {
  /**
   * Runs a task. Aborting `signal` rejects with `cancelled` once nothing works on it any more.
   * @throws NeuroMfaError naming the file, the cause and the next step.
   */
  submit<V extends Verb>(task: Task<V>, follow: Follow): Promise<Answer<V>>;
  /** Ends everything; running tasks reject. */
  dispose(): Promise<void>;
}
