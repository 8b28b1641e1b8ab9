/** Makes the result of a full network from its sums. */
import { sampleStandardDeviation } from 'simple-statistics';
import {
  ALGORITHM_VERSION,
  ANALYSIS_SCHEMA,
  type Analysis,
  type AnalysisResult,
  type AnalysisSettings,
  type BlockBootstrap,
  type CheckpointInfo,
  type Estimate,
  type NfdSummary,
  type ProjectionResult,
} from '../../../protocol/analysis';
import type { ProjectionNulls, SampleNulls } from '../../../protocol/nulls';
import { adapterWarnings } from '../../adapter/warnings';
import type { SpectrumFigures } from '../../multifractal/spectrum';
import { networkStructure } from '../../network/structure';
import type { Network, Projection } from '../../network/types';
import { BOOTSTRAP_DRAWS, percentileInterval } from '../../stats/bootstrap';
import { VERSION } from '../../version';
import { droppedWarning } from '../alwaysDropped';
import { sampleResult } from '../analyzeSample';
import type { Faults } from '../examine';
import { expectFinite } from '../expectFinite';
import type { LengthScales } from '../lengthScales';
import { beyondOf, summarizeNulls } from '../nulls/summarizeNulls';
import { resultWarnings, summarize } from '../summarize';
import type { BootstrapValues } from './blockBootstrap';
import { partitionOf, type GridTotals } from '../../counting/totals';
import type { ProjectionSums } from '../../counting/projectionSums';

const NO_FIGURES = { alpha0: null, alpha0Exact: null, width: null };

export function summarizeProjection(
  { name, block, role, sources, targets }: Projection,
  {
    sums,
    nfd,
    spectrum,
    gaussian,
    nulls,
  }: {
    sums: Pick<ProjectionSums, 'nodes' | 'sources' | 'edgesKept'>;
    nfd: NfdSummary;
    spectrum: SpectrumFigures | null;
    gaussian: SpectrumFigures | null;
    nulls: ProjectionNulls | null;
  },
): ProjectionResult {
  return {
    name,
    block,
    role,
    sources,
    targets,
    nodes: sums.nodes,
    nodesDropped: sums.sources - sums.nodes,
    edgesKept: sums.edgesKept,
    ...(spectrum ?? NO_FIGURES),
    nfd,
    gaussian,
    nulls,
  };
}

export interface SummedProjection {
  result: ProjectionResult;
  nonFinite: number;
  /** The number of weights read. */
  edges: number;
}

/** The numbers of the whole network, in the form of one sample of a sampled network. */
export type FullSample = ReturnType<typeof sampleResult> & { sources: number };

export function fullSample(
  total: GridTotals,
  settings: AnalysisSettings,
  projections: readonly SummedProjection[],
  nfd: Float64Array,
  lengths: LengthScales,
): FullSample {
  const nonFinite = projections.reduce((sum, projection) => sum + projection.nonFinite, 0);
  const counted = { seed: settings.seed, nonFinite, lengths };
  return {
    ...sampleResult(partitionOf(total, settings.radii), settings, counted, nfd),
    sources: total.sources,
  };
}

export interface FullFigures {
  checkpoint: CheckpointInfo;
  network: Network;
  settings: AnalysisSettings;
  /** In network order. */
  projections: readonly SummedProjection[];
  /** Fractal dimensions of all sources, in network order. */
  nfd: Float64Array;
  whole: FullSample;
  nulls: SampleNulls | null;
  bootstrap: Omit<BlockBootstrap, 'values' | 'draws' | 'leaveOneOut'> & {
    values: BootstrapValues | null;
    /** The statistics without each of the units with these names. */
    without: { names: readonly (number | string)[]; values: BootstrapValues } | null;
  };
  /** The findings of a second look at the weights. */
  faults: Faults;
  timing: AnalysisResult['timing'];
}

export function summarizeFull(figures: FullFigures): Analysis {
  const { checkpoint, network, settings, projections, nfd, timing } = figures;
  const { result: observed, lnZ, sources } = figures.whole;
  const sample = { ...observed, nulls: figures.nulls };
  const { values, without, unit, units, reason } = figures.bootstrap;
  const nulls = summarizeNulls([sample], settings);
  const summary = summarize([sample]);
  const edges = projections.reduce((sum, projection) => sum + projection.edges, 0);
  const { beyond, warnings } = beyondOf([sample], settings, { edges });
  return {
    result: expectFinite({
      schema: ANALYSIS_SCHEMA,
      version: { engine: VERSION, algorithm: ALGORITHM_VERSION },
      checkpoint,
      settings,
      network: {
        projections: network.projections.length,
        blocks: network.blocks,
        sources,
        edges,
        wholeLayers: [],
        skipped: [...network.skipped],
        structure: networkStructure(network),
      },
      samples: [sample],
      summary: {
        ...summary,
        alpha0: withSpread(summary.alpha0, values?.alpha0),
        alpha0Exact: withSpread(summary.alpha0Exact, values?.alpha0Exact),
        width: withSpread(summary.width, values?.width),
      },
      perProjection: projections.map(({ result }) => result),
      bootstrap: {
        unit,
        units,
        draws: values ? BOOTSTRAP_DRAWS : 0,
        reason,
        leaveOneOut: without ? leftOut(without) : [],
        ...(values && { values: nullable(values) }),
      },
      ...figures.faults,
      nulls,
      beyond,
      warnings: [
        ...adapterWarnings(checkpoint),
        ...resultWarnings([sample], summary, figures.faults, 0),
        ...warnings,
        ...network.warnings,
        ...droppedWarning(network.projections),
      ],
      timing,
    }),
    arrays: [{ lnZ, nfd }],
  };
}

/** Gives a value without sampling error the spread and interval of its variation across layers. */
function withSpread(estimate: Estimate, drawn: readonly number[] | undefined): Estimate {
  const values = drawn?.filter(Number.isFinite) ?? [];
  if (estimate.mean === null || values.length < 2) return estimate;
  return { mean: estimate.mean, sd: sampleStandardDeviation(values), ci95: percentileInterval(values) };
}

function leftOut({
  names,
  values,
}: NonNullable<FullFigures['bootstrap']['without']>): BlockBootstrap['leaveOneOut'] {
  const { alpha0, alpha0Exact, width } = nullable(values);
  return names.map((block, i) => ({
    block,
    alpha0: alpha0[i]!,
    alpha0Exact: alpha0Exact[i]!,
    width: width[i]!,
  }));
}

/** Draws without a spectrum become null, so that equal draws of two checkpoints stay paired. */
function nullable(values: BootstrapValues): NonNullable<BlockBootstrap['values']> {
  const list = (numbers: readonly number[]): (number | null)[] =>
    numbers.map((value) => (Number.isFinite(value) ? value : null));
  return { alpha0: list(values.alpha0), alpha0Exact: list(values.alpha0Exact), width: list(values.width) };
}
