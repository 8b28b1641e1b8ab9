/** Tells slow sources what all threads will read of stored weights, so that it is on its way before a job waits for it. */
import { neuronsOf } from './sampleLayout';
import { storedRanges, sampledRows } from './readRanges';
import { JobSession } from './session';
import { planOf, type GivenPlan } from './sharedPlan';

/** @param name of the announcement. @param sampled the neurons of each sample, see `drawShared`; null for all weights. @returns the bytes that are read. */
function tellAhead(job: {
  name: string;
  plan: GivenPlan;
  sampled: { neurons: number; drawn: readonly SharedArrayBuffer[] } | null;
  control: SharedArrayBuffer;
}): number {
  const { name, sampled } = job;
  const plan = planOf(job.plan);
  return JobSession.run(job.control, 'reading weights', ({ files }) => {
    const samples = sampled?.drawn.map((each) => neuronsOf(plan, sampled.neurons, each));
    const rowsOf = samples ? sampledRows(plan, samples) : () => null;
    let bytes = 0;
    for (const { file, ranges } of storedRanges(plan, rowsOf)) {
      files(file).ahead?.(ranges, name);
      for (const range of ranges) bytes += range.bytes;
    }
    return bytes;
  });
}

export const aheadJobs = { tellAhead };
