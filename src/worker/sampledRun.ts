/** One run of sampled networks: one job per sample, after jobs that read the rows of all samples once. */
import type { AnalyzedSample } from '../core/analysis/analyzeSample';
import { decode, isDecodable } from '../core/checkpoint/dtype';
import { MAX_PACKED_BYTES, packedLayout } from '../core/counting/pack';
import type { Faults } from '../core/analysis/examine';
import { summarizeAnalysis } from '../core/analysis/summarize';
import { drawingOf, sampleSize } from '../core/sampling/drawNeurons';
import { storedRowBytes } from '../core/weights/stored';
import { digestOf } from '../core/store/resultSource';
import type { AnalysisResult } from '../protocol/analysis';
import { AnalysisRun, inRuns, JOBS_PER_THREAD } from './analysisRun';
import type { DigestedAnalysis, ReportProgress } from './digested';
import type { PackedSample } from './sampledJobs';
import { allOrStop } from './stopping';

/** A job waits for no more bytes from elsewhere, so that all threads read what is on its way. */
const JOB_BYTES = 2 ** 21;

/** Pairs of weights of a projection. */
const LOOKED_AT = 4096;

/** And whether it was kept before. */
type Packed = PackedSample & { recalled: boolean };

export class SampledRun extends AnalysisRun {
  protected readonly common: SampledRun | null = this.opened.common
    ? this.of(SampledRun, this.opened.common)
    : null;
  readonly #layout = packedLayout(this.plan, this.settings.neurons);
  /** Buffers for the weights of the samples of a batch, used again by the next: shared memory is freed late. */
  readonly #buffers: SharedArrayBuffer[] = [];

