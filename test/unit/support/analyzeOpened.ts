/** Analyzes opened checkpoints in this thread, by the engine's own runs. */
import type { Model } from '../../../src/core/adapter/model';
import { describeModel } from '../../../src/core/analysis/describe';
import { planAnalysis } from '../../../src/core/analysis/plan';
import { makeSettings, type SettingsInput } from '../../../src/core/analysis/settings';
import { SharedControl } from '../../../src/worker/control';
import { FullRun } from '../../../src/worker/fullRun';
import { jobs } from '../../../src/worker/job';
import type { LimitedPool } from '../../../src/worker/limitedPool';
import { SampledRun } from '../../../src/worker/sampledRun';
import { cooperativeStop } from '../../../src/worker/stopping';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import type { AnalysisResult } from '../../../src/protocol/analysis';
import type { OpenedCheckpoint } from '../../../src/worker/openedCheckpoint';

/** Jobs in this thread. */
const pool = {
  threads: 2,
  run: (name: keyof typeof jobs, params: never) => Promise.resolve().then(() => jobs[name](params)),
} as unknown as LimitedPool;

/** The result for what has been opened of the checkpoint at `path`. */
export async function analyzeOpened(
  path: string,
  opened: OpenedCheckpoint,
  input: Partial<SettingsInput>,
): Promise<AnalysisResult> {
  const settings = makeSettings(input);
  const control = new SharedControl();
  const stopping = cooperativeStop(control, undefined);
  const Run = settings.mode === 'full' ? FullRun : SampledRun;
  const run = new Run(pool, 2 ** 20, path, opened, settings, control, stopping);
  const timing = { wall: 0, cpu: 0, bytesRead: 0, threads: 1 };
  const { analysis } = await run.analyze(undefined, () => timing);
  return analysis.result;
}

/** The same for a model, by its network as a whole. */
export function openedModel(model: Model): OpenedCheckpoint {
  const { path, config } = model.checkpoint;
  const network = buildNetwork({ tensors: model.tensors, config }, path);
  return {
    info: describeModel(model, network.architecture),
    files: model.stamps,
    config,
    network,
    plan: planAnalysis(network, model.tensors),
    weights: 'stored',
  };
}
