/** Where everything about one sample is: its neurons in the list of all drawn ones, and its weights in its buffer. */
import type { AnalysisPlan } from '../core/analysis/plan';
import { packedLayout, type PackedLayout } from '../core/counting/pack';
import {
  drawNeurons,
  sampledNeurons,
  sampleSize,
  type Drawing,
  type SampledNeurons,
} from '../core/sampling/drawNeurons';

interface SampleLayout {
  plan: AnalysisPlan;
  neurons: number;
  packed: PackedLayout;
  /** Where the neurons of each draw begin among all drawn ones, and behind the last draw how many there are. */
  starts: Uint32Array;
}

let last: SampleLayout | undefined;

/** The same for every sample of an analysis. @param neurons k, per layer. */
export function sampleLayout(plan: AnalysisPlan, neurons: number): SampleLayout {
  if (last?.plan === plan && last.neurons === neurons) return last;
  const starts = new Uint32Array(plan.draws.length + 1);
  for (const [i, draw] of plan.draws.entries()) starts[i + 1] = starts[i]! + sampleSize(draw, neurons);
  return (last = { plan, neurons, packed: packedLayout(plan, neurons), starts });
}

/** The neurons of all draws of a sample, one draw after another. */
export function drawShared(plan: AnalysisPlan, drawing: Drawing, seed: number): SharedArrayBuffer {
  const { starts } = sampleLayout(plan, drawing.neurons);
  const buffer = new SharedArrayBuffer(starts.at(-1)! * Uint32Array.BYTES_PER_ELEMENT);
  const all = new Uint32Array(buffer);
  for (const [i, drawn] of drawNeurons(plan.draws, drawing, seed).entries()) all.set(drawn, starts[i]);
  return buffer;
}

/** The neurons that such a sample takes of projections `from` to `to`, exclusive. */
export function neuronsOf(
  plan: AnalysisPlan,
  neurons: number,
  drawn: SharedArrayBuffer,
  from = 0,
  to = plan.projections.length,
): SampledNeurons[] {
  const { starts } = sampleLayout(plan, neurons);
  const all = new Uint32Array(drawn);
  // Only those that are needed: there may be as many draws as projections.
  const lists: Uint32Array[] = [];
  const list = (draw: number): void => {
    lists[draw] ??= all.subarray(starts[draw], starts[draw + 1]);
  };
  return plan.projections.slice(from, to).map((projection) => {
    list(projection.sampling.sources);
    for (const { draw } of projection.sampling.targets) list(draw);
    return sampledNeurons(projection, lists);
  });
}
