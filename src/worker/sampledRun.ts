/** One run of sampled networks: one job per sample, after jobs that read the rows of all samples once. */
import type { AnalyzedSample } from '../core/analysis/analyzeSample';
import { MOST_PACKED_BYTES, packedLayout, type PackedLayout } from '../core/analysis/packedWeights';
import { gaussianWeights } from '../core/emergence/gaussianNetwork';
import type { SampledNeurons } from '../core/sampling/drawNeurons';
import type { AnalysisSettings } from '../protocol/analysis';
import type { AnalysisProgress } from '../protocol/panel';
import type { SharedControl } from './control';
import type { OpenedCheckpoint } from './job';
import type { LimitedPool } from './limitedPool';
import type { PackedSample } from './sampledJobs';
import { allOrStop, type Stopping } from './stopping';

const PROGRESS_EVERY_MS = 100;

/** Reading jobs per thread that keep all threads busy to the end. */
const JOBS_PER_THREAD = 4;

export class SampledRun {
  #done = 0;
  #report: () => void = () => undefined;

  constructor(
    private readonly pool: LimitedPool,
    private readonly chunkBytes: number,
    private readonly path: string,
    private readonly opened: OpenedCheckpoint,
    private readonly settings: AnalysisSettings,
    private readonly control: SharedControl,
    private readonly stopping: Stopping,
  ) {}

  /** Progress counts samples. @returns them in order of their seeds. */
  async analyze(onProgress: ((progress: AnalysisProgress) => void) | undefined): Promise<AnalyzedSample[]> {
    const { samples: total, seed: first } = this.settings;
    this.#report = () => onProgress?.({ done: this.#done, total, bytesRead: this.control.bytesRead });
    const timer = setInterval(this.#report, PROGRESS_EVERY_MS);
    this.#report();
    try {
      const seeds = Array.from({ length: total }, (_, i) => first + i);
      return await this.#samples(seeds);
    } finally {
      clearInterval(timer);
    }
  }

  async #samples(seeds: readonly number[]): Promise<AnalyzedSample[]> {
    const { plan, gaussian } = this.opened;
    const drawn = gaussian ? await this.#gaussianWeights() : this.opened.drawn;
    const layout = packedLayout(plan, this.settings.neurons);
    if (drawn || layout.bytes > MOST_PACKED_BYTES)
      return this.#each(seeds, (seed) => this.#sample(seed, drawn, null));
    const together = Math.floor(MOST_PACKED_BYTES / Math.max(1, layout.bytes));
    const analyzed: AnalyzedSample[][] = [];
    for (let from = 0; from < seeds.length; from += together) {
      const batch = seeds.slice(from, from + together);
      const packed = await this.#pack(batch, layout);
      analyzed.push(await this.#each(batch, (seed, i) => this.#sample(seed, null, packed[i]!)));
    }
    return analyzed.flat();
  }

  /** Draws the neurons of samples and reads their weights. */
  async #pack(seeds: readonly number[], layout: PackedLayout): Promise<PackedSample[]> {
    const { plan } = this.opened;
    const { neurons } = this.settings;
    const draws = await allOrStop(
      inRuns(seeds, this.pool.threads).map((run) =>
        this.pool.run('sampleNeurons', { plan, neurons, seeds: run }, this.path, this.stopping.kill),
      ),
      this.stopping,
    );
    const drawn = draws.flat();
    const rooms = seeds.map(() => new SharedArrayBuffer(layout.bytes));
    const { projections } = plan;
    const indices = inRuns([...projections.keys()], JOBS_PER_THREAD * this.pool.threads);
    await allOrStop(
      indices.map((run) => {
        const [from, to] = [run[0]!, run.at(-1)! + 1];
        const work = {
          projections: projections.slice(from, to),
          offsets: layout.offsets.slice(from, to),
          neurons: transposed(drawn, from, to),
          rooms,
          control: this.control.buffer,
        };
        return this.pool.run('packSamples', work, this.path, this.stopping.kill);
      }),
      this.stopping,
    );
    return drawn.map((each, i) => ({ neurons: each, layout, room: rooms[i]! }));
  }

  /** Reads all weights of the network once. */
  async #gaussianWeights(): Promise<NonNullable<OpenedCheckpoint['drawn']>> {
    const { plan, network } = this.opened;
    const { chunkBytes } = this;
    const moments = await allOrStop(
      plan.projections.map((projection) => {
        const job = { projection, chunkBytes, control: this.control.buffer };
        return this.pool.run('moments', job, `${this.path} (${projection.name})`, this.stopping.kill);
      }),
      this.stopping,
    );
    return gaussianWeights(network, moments);
  }

  async #sample(
    seed: number,
    drawn: OpenedCheckpoint['drawn'],
    packed: PackedSample | null,
  ): Promise<AnalyzedSample> {
    const { plan } = this.opened;
    const job = { plan, drawn, settings: this.settings, seed, packed, control: this.control.buffer };
    const outcome = await this.pool.run('sample', job, this.#subject(seed), this.stopping.kill);
    this.#done++;
    this.#report();
    return outcome;
  }

  #each<T>(seeds: readonly number[], run: (seed: number, index: number) => Promise<T>): Promise<T[]> {
    return allOrStop(seeds.map(run), this.stopping);
  }

  #subject(seed: number): string {
    return `${this.path} (sample with seed ${seed})`;
  }
}

/** A list in order, in so many runs of about equal length, or as many as it has members. */
function inRuns<T>(list: readonly T[], count: number): T[][] {
  const runs = Math.min(count, list.length);
  const bound = (run: number): number => Math.floor((run * list.length) / runs);
  return Array.from({ length: runs }, (_, run) => list.slice(bound(run), bound(run + 1)));
}

/** The neurons of projections `from` … `to` (excluded), by projection rather than by sample. */
function transposed(
  samples: readonly (readonly SampledNeurons[])[],
  from: number,
  to: number,
): SampledNeurons[][] {
  return Array.from({ length: to - from }, (_, i) => samples.map((sample) => sample[from + i]!));
}
