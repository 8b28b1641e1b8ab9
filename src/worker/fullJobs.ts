/** The jobs of the full network. */
import { summarizeNfd } from '../core/analysis/analyzeSample';
import {
  bootstrapUnits,
  leaveOneOut,
  type BootstrapValues,
  type PackedUnits,
} from '../core/analysis/full/blockBootstrap';
import { projectionMedian } from '../core/analysis/full/projectionMedian';
import { countPatterns, type PatternCounts } from '../core/analysis/full/medianLength';
import { packTotals, partitionOf } from '../core/counting/totals';
import { gaussianNull, momentsPass, SeenMoments } from '../core/analysis/full/gaussianNull';
import {
  countsByPass,
  countSlices,
  leaveOut,
  nodesOf,
  sumProjection,
  type PartSlice,
  type ProjectionSums,
} from '../core/counting/projectionSums';
import { forEachChunk, inputBytes, type CountIo } from '../core/counting/chunks';
import { addDigest, digestInput, emptyDigest, type RowDigest } from '../core/analysis/full/rowDigest';
import type { CodePass, EdgeLengths } from '../core/counting/passes';
import { countDigits, type Prefix } from '../core/analysis/full/wideMedian';
import type { PlannedProjection } from '../core/analysis/plan';
import type { Kernel } from '../core/multifractal/kernel/kernel';
import { TRANSFER } from '../core/multifractal/transfer';
import type { RadiusCodes } from '../core/multifractal/radiusCodes';
import { momentSteps } from '../core/multifractal/momentSteps';
import { spectrumFiguresIfAny, type SpectrumFigures } from '../core/multifractal/spectrum';
import {
  drawNulls,
  joinGathered,
  NullGathering,
  type Gathered,
  type NullSums,
} from '../core/analysis/nulls/fullNulls';
import { rowBytesOf } from '../core/weights/kinds';
import type { NfdSummary, RadiiRule, Transfer } from '../protocol/analysis';
import type { NullSettings, ProjectionNulls } from '../protocol/nulls';
import { JobSession } from './session';
import { planOf, type GivenPlan } from './sharedPlan';
import { workerKernel, workerPasses } from './workerKernel';

interface FullJob {
  projection: PlannedProjection;
  lengths: EdgeLengths;
  chunkBytes: number;
  control: SharedArrayBuffer;
}

function prepare(lengths: EdgeLengths): { kernel: Kernel; passes: CodePass[] } {
  return { kernel: workerKernel(), passes: workerPasses(lengths) };
}

/** A counter, and the digest of all bytes passed to it. */
function digesting(
  kernel: Kernel,
  projection: PlannedProjection,
  gathering?: NullGathering | null,
  moments?: SeenMoments | null,
): { digest: RowDigest; onInput: NonNullable<CountIo['onInput']> } {
  const digest = emptyDigest();
  const onInput: CountIo['onInput'] = (part, rows) => {
    digestInput(kernel, projection, projection.parts.indexOf(part), rows, digest);
    if (!gathering && !moments) return;
    const bytes = kernel.input((rows.to - rows.from) * rowBytesOf(part));
    gathering?.onInput(part, rows, bytes);
    moments?.onInput(part, rows.from, bytes);
  };
  return { digest, onInput };
}

/**
 * Counts slices of a projection, and adds them to the shared counts, one array after another per pass.
 * @returns the digest of the slices, and what null models need from them.
 */
function slices(
  job: FullJob & { slices: PartSlice[]; counted: SharedArrayBuffer; nulls: NullSettings | null },
): { digest: RowDigest; gathered: Gathered | null } {
  const { kernel, passes } = prepare(job.lengths);
  return JobSession.run(job.control, job.projection.name, ({ read, checkCancelled }) => {
    const io = { read, advance: checkCancelled, chunkBytes: job.chunkBytes };
    const counted = countsByPass(job.counted, job.projection, passes);
    const gathering = job.nulls && new NullGathering(kernel, job.projection);
    const { digest, onInput } = digesting(kernel, job.projection, gathering);
    for (const [i, pass] of passes.entries()) {
      const own = i === 0 ? { ...io, onInput } : io;
      countSlices(kernel, pass, job.projection, job.slices, counted[i]!, own, (part) => {
        if (pass.codes.spectrum) gathering?.onPart(part, pass.codes);
      });
    }
    return { digest, gathered: gathering?.gathered ?? null };
  });
}

