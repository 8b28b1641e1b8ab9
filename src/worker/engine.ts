/** The engine that the extension and the command line share: answers all questions about a subject. */
import type { LogRun } from '../core/metrics/runLogs';
import type { ResultSource } from '../core/store/resultSource';
import type { TensorComparison } from '../protocol/comparison';
import type { Metrics } from '../protocol/metrics';
import type { Inspection } from '../protocol/inspection';
import type { MethodSettings, Subject } from '../protocol/subject';
import type { Approve, WorkEstimate } from './approval';
import type { CheckpointFacts, Executor, Follow, SourcedAnalysis } from './executor';
import type { Description } from './inspectJobs';
import type { Pace } from '../remote/coalesce';
import type { ReadPrice } from './priceJobs';
import { DeferredExecutor } from './deferredExecutor';
import type { LocalExecutorOptions } from './localExecutor';

export interface EngineOptions extends LocalExecutorOptions {
  /** Called before anything large is read, see `checkApproved`. */
  approve?: Approve;
}

export interface RunOptions extends Omit<Follow, 'approve'> {
  /** Whether the user has already agreed to reading as much as necessary. */
  approved?: boolean;
}

export class Engine {
  /** @param approve called before anything large is read, see `checkApproved`. */
  constructor(
    private readonly executor: Executor,
    private readonly approve?: Approve,
  ) {}

  /** On threads of this process. What runs them is loaded with the first task: editors start with this. */
  static local({ approve, ...options }: EngineOptions): Engine {
    const executor = new DeferredExecutor(async () => {
      const { LocalExecutor } = await import('./localExecutor');
      return new LocalExecutor(options);
    });
    return new Engine(executor, approve);
  }

  /**
   * Describes the checkpoint, from headers alone.
   * @throws NeuroMfaError naming the file, the cause and the next step; `unsupported` where no initializer is
   *   documented for the architecture of weights to draw.
   */
  describe(subject: Subject, options: RunOptions = {}): Promise<Description> {
    return this.executor.submit({ verb: 'describe', subject }, options);
  }

  /**
   * The checkpoint's tensors, and its network or the part that the subject names, from headers alone.
   * @throws NeuroMfaError.
   */
  inspect(subject: Subject, options: RunOptions = {}): Promise<Inspection> {
    return this.executor.submit({ verb: 'inspect', subject }, options);
  }

  /** What {@link analyze} would take, from headers alone. @throws NeuroMfaError as it would. */
  estimate(subject: Subject, settings: MethodSettings, options: RunOptions = {}): Promise<WorkEstimate> {
    return this.executor.submit({ verb: 'estimate', subject, settings }, options);
  }

  /**
   * What reading its weights over a network would take, from headers alone.
   * @param pace by which it is decided what is read together.
   * @throws NeuroMfaError.
   */
  price(
    subject: Subject,
    settings: MethodSettings,
    pace: Pace,
    options: RunOptions = {},
  ): Promise<ReadPrice> {
    return this.executor.submit({ verb: 'price', subject, settings, pace }, options);
  }

  /**
   * Analyzes a subject. Aborting `signal` rejects with `cancelled` once no worker is busy with it, within half a second.
   * @throws NeuroMfaError naming the file, the cause and the next step.
   */
  analyze(subject: Subject, settings: MethodSettings, options: RunOptions = {}): Promise<SourcedAnalysis> {
    return this.executor.submit({ verb: 'analyze', subject, settings }, this.#follow(options));
  }

  /**
   * Facts about the values of every stored tensor, including those of an adapter's base.
   * @throws NeuroMfaError naming the file, the cause and the next step.
   */
  facts(subject: Subject, options: RunOptions = {}): Promise<CheckpointFacts> {
    return this.executor.submit({ verb: 'facts', subject }, this.#follow(options));
  }

  /**
   * The values of a run's logs at the steps of its checkpoints. Logs found beside the run that cannot be read are
   * skipped.
   * @throws NeuroMfaError for a named file that cannot be read, or has none of the steps.
   */
  metrics(run: LogRun, options: Pick<RunOptions, 'signal'> = {}): Promise<Metrics> {
    return this.executor.submit({ verb: 'metrics', run }, options);
  }

  /**
   * The change of every tensor from `subject` to `other`, in one pass over both; of the weights of their networks where
   * an adapter makes them.
   * @throws NeuroMfaError naming the file, the cause and the next step.
   */
  compare(subject: Subject, other: Subject, options: RunOptions = {}): Promise<TensorComparison> {
    return this.executor.submit({ verb: 'compare', subject, other }, this.#follow(options));
  }

  /**
   * Identifies the bytes that {@link analyze} would read, by reading them: a stored result with the same fingerprint
   * and digest was computed from these bytes, wherever they were then.
   * @throws NeuroMfaError as the analysis would.
   */
  recognize(subject: Subject, settings: MethodSettings, options: RunOptions = {}): Promise<ResultSource> {
    return this.executor.submit({ verb: 'recognize', subject, settings }, this.#follow(options));
  }

  /** Ends the executor; running analyses reject. */
  async dispose(): Promise<void> {
    await this.executor.dispose();
  }

  #follow({ approved = false, ...follow }: RunOptions): Follow {
    return { ...follow, approve: approved ? undefined : this.approve };
  }
}
