/** The plan of the weights that are analyzed: Gaussian ones are drawn with moments that have to be found first. */
import type { Moments } from '../core/analysis/moments';
import { drawnPlan, type AnalysisPlan } from '../core/analysis/plan';
import { gaussianWeights } from '../core/emergence/gaussianNetwork';
import { digestOf } from '../core/store/resultSource';
import type { SharedControl } from './control';
import type { OpenedCheckpoint } from './job';
import type { LimitedPool } from './limitedPool';
import { allOrStop, type Stopping } from './stopping';

export interface AnalyzedPlan {
  plan: AnalysisPlan;
  /** Of what weights are drawn from; null where they are stored, and recognized by their bytes. See `ResultSource`. */
  digest: string | null;
}

/** @throws NeuroMfaError `unsupported` where moments are no finite numbers. */
export async function analyzedPlan(
  { plan, weights, config, network }: OpenedCheckpoint,
  readMoments: (plan: AnalysisPlan) => Promise<Moments[][]>,
): Promise<AnalyzedPlan> {
  if (weights === 'stored') return { plan, digest: null };
  if (weights === 'init') return { plan, digest: digestOf(config) };
  const moments = await readMoments(plan);
  const numbers = moments.flatMap((parts) =>
    parts.flatMap(({ count, mean, squares }) => [count, mean, squares]),
  );
  return {
    plan: drawnPlan(plan, gaussianWeights(network, moments)),
    digest: digestOf(config, Float64Array.from(numbers)),
  };
}

/** Of every part of every projection: reads all weights of the network once. */
export function momentsReader(
  pool: LimitedPool,
  chunkBytes: number,
  path: string,
  control: SharedControl,
  stopping: Stopping,
): (plan: AnalysisPlan) => Promise<Moments[][]> {
  return ({ projections }) =>
    allOrStop(
      projections.map((projection) => {
        const job = { projection, chunkBytes, control: control.buffer };
        return pool.run('moments', job, `${path} (${projection.name})`, stopping.kill);
      }),
      stopping,
    );
}
