/** The state of an analysis that another machine computes. */
import * as v from 'valibot';
import { finite } from './numbers';
import type { Translate } from './translate';

export const elsewhereSchema = v.object({
  /** The engine's name for its task: "Slurm 1234_7". */
  where: v.string(),
  /** Why it waits, in the engine's words, possibly empty; null once it runs. */
  waiting: v.nullable(v.string()),
  /** The fraction done; null where it is unknown. */
  fraction: v.nullable(v.pipe(finite, v.minValue(0), v.maxValue(1))),
});
export type Elsewhere = v.InferOutput<typeof elsewhereSchema>;

/** "Slurm 1234_7: waiting (Priority)", "Slurm 1234_7: 45 %". */
export function elsewhereText({ where, waiting, fraction }: Elsewhere, t: Translate): string {
  if (waiting === '') return t('{0}: waiting', where);
  if (waiting !== null) return t('{0}: waiting ({1})', where, waiting);
  return fraction === null
    ? t('{0}: in progress', where)
    : t('{0}: {1} %', where, Math.floor(100 * fraction));
}