/** The digest of these slices, without counting them. */
function digestSlices(job: Omit<FullJob, 'lengths'> & { slices: PartSlice[] }): RowDigest {
  const { projection, chunkBytes } = job;
  const kernel = workerKernel();
  return JobSession.run(job.control, projection.name, ({ read, checkCancelled }) => {
    const { digest, onInput } = digesting(kernel, projection);
    const io = { read, advance: checkCancelled, chunkBytes, onInput };
    for (const { part, ...rows } of job.slices) {
      const planned = projection.parts[part]!;
      kernel.begin(0, 0, inputBytes(planned, chunkBytes));
      forEachChunk(kernel, planned, rows, io, () => undefined);
    }
    return digest;
  });
}

export interface ProjectionOutcome {
  /** Digest of the rows that this job counted; none where slices have been counted already. */
  digest: RowDigest;
  sums: Omit<ProjectionSums, 'nfd'>;
  nfd: NfdSummary;
  /** Figures of the projection alone. */
  spectrum: SpectrumFigures | null;
  gaussian: SpectrumFigures | null;
  nulls: { sums: NullSums; nulls: ProjectionNulls } | null;
}

interface ProjectionJob extends FullJob {
  q: number[];
  radii: RadiiRule;
  counted: SharedArrayBuffer | null;
  nulls: NullSettings | null;
  /** See `drawNulls`. */
  gaussianScale: number | null;
  /** What was gathered from slices that are already counted. */
  gathered: Gathered[] | null;
  /** By source, which may be nodes; null for all. */
  common: Uint8Array | null;
  /** A shared array that receives the fractal dimensions of the sources. */
  dimensions: Float64Array;
}

/** Counts (unless slices have been counted) and folds a projection. */
function projection(job: ProjectionJob): ProjectionOutcome {
  return JobSession.run(job.control, job.projection.name, (session) => sumOne(job, session));
}

/** What {@link projections} says about each, besides the sums. */
export type SummedOutcome = Omit<ProjectionOutcome, 'digest' | 'sums' | 'nulls'> &
  Pick<ProjectionSums, 'edges' | 'nonFinite'>;

/** Counts and folds projections that follow each other. */
function projections(
  job: Pick<ProjectionJob, 'q' | 'radii' | 'chunkBytes' | 'control' | 'dimensions'> & {
    plan: GivenPlan;
    from: number;
    lengths: readonly EdgeLengths[];
    common: readonly Uint8Array[] | null;
    /** Of each: takes its sums, see `packTotals`. */
    sums: readonly SharedArrayBuffer[];
  },
): { digest: RowDigest; outcomes: SummedOutcome[] } {
  const { from, lengths, common, sums: slots, dimensions, ...shared } = job;
  const plan = planOf(job.plan);
  const digest = emptyDigest();
  let source = 0;
  return JobSession.run(job.control, plan.projections[from]!.name, (session) => {
    const outcomes = slots.map((slot, i): SummedOutcome => {
      const planned = plan.projections[from + i]!;
      const own = {
        projection: planned,
        lengths: lengths[i]!,
        common: common?.[i] ?? null,
        dimensions: dimensions.subarray(source, source + planned.sources),
      };
      source += planned.sources;
      const without = { counted: null, nulls: null, gaussianScale: null, gathered: null };
      const { sums, digest: rows, nulls: _, ...outcome } = sumOne({ ...shared, ...own, ...without }, session);
      addDigest(digest, rows);
      packTotals(sums, new Float64Array(slot));
      return { ...outcome, edges: sums.edges, nonFinite: sums.nonFinite };
    });
    return { digest, outcomes };
  });
}

