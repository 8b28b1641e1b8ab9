/** Samples without the arrays that no view of a run needs. */
import type { SampleResult } from '../../protocol/analysis';

/** What is left out of each sample. */
const LEFT_OUT = ['radii', 'edgesAt', 'lnMu', 'tau', 'intercept', 'r2', 'fit', 'nfd'] as const;

/** Reading one of them is a fault of the program: an empty array in their place would make wrong numbers of it. */
const ABSENT = Object.fromEntries(
  LEFT_OUT.map((key) => {
    const get = (): never => {
      throw new Error(`A brief result has no ${key}`);
    };
    return [key, { enumerable: true, get }];
  }),
);

/** A list that is left out is not read: a stored result makes it only then. */
export function briefSample(sample: SampleResult): SampleResult {
  const brief: Partial<Record<keyof SampleResult, unknown>> = {};
  // Not every sample has ln Z.
  for (const key of Object.keys(sample) as (keyof SampleResult)[])
    if (key !== 'lnZ' && !(key in ABSENT)) brief[key] = sample[key];
  return Object.defineProperties(brief, ABSENT) as SampleResult;
}
