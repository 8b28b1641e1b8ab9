/**
 * Computes what tools of language models ask for like everything in the editor: with the scheduler and the user's
 * settings.
 */
import { isAbsolute } from 'node:path';
import type { AgentHost } from '../../core/agents/callTool';
import { isOneCheckpoint } from '../../core/checkpoint/resolve';
import {
  compareCheckpoints,
  compareRuns,
  stepsOf,
  type Computes,
  type Two,
} from '../../core/compare/comparing';
import { analyzeRun, type AnalyzeOne } from '../../core/emergence/analyzeRun';
import { correlationsOf } from '../../core/metrics/correlations';
import { findRun } from '../../core/run/findRun';
import type { AnalysisResult, AnalysisSettings } from '../../protocol/analysis';
import { errorData, NeuroMfaError } from '../../protocol/errors';
import type { RunSeries } from '../../protocol/run';
import type { WeightKind } from '../../protocol/weights';
import type { Scheduler } from '../../worker/scheduler';
import type { OwnSettings } from '../ownSettings';
import { target, type Analyses } from '../services/analyses';
import type { EngineHost } from '../services/engineHost';

export interface EditorHostServices {
  engines: Pick<EngineHost, 'use'>;
  analyses: Pick<Analyses, 'jobOf' | 'compare'>;
  scheduler: Pick<Scheduler, 'submit'>;
  settings: (own: OwnSettings) => AnalysisSettings;
}

/** @param signal aborts when the call is no longer wanted. */
export function editorHost(services: EditorHostServices, signal: AbortSignal): AgentHost {
  const { engines, analyses, scheduler, settings } = services;
  const analyze = async (
    path: string,
    kind: WeightKind,
    own: AnalysisSettings,
    common?: { path: string; kind: WeightKind },
  ): Promise<AnalysisResult> => {
    const job = analyses.jobOf(target(path, kind), own, common && target(common.path, common.kind));
    // The caller receives failures.
    const [outcome] = await scheduler.submit([job], { signal, background: true });
    signal.throwIfAborted();
    if (outcome?.kind === 'done') return outcome.analysis.result;
    if (outcome?.kind === 'failed') throw NeuroMfaError.from(outcome.error);
    throw new NeuroMfaError('cancelled', path, 'its analysis was canceled', 'Ask again');
  };
  /** Null where it failed; the failure is collected then. */
  const noting = (failures: string[]) => {
    return async <T>(subject: string, work: Promise<T>): Promise<T | null> => {
      try {
        return await work;
      } catch (error) {
        signal.throwIfAborted();
        failures.push(NeuroMfaError.from(errorData(error, subject)).message);
        return null;
      }
    };
  };
  const found = <T>(result: T | null, failures: readonly string[]): T => {
    if (result === null) throw new Error(failures.join('\n') || 'There is no result.');
    return result;
  };
  return {
    analysis: (path, nulls) => analyze(absolute(path), 'stored', settings({ nulls })),
    series: async (folder, nulls, failures) => {
      const { run } = await findRun(absolute(folder));
      const one: AnalyzeOne = ({ path, kind }, own, common) =>
        noting(failures)(path, analyze(path, kind, own, common));
      const made = await analyzeRun(run, PLAIN, settings({ nulls }), one);
      return withMetrics(found(made, failures).series, engines, noting(failures));
    },
    comparison: async (a, b, nulls, failures) => {
      const paths: Two<string> = [absolute(a), absolute(b)];
      const own = settings({ nulls });
      const computes: Computes = {
        analyze: (at) => noting(failures)(at, analyze(at, 'stored', own)),
        tensors: ([from, to]) => noting(failures)(to, analyses.compare(from, to, { signal })),
      };
      const [isOne, isOther] = [isOneCheckpoint(paths[0]), isOneCheckpoint(paths[1])];
      if (isOne && isOther) return found(await compareCheckpoints(paths, own, computes), failures);
      if (isOne !== isOther)
        throw new NeuroMfaError(
          'usage',
          isOne ? b : a,
          'this is no single checkpoint, and the other one is',
          'Name two checkpoints, or the folders of two runs',
        );
      const runs = [(await findRun(paths[0])).run, (await findRun(paths[1])).run] as const;
      return found(await compareRuns(runs, stepsOf(runs), own, computes), failures);
    },
  };
}

/** As in the paper, whatever is chosen for the panels of runs. */
const PLAIN = {
  baseline: { kind: 'first' },
  emergenceFrom: 'alpha0',
  radii: 'observed',
  population: 'all',
} as const;

/** The extension host's current folder is none that a model could know. */
function absolute(path: string): string {
  if (isAbsolute(path)) return path;
  throw new NeuroMfaError('usage', path, 'this is no absolute path', 'Give the whole path, from the root on');
}

async function withMetrics(
  series: RunSeries,
  engines: Pick<EngineHost, 'use'>,
  noted: <T>(subject: string, work: Promise<T>) => Promise<T | null>,
): Promise<RunSeries> {
  const { run, points } = series;
  const checkpoints = points.map(({ checkpoint: { path }, step }) => ({ path, step }));
  const read = engines.use((engine) => engine.metrics({ name: run.name, path: run.path, checkpoints }));
  const metrics = await noted(run.path, read);
  if (!metrics || metrics.values.length === 0) return series;
  return { ...series, metrics, correlations: correlationsOf(points, metrics) };
}
