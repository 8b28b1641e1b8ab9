/** Facts about the values of a tensor, from one pass for range and mean, and one around the mean. */
import * as v from 'valibot';
import { count, finite, maybe } from './numbers';

export const tensorFactsSchema = v.object({
  name: v.string(),
  /** The stored type. */
  dtype: v.string(),
  shape: v.array(count),
  elements: count,
  /** Null for types whose values are not weights. */
  values: v.nullable(
    v.object({
      nan: count,
      infinite: count,
      zeros: count,
      /**
       * For the finite values, as are all below; null where there are none, or where it is beyond the range of numbers.
       */
      min: maybe,
      max: maybe,
      mean: maybe,
      /** Divided by n. */
      sd: maybe,
      rms: maybe,
      /**
       * Counts in equal parts of the range from `min` to `max`, with the greatest value in the last part; null where
       * these are equal.
       */
      histogram: v.nullable(v.object({ min: finite, max: finite, counts: v.array(count) })),
    }),
  ),
});
export type TensorFacts = v.InferOutput<typeof tensorFactsSchema>;

/** The numbers of a tensor, in the order of tables. */
export const FACT_KEYS = ['min', 'max', 'mean', 'sd', 'rms', 'zeros', 'nan', 'infinite'] as const;
