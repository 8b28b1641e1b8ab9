/** What the values of a tensor are like; of one pass for the range and the mean, and one around them. */
import * as v from 'valibot';
import { count, finite, maybe } from './numbers';

export const tensorFactsSchema = v.object({
  name: v.string(),
  /** As it is stored. */
  dtype: v.string(),
  shape: v.array(count),
  elements: count,
  /** Null for types whose values are no weights. */
  values: v.nullable(
    v.object({
      nan: count,
      infinite: count,
      zeros: count,
      /** Of the finite values, as all below; null where there are none, or where it is beyond the range of numbers. */
      min: maybe,
      max: maybe,
      mean: maybe,
      /** Over n. */
      sd: maybe,
      rms: maybe,
      /** Counts in equal parts of the range from `min` to `max`, the greatest value in the last; null where these are equal. */
      histogram: v.nullable(v.object({ min: finite, max: finite, counts: v.array(count) })),
    }),
  ),
});
export type TensorFacts = v.InferOutput<typeof tensorFactsSchema>;

/** The numbers of a tensor, in the order of tables. */
export const FACT_KEYS = ['min', 'max', 'mean', 'sd', 'rms', 'zeros', 'nan', 'infinite'] as const;
