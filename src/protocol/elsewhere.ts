/** How an analysis fares that another machine computes. */
import * as v from 'valibot';
import { finite } from './numbers';

export const elsewhereSchema = v.object({
  /** As the engine calls its task: "Slurm 1234_7". */
  where: v.string(),
  /** Why it waits, in the engine's word, which may be none; null once it runs. */
  waiting: v.nullable(v.string()),
  /** How far it has come; null where that is not known. */
  fraction: v.nullable(v.pipe(finite, v.minValue(0), v.maxValue(1))),
});
export type Elsewhere = v.InferOutput<typeof elsewhereSchema>;
