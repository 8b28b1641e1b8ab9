/**
 * Plans that workers hold: jobs name them. A plan of many projections takes longer to send than the jobs take that act on
 * it, so it is written to shared memory once, and each worker reads it once.
 */
import { deserialize, serialize } from 'node:v8';
import type { AnalysisPlan } from '../core/analysis/plan';

export interface SharedPlan {
  /** Of this process: plans with one number are one plan. */
  id: number;
  /** The plan in the form of `v8.serialize`. */
  bytes: SharedArrayBuffer;
}

/** A plan as jobs are given it. */
export type GivenPlan = AnalysisPlan | SharedPlan;

let last = 0;

export function sharePlan(plan: AnalysisPlan): SharedPlan {
  const written = serialize(plan);
  const bytes = new SharedArrayBuffer(written.length);
  new Uint8Array(bytes).set(written);
  return { id: ++last, bytes };
}

/** A job acts on the plan of one checkpoint, or of two whose nodes are compared. */
const MAX_HELD = 2;

/** The plans of this thread, the one that was asked for last at the end. */
const held = new Map<number, AnalysisPlan>();

export function planOf(given: GivenPlan): AnalysisPlan {
  if (!('bytes' in given)) return given;
  const { id, bytes } = given;
  const plan =
    held.get(id) ?? (deserialize(Buffer.from(new Uint8Array(bytes).slice().buffer)) as AnalysisPlan);
  held.delete(id);
  held.set(id, plan);
  for (const [oldest] of held) if (held.size > MAX_HELD) held.delete(oldest);
  return plan;
}
