/**
 * The metrics of runs according to their logs: read when a run is shown, and again when it has other checkpoints or
 * other files are picked.
 */
import { isDeepStrictEqual } from 'node:util';
import { correlationsOf } from '../../core/metrics/correlations';
import { NeuroMfaError } from '../../protocol/errors';
import type { Metrics } from '../../protocol/metrics';
import type { RunSeries } from '../../protocol/run';
import type { PickedMetrics } from '../../protocol/trends';
import { Emitter } from '../emitter';
import type { EngineHost } from '../services/engineHost';
import type { Log } from '../services/analyses';
import type { Choices } from './choices';
import type { ListedRun } from './listedRun';

interface Known {
  /** Identifies checkpoints and files; empty where logs have to be read again. */
  key: string;
  metrics: Metrics;
  /** The steps for which `metrics` has values. */
  steps: readonly (number | null)[];
  /** Why picked files say nothing. */
  problem: string | null;
}

const UNREAD: Known = { key: '', metrics: { files: [], values: [] }, steps: [], problem: null };

export class RunMetrics {
  readonly #changes = new Emitter<string>();
  /** Called with the id of a run whose metrics have changed. */
  readonly onChange = this.#changes.event;
  readonly #known = new Map<string, Known>();

  constructor(
    private readonly engines: Pick<EngineHost, 'use'>,
    private readonly choices: Pick<Choices, 'metricFiles' | 'setMetricFiles'>,
    private readonly log: Pick<Log, 'warn'>,
    /** The message of an error, as the reader sees it. */
    private readonly shown: (error: NeuroMfaError) => string,
  ) {}

  /** The series with known metrics; starts reading unknown ones. */
  added(run: ListedRun, series: RunSeries): RunSeries {
    const metrics = this.at(
      run,
      series.points.map(({ step }) => step),
    );
    return metrics ? { ...series, metrics, correlations: correlationsOf(series.points, metrics) } : series;
  }

  /**
   * What is known at these steps of a run, of which it has each; starts reading what is not. For saved and remote runs no
   * files beside them are read. Undefined where nothing is known.
   */
  at(run: ListedRun, steps: readonly (number | null)[]): Metrics | undefined {
    if (run.saved || run.remote) return undefined;
    const key = this.#key(run);
    const known = this.#known.get(run.id) ?? UNREAD;
    if (known.key !== key) {
      this.#known.set(run.id, { ...known, key });
      void this.#read(run, key);
    }
    const places = new Map(known.steps.map((step, i) => [step, i]));
    const atPoints = (all: readonly (number | null)[]): (number | null)[] =>
      steps.map((step) => (step === null ? null : (all[places.get(step) ?? -1] ?? null)));
    const values = known.metrics.values.flatMap(({ name, values: all }) => {
      const own = atPoints(all);
      return own.some((value) => value !== null) ? [{ name, values: own }] : [];
    });
    if (values.length === 0) return undefined;
    const { files, epochs } = known.metrics;
    return { files, values, ...(epochs && { epochs: atPoints(epochs) }) };
  }

  /** The user's pick for a run; undefined where logs are searched for. */
  picked({ id }: ListedRun): PickedMetrics | undefined {
    const files = this.choices.metricFiles(id);
    return files && { files: [...files], problem: this.#known.get(id)?.problem ?? null };
  }

  /**
   * From now on reads only these files; undefined: those found beside the run.
   * @throws NeuroMfaError for a file that cannot be read, or has none of the steps of the run; then nothing changes.
   */
  async pick(run: ListedRun, files: readonly string[] | undefined): Promise<void> {
    if (files) await this.#metricsOf(run, files);
    await this.choices.setMetricFiles(run.id, files);
    this.expire(run.id);
    this.#changes.fire(run.id);
  }

  /** Logs may have grown: they are read again when the series is made next. */
  expire(run: string): void {
    const known = this.#known.get(run);
    if (known) this.#known.set(run, { ...known, key: '' });
  }

  #key({ id, checkpoints }: ListedRun): string {
    return JSON.stringify([
      checkpoints.map(({ path, step }) => [path, step]),
      this.choices.metricFiles(id) ?? null,
    ]);
  }

  #metricsOf(
    { name, foundAs = name, path, checkpoints }: ListedRun,
    files: readonly string[] | undefined,
  ): Promise<Metrics> {
    const own = checkpoints.map(({ path: at, step }) => ({ path: at, step }));
    return this.engines.use((engine) =>
      engine.metrics({ name: foundAs, path, checkpoints: own, ...(files && { files }) }),
    );
  }

  async #read(run: ListedRun, key: string): Promise<void> {
    const { id, path, checkpoints } = run;
    let found = UNREAD;
    try {
      const metrics = await this.#metricsOf(run, this.choices.metricFiles(id));
      found = { ...UNREAD, metrics, steps: checkpoints.map(({ step }) => step) };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      this.log.warn(`${path}: no metrics are read: ${problem}`);
      if (error instanceof NeuroMfaError) found = { ...UNREAD, problem: this.shown(error) };
    }
    const former = this.#known.get(id);
    if (former?.key !== key) return;
    this.#known.set(id, { ...found, key });
    const changed = former.problem !== found.problem || !isDeepStrictEqual(former.metrics, found.metrics);
    if (changed) this.#changes.fire(id);
  }
}
