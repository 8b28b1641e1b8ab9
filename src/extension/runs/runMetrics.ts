/** What logs beside runs tell: read when a run is shown, and again when it has other checkpoints. */
import { isDeepStrictEqual } from 'node:util';
import { correlationsOf } from '../../core/metrics/correlations';
import type { Metrics } from '../../protocol/metrics';
import type { RunSeries } from '../../protocol/run';
import { Emitter } from '../emitter';
import type { EngineHost } from '../services/engineHost';
import type { Log } from '../services/analyses';
import type { ListedRun } from './runs';

interface Known {
  /** Of which checkpoints; empty where logs are to be read again. */
  key: string;
  /** What was read last, with a value for each of `steps`; null before that. */
  metrics: Metrics | null;
  steps: readonly (number | null)[];
}

const NOTHING: Metrics = { files: [], values: [] };

export class RunMetrics {
  readonly #changes = new Emitter<string>();
  /** Called with the id of a run whose metrics are other than before. */
  readonly onChange = this.#changes.event;
  readonly #known = new Map<string, Known>();

  constructor(
    private readonly engines: Pick<EngineHost, 'use'>,
    private readonly log: Pick<Log, 'warn'>,
  ) {}

  /** The series with what is known; asks for what is not. Saved results have no files beside them. */
  added(run: ListedRun, series: RunSeries): RunSeries {
    if (run.saved) return series;
    const key = JSON.stringify(run.checkpoints.map(({ path, step }) => [path, step]));
    const known = this.#known.get(run.id) ?? { key: '', metrics: null, steps: [] };
    if (known.key !== key) {
      this.#known.set(run.id, { ...known, key });
      void this.#read(run, key);
    }
    if (!known.metrics) return series;
    const places = new Map(known.steps.map((step, i) => [step, i]));
    const values = known.metrics.values.flatMap(({ name, values: all }) => {
      const own = series.points.map(({ step }) =>
        step === null ? null : (all[places.get(step) ?? -1] ?? null),
      );
      return own.some((value) => value !== null) ? [{ name, values: own }] : [];
    });
    if (values.length === 0) return series;
    const metrics: Metrics = { files: known.metrics.files, values };
    return { ...series, metrics, correlations: correlationsOf(series.points, metrics) };
  }

  /** Logs may have grown: they are read again when the series is made next. */
  expire(run: string): void {
    const known = this.#known.get(run);
    if (known) this.#known.set(run, { ...known, key: '' });
  }

  async #read({ id, name, path, checkpoints }: ListedRun, key: string): Promise<void> {
    let metrics = NOTHING;
    try {
      metrics = await this.engines.use((engine) =>
        engine.metrics({
          name,
          path,
          checkpoints: checkpoints.map(({ path: at, step }) => ({ path: at, step })),
        }),
      );
    } catch (error) {
      this.log.warn(
        `${path}: no metrics are read: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    const former = this.#known.get(id);
    if (former?.key !== key) return;
    this.#known.set(id, { key, metrics, steps: checkpoints.map(({ step }) => step) });
    if (!isDeepStrictEqual(former.metrics ?? NOTHING, metrics)) this.#changes.fire(id);
  }
}
