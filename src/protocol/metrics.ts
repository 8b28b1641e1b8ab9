/**
 * Metrics beside a run (losses, scores) by checkpoint, and their correlations with α₀, w and E. `docs/run-format.md`
 * has every field.
 */
import * as v from 'valibot';
import { valueSchema } from './nulls';
import { count, finite, maybe } from './numbers';

/** Formats of files of metrics. */
export const METRIC_FORMATS = ['records', 'csv', 'jsonl', 'lm-eval', 'tensorboard'] as const;
export type MetricFormat = (typeof METRIC_FORMATS)[number];

export const metricsSchema = v.object({
  files: v.array(
    v.object({
      path: v.string(),
      format: v.picklist(METRIC_FORMATS),
      /** Whether the file calls the first step 0: its values of step s − 1 are those of the checkpoint of step s. */
      fromZero: v.exactOptional(v.literal(true)),
    }),
  ),
  /** For each metric that is known at a checkpoint's step: its values by point, null where its log lacks that step. */
  values: v.array(v.object({ name: v.string(), values: v.array(maybe) })),
  /** Epochs by point, according to a log; absent where there are none. They measure progress, so they are no metric. */
  epochs: v.exactOptional(v.array(maybe)),
});
export type Metrics = v.InferOutput<typeof metricsSchema>;
export type Metric = Metrics['values'][number];

/** What a metric is compared with. ln(1 + step) represents everything that merely grows with training. */
export const METRIC_FIGURES = ['emergence', 'alpha0', 'width', 'beyondWidth', 'logStep'] as const;
export type MetricFigure = (typeof METRIC_FIGURES)[number];

/**
 * Correlations over the checkpoints of one run, without intervals and p: two series with trends correlate whether or
 * not they have anything to do with each other.
 */
export const correlationSchema = v.object({
  metric: v.string(),
  figure: v.picklist(METRIC_FIGURES),
  /** Number of checkpoints at which the metric and all figures are known: the same for every figure of a metric. */
  n: count,
  pearson: maybe,
  spearman: maybe,
  /** τ-b. */
  kendall: maybe,
  /** Pearson's correlation of the changes from one checkpoint to the next. */
  differences: maybe,
  /** The effective number of independent pairs. */
  nEff: v.nullable(v.pipe(finite, v.minValue(0))),
});
export type Correlation = v.InferOutput<typeof correlationSchema>;

export const ACROSS_SCHEMA = 'neuromfa/across-runs@1';

/** Matches metrics that count the tokens trained on, which measure progress. */
export const TOKEN_COUNT =
  /(?:^|\/)(?:n|num_|total_|consumed_|seen_|train_|training_|input_|num_input_)?tokens?(?:_(?:seen|consumed|processed|trained|total))?$/i;

/** Pages show correlations across runs for at most this many metrics: each takes permutations of all runs. */
export const MAX_ACROSS = 40;

/** Correlations over several runs at one step; runs are independent of each other, so intervals mean what they say. */
export const acrossSchema = v.object({
  schema: v.literal(ACROSS_SCHEMA),
  step: count,
  runs: v.array(v.string()),
  correlations: v.array(
    v.object({
      metric: v.string(),
      figure: v.picklist(METRIC_FIGURES),
      n: count,
      pearson: valueSchema,
      spearman: valueSchema,
      /** `p`: two-sided, over permutations of the runs. */
      kendall: v.object({ value: maybe, p: maybe }),
    }),
  ),
});
export type AcrossRuns = v.InferOutput<typeof acrossSchema>;
export type AcrossCorrelation = AcrossRuns['correlations'][number];
