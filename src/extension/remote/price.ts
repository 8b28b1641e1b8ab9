/** What analyzing remote checkpoints takes, shown before any weight is read. */
import type { RemoteCheckpoint, RemotePrice } from '../../protocol/remote';
import type { AnalysisJob } from '../../protocol/subject';
import { secondsOf } from '../../remote/coalesce';
import type { RemoteEntrance } from '../../remote/entrance';
import type { EngineHost } from '../services/engineHost';

export interface PriceServices {
  engines: Pick<EngineHost, 'use'>;
  entrance: Pick<RemoteEntrance, 'traffic'>;
  jobOf: (at: string) => AnalysisJob;
}

/** The checkpoints of a run are alike, so the headers of the first one suffice. @param checkpoints at least one. */
export async function priceOf(
  { engines, entrance, jobOf }: PriceServices,
  checkpoints: readonly RemoteCheckpoint[],
  signal: AbortSignal,
): Promise<RemotePrice> {
  const { subject, settings } = jobOf(checkpoints[0]!.at);
  const before = await entrance.traffic();
  const one = await engines.use((engine) => engine.price(subject, settings, before.pace, { signal }));
  const after = await entrance.traffic();
  const { length } = checkpoints;
  const sum = (kind: 'bytes' | 'requests'): number => length * (one[kind] + after[kind] - before[kind]);
  const [bytes, requests] = [sum('bytes'), sum('requests')];
  return {
    ...{ checkpoints: length, bytes, requests },
    fileBytes: checkpoints.reduce((all, each) => all + each.bytes, 0),
    seconds: secondsOf({ bytes, requests }, after.measured),
  };
}
