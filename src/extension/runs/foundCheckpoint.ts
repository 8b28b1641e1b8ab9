/** A checkpoint as discovery found it, as a workspace remembers it: with everything that determines its place in its run. */
import * as v from 'valibot';
import { count, finite } from '../../protocol/numbers';

export const foundSchema = v.object({
  path: v.string(),
  name: v.string(),
  step: v.nullable(count),
  epoch: v.nullable(finite),
  tokens: v.nullable(finite),
  modified: finite,
  bytes: count,
});
export type FoundCheckpoint = v.InferOutput<typeof foundSchema>;
