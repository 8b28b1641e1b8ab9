/**
 * Compares two checkpoints, or two runs at their common steps. The command line and the editor pass in how to compute.
 */
import { ALGORITHM_VERSION, type AnalysisResult, type AnalysisSettings } from '../../protocol/analysis';
import { COMPARISON_SCHEMA, type Comparison, type TensorComparison } from '../../protocol/comparison';
import { NeuroMfaError } from '../../protocol/errors';
import type { Duplicates } from '../../protocol/remote';
import { VERSION } from '../version';
import { compareFigures, compareProjections } from './figures';
import { isSame } from './same';

export type Two<T> = readonly [a: T, b: T];

/** Answers null where something failed and has been reported. @throws what interrupts it. */
export interface Computes {
  analyze: (at: string) => Promise<AnalysisResult | null>;
  /** The change of each tensor. */
  tensors: (paths: Two<string>) => Promise<TensorComparison | null>;
}

/** A run as a comparison sees it. */
export interface ComparedRun {
  name: string;
  path: string;
  checkpoints: readonly (Duplicates & { path: string; step: number | null })[];
}

/** Answers null where the tensors could not be compared. */
export async function compareCheckpoints(
  paths: Two<string>,
  settings: AnalysisSettings,
  computes: Computes,
): Promise<Comparison | null> {
  const tensors = await computes.tensors(paths);
  // What failed has been reported, and would fail again.
  if (!tensors) return null;
  const results = await both(paths, computes);
  return {
    ...entries(settings),
    kind: 'checkpoints',
    same: isSame(tensors),
    figures: results && compareFigures(...results),
    projections: results && compareProjections(...results),
    tensors,
  };
}

/** Answers null where the tensors of the last step could not be compared. */
export async function compareRuns(
  runs: Two<ComparedRun>,
  { common, onlyA, onlyB }: Steps,
  settings: AnalysisSettings,
  computes: Computes,
): Promise<Comparison | null> {
  const points = [];
  let last: Two<AnalysisResult> | null = null;
  for (const { step, at } of common) {
    const results = await both(at, computes);
    if (!results) continue;
    last = results;
    points.push({ step, figures: compareFigures(...results) });
  }
  const tensors = await computes.tensors(common.at(-1)!.at);
  if (!tensors) return null;
  const [a, b] = runs.map(({ name, path }) => ({ name, path })) as [
    { name: string; path: string },
    { name: string; path: string },
  ];
  return {
    ...entries(settings),
    kind: 'runs',
    ...{ a, b, points, onlyA, onlyB },
    projections: last && compareProjections(...last),
    tensors,
  };
}

const entries = (settings: AnalysisSettings) =>
  ({
    schema: COMPARISON_SCHEMA,
    version: { engine: VERSION, algorithm: ALGORITHM_VERSION },
    settings,
  }) as const;

async function both([a, b]: Two<string>, { analyze }: Computes): Promise<Two<AnalysisResult> | null> {
  const [own, other] = [await analyze(a), await analyze(b)];
  return own && other && [own, other];
}

/** The steps of two runs; weights that several checkpoints of a run hold are of no known step. */
export interface Steps {
  /** The common steps, in order; at least one. */
  common: readonly { step: number; at: Two<string> }[];
  onlyA: number[];
  onlyB: number[];
}

/** @throws NeuroMfaError `unsupported` where they have none in common. */
export function stepsOf([a, b]: Two<ComparedRun>): Steps {
  const byStep = ({ checkpoints }: ComparedRun): Map<number, string> =>
    new Map(
      checkpoints.flatMap(({ step, path, sameAs }) =>
        step === null || sameAs ? [] : [[step, path] as const],
      ),
    );
  const [own, other] = [byStep(a), byStep(b)];
  const common = [...own].flatMap(([step, path]) => {
    const partner = other.get(step);
    return partner === undefined ? [] : [{ step, at: [path, partner] as const }];
  });
  if (common.length === 0)
    throw new NeuroMfaError(
      'unsupported',
      b.path,
      `it has no step that ${a.path} has`,
      'Name one checkpoint of each',
    );
  return {
    common,
    onlyA: [...own.keys()].filter((step) => !other.has(step)),
    onlyB: [...other.keys()].filter((step) => !own.has(step)),
  };
}
