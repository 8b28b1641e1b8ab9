/** Metrics beside a run (losses, scores), by checkpoint, and how α₀, w and E go with them. `docs/run-format.md` has every field. */
import * as v from 'valibot';
import { valueSchema } from './nulls';
import { count, finite, maybe } from './numbers';

/** How a file of metrics is written. */
export const METRIC_FORMATS = ['records', 'csv', 'jsonl', 'lm-eval', 'tensorboard'] as const;
export type MetricFormat = (typeof METRIC_FORMATS)[number];

export const metricsSchema = v.object({
  files: v.array(v.object({ path: v.string(), format: v.picklist(METRIC_FORMATS) })),
  /** Of each metric that is known at a checkpoint's step, its values by point; null where its log has no such step. */
  values: v.array(v.object({ name: v.string(), values: v.array(maybe) })),
  /** Epochs by point, as a log tells them; left out where none does. They count how far training has come, so they are no metric. */
  epochs: v.exactOptional(v.array(maybe)),
});
export type Metrics = v.InferOutput<typeof metricsSchema>;
export type Metric = Metrics['values'][number];

/** What a metric is set beside. ln(1 + step) stands for everything that merely grows with training. */
export const METRIC_FIGURES = ['emergence', 'alpha0', 'width', 'beyondWidth', 'logStep'] as const;
export type MetricFigure = (typeof METRIC_FIGURES)[number];

/**
 * Over the checkpoints of one run. There is no interval and no p among these: two series that trend correlate whether or not they
 * have anything to do with each other.
 */
export const correlationSchema = v.object({
  metric: v.string(),
  figure: v.picklist(METRIC_FIGURES),
  /** Checkpoints at which the metric and all figures are known: the same for every figure of a metric. */
  n: count,
  pearson: maybe,
  spearman: maybe,
  /** τ-b. */
  kendall: maybe,
  /** Pearson's of the changes from one checkpoint to the next. */
  differences: maybe,
  /** So many independent pairs would tell as much. */
  nEff: v.nullable(v.pipe(finite, v.minValue(0))),
});
export type Correlation = v.InferOutput<typeof correlationSchema>;

export const ACROSS_SCHEMA = 'neuromfa/across-runs@1';

/** Metrics that count the tokens trained on: how far training has come. */
export const TOKEN_COUNT =
  /(?:^|\/)(?:n|num_|total_|consumed_|seen_|train_|training_|input_|num_input_)?tokens?(?:_(?:seen|consumed|processed|trained|total))?$/i;

/** Pages have correlations across runs of so many metrics: orders of all runs are tried for each. */
export const MOST_ACROSS = 40;

/** Over several runs at one step, where runs are independent of each other and intervals mean what they say. */
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