function sumOne(job: ProjectionJob, { read, checkCancelled }: JobSession): ProjectionOutcome {
  const { kernel, passes } = prepare(job.lengths);
  const orders = momentSteps(job.q);
  const gathering = job.nulls && new NullGathering(kernel, job.projection);
  const seen = job.counted || !momentsPass(job.projection) ? null : new SeenMoments(job.projection);
  const { digest, onInput } = digesting(kernel, job.projection, gathering, seen);
  const io = { read, advance: checkCancelled, chunkBytes: job.chunkBytes, onInput };
  const counted = job.counted && countsByPass(job.counted, job.projection, passes);
  const onPart = gathering?.onPart;
  const { common } = job;
  const onNodes = (counts: Uint32Array, codes: RadiusCodes): void => {
    if (common) leaveOut(counts, codes, common.length, (source) => common[source] === 1);
  };
  const { nfd, ...sums } = sumProjection(
    ...([kernel, passes, job.projection, orders, counted, io, onPart, onNodes] as const),
  );
  job.dimensions.set(nfd);
  const gaussian = gaussianNull(kernel, passes, job.projection, job.q, job.radii, read, seen);
  checkCancelled();
  const partition = partitionOf(sums, job.radii);
  const pass = passes.find(({ codes }) => codes.spectrum)!;
  const gathered = job.gathered ? joinGathered(job.gathered) : gathering?.gathered;
  const nulls =
    job.nulls && gathered
      ? drawNulls(kernel, pass, job.projection, gathered, { ...job, nulls: job.nulls }, checkCancelled)
      : null;
  return {
    digest,
    sums,
    nfd: summarizeNfd(nfd),
    spectrum: spectrumFiguresIfAny(kernel, partition, job.q),
    gaussian,
    nulls,
  };
}

/** Which sources of a projection are nodes, 1 or 0 each. */
function nodes(job: FullJob & { q: number[] }): Uint8Array {
  const { kernel, passes } = prepare(job.lengths);
  return JobSession.run(job.control, job.projection.name, ({ read, checkCancelled }) => {
    const io = { read, advance: checkCancelled, chunkBytes: job.chunkBytes };
    let found: Uint8Array = new Uint8Array();
    const { projection } = job;
    sumProjection(kernel, passes, projection, momentSteps(job.q), null, io, undefined, (counts, codes) => {
      found = nodesOf(counts, codes, projection.sources);
    });
    return found;
  });
}

/** Counts bit patterns of a projection, for the median edge length. */
function patterns(job: Omit<FullJob, 'lengths'> & { cells: number[] | null }): PatternCounts {
  return JobSession.run(job.control, job.projection.name, ({ read, checkCancelled }) =>
    countPatterns(workerKernel(), job.projection, job.cells, {
      read,
      advance: checkCancelled,
      chunkBytes: job.chunkBytes,
    }),
  );
}

/** Counts 16 bits of the patterns of a projection's weights, for the median edge length among 64-bit ones. */
function digits(job: Omit<FullJob, 'lengths'> & { pass: number; prefixes: readonly Prefix[] }): Float64Array {
  return JobSession.run(job.control, job.projection.name, ({ read, checkCancelled }) =>
    countDigits(job.projection, job.pass, job.prefixes, {
      read,
      advance: checkCancelled,
      chunkBytes: job.chunkBytes,
    }),
  );
}

/** The median edge length of a projection alone. */
function median(job: Omit<FullJob, 'lengths'> & { transfer: Transfer }): number | null {
  const { projection, transfer, chunkBytes } = job;
  return JobSession.run(job.control, projection.name, ({ read, checkCancelled }) =>
    projectionMedian(workerKernel(), projection, TRANSFER[transfer], {
      read,
      advance: checkCancelled,
      chunkBytes,
    }),
  );
}

function bootstrap(job: {
  units: PackedUnits;
  q: number[];
  radii: RadiiRule;
  draws: { from: number; to: number };
  control: SharedArrayBuffer;
}): BootstrapValues {
  return JobSession.run(job.control, 'resampling blocks', ({ checkCancelled }) =>
    bootstrapUnits(workerKernel(), job.units, job, job.draws, checkCancelled),
  );
}

function withoutEach(job: {
  units: PackedUnits;
  q: number[];
  radii: RadiiRule;
  control: SharedArrayBuffer;
}): BootstrapValues {
  return JobSession.run(job.control, 'leaving blocks out', ({ checkCancelled }) =>
    leaveOneOut(workerKernel(), job.units, job, checkCancelled),
  );
}

export const fullJobs = {
  slices,
  digestSlices,
  projection,
  projections,
  nodes,
  patterns,
  digits,
  median,
  bootstrap,
  withoutEach,
};
