/** One run of the full network: divides the work, and adds up the results in network order. */
import {
  missingBootstrap,
  packUnits,
  type BootstrapValues,
  type PackedUnits,
} from '../core/analysis/full/blockBootstrap';
import {
  addCounts,
  emptyCounts,
  medianOf,
  middleCells,
  type PatternCounts,
} from '../core/analysis/full/medianLength';
import { FullMerge } from '../core/analysis/full/merge';
import { NullMerge } from '../core/analysis/full/nullMerge';
import { lengthScales, type Medians } from '../core/analysis/lengthScales';
import { gaussianOf, type Gathered } from '../core/analysis/nulls/fullNulls';
import { gaussianScales } from '../core/analysis/nulls/nullTensor';
import { sharedCountBytes, type PartSlice } from '../core/counting/projectionSums';
import { packedLength, unpackTotals } from '../core/counting/totals';
import {
  fullSample,
  summarizeFull,
  summarizeProjection,
  type SummedProjection,
} from '../core/analysis/full/summarizeFull';
import type { EdgeLengths } from '../core/counting/passes';
import {
  lengthOf,
  middleOf,
  narrowed,
  needsWideMedian,
  NO_PREFIX,
  noDigits,
  prefixesOf,
  WIDE_PASSES,
  type Prefix,
} from '../core/analysis/full/wideMedian';
import { divideWork, runsOfSmall } from '../core/analysis/full/units';
import { addDigest, emptyDigest, type RowDigest } from '../core/analysis/full/rowDigest';
import { waitingProjections } from '../core/analysis/memoryUse';
import type { PlannedProjection } from '../core/analysis/plan';
import { roundHalfEven } from '../core/multifractal/rounding';
import { TRANSFER } from '../core/multifractal/transfer';
import { BOOTSTRAP_DRAWS } from '../core/stats/bootstrap';
import { digestOf } from '../core/store/resultSource';
import type { AnalysisResult } from '../protocol/analysis';
import { Ahead } from './ahead';
import { AnalysisRun } from './analysisRun';
import type { DigestedAnalysis, ReportProgress } from './digested';
import { allOrStop } from './stopping';
import { SumSlots } from './sumSlots';

/** Number of passes over every projection for the median of 16-bit and 32-bit weights. */
const NARROW_PASSES = 2;

/** What a network's projections are summed with and into. */
interface SumsInHand {
  /** Of each projection's lengths. */
  scales: readonly number[];
  gaussianScale: number | null;
  /** By projection, which of its sources may be nodes. */
  common: readonly Uint8Array[] | null;
  /** The slices of each projection. */
  work: PartSlice[][][];
  /** The fractal dimensions of all sources, in shared memory. */
  nfd: Float64Array;
  /** Where those of each projection begin, and behind the last how many there are. */
  starts: number[];
  digest: RowDigest;
  merge: FullMerge;
  nullMerge: NullMerge | null;
  slots: SumSlots;
}

export class FullRun extends AnalysisRun {
  protected readonly common: FullRun | null = this.opened.common
    ? this.of(FullRun, this.opened.common)
    : null;