  /** Progress counts samples. */
  async analyze(
    onProgress: ReportProgress | undefined,
    timing: () => AnalysisResult['timing'],
  ): Promise<DigestedAnalysis> {
    const { info, network } = this.opened;
    const { settings } = this;
    return this.#reporting(onProgress, async (seeds) => {
      const { samples, digest } = await this.#samples(seeds);
      const faults = await this.#faults(samples, seeds);
      return { analysis: summarizeAnalysis(info, network, settings, samples, timing(), faults), digest };
    });
  }

  /** The digest that {@link analyze} would give. Progress counts samples. */
  async digest(onProgress: ReportProgress | undefined): Promise<string | null> {
    return this.#reporting(onProgress, async (seeds) => {
      const drawn = await this.begin();
      if (drawn !== null) return drawn;
      if (!this.#fits) return null;
      const hashes: string[] = [];
      for (const batch of this.#batches(seeds)) {
        const packed = await this.#pack(batch);
        const [hashed] = await allOrStop([this.#hash(packed), this.#keep(batch, packed)], this.stopping);
        for (const hash of hashed) hashes.push(hash);
        this.advance(batch.length);
      }
      return digestOf(this.opened.config, ...hashes);
    });
  }

  /** Works on the seeds of all samples, and reports how many are done. */
  #reporting<T>(onProgress: ReportProgress | undefined, work: (seeds: number[]) => Promise<T>): Promise<T> {
    const { samples, seed: first } = this.settings;
    return this.reporting(onProgress, samples, () =>
      work(Array.from({ length: samples }, (_, i) => first + i)),
    );
  }

  /** @returns the samples in order of their seeds. */
  async #samples(seeds: readonly number[]): Promise<{ samples: AnalyzedSample[]; digest: string | null }> {
    const drawn = await this.begin();
    await this.common?.begin();
    if (!this.#fits) {
      const samples = await this.#each(seeds, (seed) => this.#sample(seed, null));
      return { samples, digest: drawn };
    }
    const samples: AnalyzedSample[] = [];
    const hashes: string[] = [];
    for (const batch of this.#batches(seeds)) {
      const packed = await this.#pack(batch);
      const [analyzed, hashed] = await allOrStop(
        [
          this.#each(batch, (seed, i) => this.#sample(seed, packed[i]!)),
          this.#hash(packed),
          this.#keep(batch, packed),
        ],
        this.stopping,
      );
      for (const each of analyzed) samples.push(each);
      for (const each of hashed) hashes.push(each);
    }
    return { samples, digest: drawn ?? digestOf(this.opened.config, ...hashes) };
  }

  /** Projections to examine for weights that can be no edges: all where any weight is NaN, else those without fractal dimensions. */
  async #faults(samples: readonly AnalyzedSample[], seeds: readonly number[]): Promise<Faults> {
    const { projections, draws } = this.plan;
    const counting = samples.some(({ result }) => result.nonFinite > 0);
    let end = 0;
    const suspects = projections.flatMap(({ sampling }, i) => {
      const start = end;
      end += sampleSize(draws[sampling.sources]!, this.settings.neurons);
      const dimensionless = ({ arrays }: AnalyzedSample): boolean =>
        arrays.nfd.subarray(start, end).every(Number.isNaN);
      return counting || (samples.every(dimensionless) && !this.#holdsWeight(i)) ? [i] : [];
    });
    return this.examine(suspects, seeds, counting);
  }

  /** Whether one of the first weights in memory that a sample takes of a projection is not 0: it need not be read again. */
  #holdsWeight(index: number): boolean {
    const buffer = this.#buffers[0];
    const { offsets, bytes } = this.#layout;
    const [first, ...others] = this.plan.projections[index]!.parts;
    if (!buffer || !first || !isDecodable(first.dtype) || others.some(({ dtype }) => dtype !== first.dtype))
      return false;
    const from = offsets[index]!;
    const capacity = (offsets[index + 1] ?? bytes) - from;
    const size = storedRowBytes(first.dtype, 2);
    const pairs = Math.min(LOOKED_AT, Math.floor(capacity / size));
    const weights = new Float64Array(2 * pairs);
    decode(first.dtype, new Uint8Array(buffer, from, pairs * size), weights);
    return weights.some((weight) => weight !== 0);
  }

  /** Whether the weights of at least one sample fit into memory. */
  get #fits(): boolean {
    return this.#layout.bytes <= MAX_PACKED_BYTES;
  }

  /** The seeds of samples whose weights are in memory together. */
  *#batches(seeds: readonly number[]): Generator<readonly number[]> {
    const together = Math.floor(MAX_PACKED_BYTES / Math.max(1, this.#layout.bytes));
    for (let from = 0; from < seeds.length; from += together) yield seeds.slice(from, from + together);
  }

  /** SHA-256 of the weights of each sample, in the order in which it visits them. */
  async #hash(packed: readonly PackedSample[]): Promise<string[]> {
    const job = { buffers: packed.map(({ buffer }) => buffer), control: this.control.buffer };
    return this.pool.run('hashSamples', job, this.path, this.stopping.kill);
  }

  /** Draws the neurons of samples and reads their weights, but for those that are kept. */
  async #pack(seeds: readonly number[]): Promise<Packed[]> {
    const plan = this.sharedPlan;
    const drawing = drawingOf(this.settings);
    const draws = await allOrStop(
      inRuns(seeds, this.pool.threads).map((run) =>
        this.pool.run('sampleNeurons', { plan, drawing, seeds: run }, this.path, this.stopping.kill),
      ),
      this.stopping,
    );
    const drawn = draws.flat();
    const buffers = seeds.map((_, i) => this.#bufferOf(i));
    const recalled = await this.#recall(seeds, buffers);
    const missing = seeds.flatMap((_, i) => (recalled[i] ? [] : [i]));
    const samples = missing.map((i) => ({ drawn: drawn[i]!, buffer: buffers[i]! }));
    if (samples.length > 0) await this.#read(samples);
    return drawn.map((each, i) => ({
      drawn: each,
      buffer: buffers[i]!,
      recalled: recalled[i] ?? false,
    }));
  }

  /** Fills the buffers of samples. */
  async #read(samples: readonly PackedSample[]): Promise<void> {
    const { pool, path, stopping, sharedPlan: plan } = this;
    const { neurons } = this.settings;
    const control = this.control.buffer;
    await this.readingAhead({ neurons, drawn: samples.map(({ drawn }) => drawn) }, (bytes) => {
      const jobs = Math.max(JOBS_PER_THREAD * pool.threads, Math.ceil((bytes ?? 0) / JOB_BYTES));
      return allOrStop(
        inRuns([...this.plan.projections.keys()], jobs).map((run) => {
          const [from, to] = [run[0]!, run.at(-1)! + 1];
          const work = { plan, from, to, neurons, samples, control };
          return pool.run('packSamples', work, path, stopping.kill);
        }),
        stopping,
      );
    });
  }

  /** Fills buffers with weights that are kept. @returns which. */
  async #recall(seeds: readonly number[], buffers: readonly SharedArrayBuffer[]): Promise<boolean[]> {
    const { kept, path, pool, stopping } = this;
    return kept ? pool.run('recallSamples', { kept, seeds, buffers }, path, stopping.kill) : [];
  }

  /** Keeps weights that were read. */
  async #keep(seeds: readonly number[], packed: readonly Packed[]): Promise<void> {
    const { kept, path, pool, stopping } = this;
    const read = packed.flatMap(({ recalled, buffer }, i) => (recalled ? [] : [{ seed: seeds[i]!, buffer }]));
    if (!kept || read.length === 0) return;
    const job = { kept, seeds: read.map(({ seed }) => seed), buffers: read.map(({ buffer }) => buffer) };
    await pool.run('keepSamples', job, path, stopping.kill);
  }

  /** Buffer `i` of a batch, filled with zeros, because the digest covers all of it. */
  #bufferOf(i: number): SharedArrayBuffer {
    const used = this.#buffers[i];
    if (used) new Uint8Array(used).fill(0);
    return (this.#buffers[i] ??= new SharedArrayBuffer(this.#layout.bytes));
  }

  async #sample(seed: number, packed: PackedSample | null): Promise<AnalyzedSample> {
    const common = this.common?.sharedPlan ?? null;
    const { sharedPlan: plan, settings } = this;
    const job = { plan, settings, seed, packed, common, control: this.control.buffer };
    const outcome = await this.pool.run('sample', job, this.#subject(seed), this.stopping.kill);
    this.advance();
    return outcome;
  }

  #each<T>(seeds: readonly number[], run: (seed: number, index: number) => Promise<T>): Promise<T[]> {
    return allOrStop(seeds.map(run), this.stopping);
  }

  #subject(seed: number): string {
    return `${this.path} (sample with seed ${seed})`;
  }
}