  get #projections(): readonly PlannedProjection[] {
    return this.plan.projections;
  }

  /** Progress counts projections. */
  async analyze(
    onProgress: ReportProgress | undefined,
    timing: () => AnalysisResult['timing'],
  ): Promise<DigestedAnalysis> {
    const { settings, opened } = this;
    const passes = 1 + (settings.scaleFree ? this.#medianPasses : 0);
    return this.#reporting(onProgress, passes, async () => {
      const drawn = await this.begin();
      const lengths = lengthScales(this.#projections, await this.#medians());
      const gaussianScale = await this.#gaussianScale();
      const common = (await this.common?.nodes()) ?? null;
      const merge = new FullMerge(
        opened.network.projections,
        roundHalfEven(settings.threshold),
        settings.q.length,
      );
      const nullMerge = settings.nulls && new NullMerge(settings, roundHalfEven(settings.threshold));
      const { projections, nfd, digest } = await this.#sumAll(
        lengths.scales,
        gaussianScale,
        common,
        merge,
        nullMerge,
      );
      const { units } = merge;
      const reason = missingBootstrap(units);
      const suspects = projections.flatMap(({ result, nonFinite }, i) =>
        nonFinite > 0 || result.nodes === 0 ? [i] : [],
      );
      const counting = projections.some(({ nonFinite }) => nonFinite > 0);
      const packed = reason ? null : packUnits(units);
      const [values, without, whole, faults] = await Promise.all([
        packed && this.#bootstrap(packed),
        packed && this.#withoutEach(packed),
        // Sorting the dimensions of all neurons takes this thread about as long as the workers take to draw.
        Promise.resolve().then(() => fullSample(merge.total, settings, projections, nfd, lengths)),
        this.examine(suspects, null, counting),
      ]);
      const analysis = summarizeFull({
        checkpoint: opened.info,
        network: opened.network,
        settings,
        projections,
        nfd,
        whole,
        nulls: nullMerge?.result() ?? null,
        bootstrap: {
          unit: units.every(({ kind }) => kind === 'block') ? 'block' : 'projection within role',
          units: units.length,
          reason,
          values,
          without: packed && without && { names: packed.names, values: without },
        },
        faults,
        timing: timing(),
      });
      return { analysis, digest: drawn ?? digestOf(opened.config, digest) };
    });
  }

  /** The digest that {@link analyze} would give. Progress counts projections. */
  async digest(onProgress: ReportProgress | undefined): Promise<string> {
    return this.#reporting(onProgress, 1, async () => {
      const drawn = await this.begin();
      if (drawn !== null) return drawn;
      const digest = emptyDigest();
      const work = divideWork(this.#projections, this.pool.threads);
      await this.readingAhead(null, () =>
        this.#each(async (projection, index) => {
          const shared = { projection, control: this.control.buffer, chunkBytes: this.chunkBytes };
          const subject = `${this.path} (${projection.name})`;
          const slices = work[index]!.map((slice) =>
            this.pool.run('digestSlices', { ...shared, slices: slice }, subject, this.stopping.kill),
          );
          for (const each of await allOrStop(slices, this.stopping)) addDigest(digest, each);
          this.advance();
        }),
      );
      return digestOf(this.opened.config, digest);
    });
  }

  /** Reports progress after every projection, in each of `passes`. */
  #reporting<T>(onProgress: ReportProgress | undefined, passes: number, work: () => Promise<T>): Promise<T> {
    return this.reporting(onProgress, passes * this.#projections.length, work);
  }

  async #sumAll(
    scales: readonly number[],
    gaussianScale: number | null,
    common: readonly Uint8Array[] | null,
    merge: FullMerge,
    nullMerge: NullMerge | null,
  ): Promise<{ projections: SummedProjection[]; nfd: Float64Array; digest: RowDigest }> {
    const { settings } = this;
    const work = divideWork(this.#projections, this.pool.threads);
    const { starts, sources } = sourcesOf(this.#projections);
    const nfd = new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT * sources));
    const waiting = waitingProjections(settings, this.pool.threads);
    const { bins } = merge.total;
    const sums = {
      ...{ scales, gaussianScale, common, merge, nullMerge, work, nfd },
      starts: [...starts, sources],
      digest: emptyDigest(),
      slots: new SumSlots(Float64Array.BYTES_PER_ELEMENT * packedLength(bins, settings.q.length)),
    };
    const ahead = new Ahead(waiting);
    // Every thread has a run in hand, and one that waits.
    const most = settings.nulls ? 1 : Math.max(1, Math.floor(waiting / (4 * this.pool.threads)));
    const runs = runsOfSmall(this.#projections, work, most);
    const projections = await this.readingAhead(null, () =>
      allOrStop(
        runs.slice(0, -1).map((from, i) => {
          const to = runs[i + 1]!;
          return ahead.run(to - 1, async () => {
            const alone = to - from === 1 && (settings.nulls !== null || work[from]!.length > 1);
            const summed = alone ? [await this.#sumOne(from, sums)] : await this.#sumTogether(from, to, sums);
            sums.slots.releaseBefore(merge.added);
            ahead.doneBefore(merge.added);
            this.advance(to - from);
            return summed;
          });
        }),
        this.stopping,
      ),
    );
    return { projections: projections.flat(), nfd, digest: sums.digest };
  }

  /** Sums projections `from` to `to`, exclusive, in one job. */
  async #sumTogether(from: number, to: number, sums: SumsInHand): Promise<SummedProjection[]> {
    const { transfer, threshold, q, radii } = this.settings;
    const { scales, common, starts, nfd, slots, merge } = sums;
    const indices = Array.from({ length: to - from }, (_, i) => from + i);
    const buffers = indices.map((index) => slots.take(index));
    const job = {
      plan: this.sharedPlan,
      from,
      lengths: indices.map((index) => ({ transfer, threshold, scale: scales[index]! })),
      common: common?.slice(from, to) ?? null,
      sums: buffers,
      dimensions: nfd.subarray(starts[from], starts[to]),
      ...{ q, radii, chunkBytes: this.chunkBytes, control: this.control.buffer },
    };
    const subject = `${this.path} (${this.#projections[from]!.name})`;
    const { digest, outcomes } = await this.pool.run('projections', job, subject, this.stopping.kill);
    addDigest(sums.digest, digest);
    return outcomes.map(({ edges, nonFinite, ...outcome }, i) => {
      const index = from + i;
      const totals = unpackTotals(new Float64Array(buffers[i]!), merge.total.bins, q.length);
      merge.add(index, { ...totals, edges, nonFinite });
      const figures = { ...outcome, sums: totals, nulls: null };
      return {
        result: summarizeProjection(this.opened.network.projections[index]!, figures),
        nonFinite,
        edges,
      };
    });
  }

  /** Sums a projection that is large, or has null models. */
  async #sumOne(index: number, sums: SumsInHand): Promise<SummedProjection> {
    const { settings, opened } = this;
    const { starts, digest, nfd, merge, nullMerge } = sums;
    const projection = this.#projections[index]!;
    const subject = `${this.path} (${projection.name})`;
    const { nulls, transfer, threshold, q, radii } = settings;
    const lengths: EdgeLengths = { transfer, threshold, scale: sums.scales[index]! };
    const control = this.control.buffer;
    const shared = { projection, lengths, control, chunkBytes: this.chunkBytes, nulls };
    const slices = sums.work[index]!;
    const counted =
      slices.length > 1 ? new SharedArrayBuffer(sharedCountBytes(projection, settings.threshold)) : null;
    let gathered: Gathered[] | null = null;
    if (counted) {
      const done = await allOrStop(
        slices.map((slice) =>
          this.pool.run('slices', { ...shared, slices: slice, counted }, subject, this.stopping.kill),
        ),
        this.stopping,
      );
      for (const each of done) addDigest(digest, each.digest);
      if (nulls) gathered = done.map((each) => each.gathered!);
    }
    const job = {
      ...shared,
      ...{ q, radii, counted, gathered, gaussianScale: sums.gaussianScale },
      common: sums.common?.[index] ?? null,
      dimensions: nfd.subarray(starts[index], starts[index + 1]),
    };
    const outcome = await this.pool.run('projection', job, subject, this.stopping.kill);
    addDigest(digest, outcome.digest);
    merge.add(index, outcome.sums);
    if (outcome.nulls) nullMerge?.add(index, outcome.nulls.sums);
    const { nonFinite, edges } = outcome.sums;
    const figures = { ...outcome, nulls: outcome.nulls?.nulls ?? null };
    return { result: summarizeProjection(opened.network.projections[index]!, figures), nonFinite, edges };
  }

  /** Which sources of each projection are nodes of this network. */
  protected async nodes(): Promise<Uint8Array[]> {
    await this.begin();
    const { scales } = lengthScales(this.#projections, await this.#medians());
    const { chunkBytes } = this;
    const { transfer, threshold, q } = this.settings;
    return this.readingAhead(null, () =>
      this.#each((projection, index) => {
        const lengths: EdgeLengths = { transfer, threshold, scale: scales[index]! };
        const job = { projection, lengths, q, chunkBytes, control: this.control.buffer };
        return this.pool.run('nodes', job, `${this.path} (${projection.name})`, this.stopping.kill);
      }),
    );
  }

  /** Number of passes over every projection for the median. */
  get #medianPasses(): number {
    return needsWideMedian(this.opened.plan) ? WIDE_PASSES : NARROW_PASSES;
  }

  /** The exact median edge lengths to which lengths are relative. */
  async #medians(): Promise<Medians> {
    const { scaleFree, transfer } = this.settings;
    if (!scaleFree) return null;
    if (scaleFree === 'network') return this.#medianLength();
    const { chunkBytes } = this;
    const control = this.control.buffer;
    return this.readingAhead(null, () =>
      this.#each(async (projection) => {
        const job = { projection, transfer, chunkBytes, control };
        const subject = `${this.path} (${projection.name})`;
        const median = await this.pool.run('median', job, subject, this.stopping.kill);
        this.advance(this.#medianPasses);
        return median;
      }),
    );
  }

  /** The factor for the lengths of Gaussian weights; null where each projection determines it itself. */
  async #gaussianScale(): Promise<number | null> {
    const { scaleFree, nulls } = this.settings;
    if (scaleFree === 'projection') return null;
    if (!scaleFree || !nulls) return 1;
    const moments = await this.moments();
    const weights = this.#projections.map((projection, i) => gaussianOf(projection, moments[i]!));
    return gaussianScales(this.settings, weights)[0] ?? 1;
  }

  /** The median of the whole network. */
  async #medianLength(): Promise<number | null> {
    if (needsWideMedian(this.opened.plan)) return this.#wideMedian();
    const first = await this.#countPatterns(null);
    const cells = middleCells(first);
    // A network with only 16-bit weights needs no further passes.
    if (cells.length === 0) this.advance(this.#projections.length);
    const second = cells.length > 0 ? await this.#countPatterns(cells) : emptyCounts(cells);
    return medianOf(first, cells, second, TRANSFER[this.settings.transfer]);
  }

  async #wideMedian(): Promise<number | null> {
    let counts = await this.#countDigits(0, [NO_PREFIX]);
    let sought = narrowed(middleOf(counts), 0, counts);
    for (let pass = 1; pass < WIDE_PASSES && sought.length > 0; pass++) {
      counts = await this.#countDigits(pass, prefixesOf(sought));
      sought = narrowed(sought, pass, counts);
    }
    return lengthOf(sought, TRANSFER[this.settings.transfer]);
  }

  async #countDigits(pass: number, prefixes: readonly Prefix[]): Promise<Float64Array> {
    const { chunkBytes } = this;
    const sum = noDigits(prefixes);
    await this.readingAhead(null, () =>
      this.#each(async (projection) => {
        const job = { projection, pass, prefixes, control: this.control.buffer, chunkBytes };
        const subject = `${this.path} (${projection.name})`;
        const counts = await this.pool.run('digits', job, subject, this.stopping.kill);
        for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + counts[i]!;
        this.advance();
      }),
    );
    return sum;
  }

  async #countPatterns(cells: number[] | null): Promise<PatternCounts> {
    const sum = emptyCounts(cells);
    await this.readingAhead(null, () =>
      this.#each(async (projection) => {
        const job = { projection, cells, control: this.control.buffer, chunkBytes: this.chunkBytes };
        addCounts(
          sum,
          await this.pool.run('patterns', job, `${this.path} (${projection.name})`, this.stopping.kill),
        );
        this.advance();
      }),
    );
    return sum;
  }

  #each<T>(work: (projection: PlannedProjection, index: number) => Promise<T>): Promise<T[]> {
    return allOrStop(this.#projections.map(work), this.stopping);
  }

  #withoutEach(units: PackedUnits): Promise<BootstrapValues> {
    const { q, radii } = this.settings;
    const job = { units, q, radii, control: this.control.buffer };
    return this.pool.run('withoutEach', job, this.path, this.stopping.kill);
  }

  /** Divides the draws into ranges of equal length. */
  async #bootstrap(units: PackedUnits): Promise<BootstrapValues> {
    const { threads } = this.pool;
    const bound = (i: number): number => Math.floor((i * BOOTSTRAP_DRAWS) / threads);
    const parts = await allOrStop(
      Array.from({ length: threads }, (_, i) => {
        const draws = { from: bound(i), to: bound(i + 1) };
        const { q, radii } = this.settings;
        const job = { units, q, radii, draws, control: this.control.buffer };
        return this.pool.run('bootstrap', job, this.path, this.stopping.kill);
      }),
      this.stopping,
    );
    return {
      alpha0: parts.flatMap(({ alpha0 }) => alpha0),
      alpha0Exact: parts.flatMap(({ alpha0Exact }) => alpha0Exact),
      width: parts.flatMap(({ width }) => width),
    };
  }
}

/** Where the sources of each projection begin among all of them, and how many there are. */
function sourcesOf(projections: readonly PlannedProjection[]): { starts: number[]; sources: number } {
  let sources = 0;
  const starts = projections.map((projection) => {
    const start = sources;
    sources += projection.sources;
    return start;
  });
  return { starts, sources };
}
