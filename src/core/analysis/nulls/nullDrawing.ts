/** Draws the null models of one sample while it is counted: no weight is read again. */
import type { AnalysisSettings } from '../../../protocol/analysis';
import type { NullKind, NullSample, SampleNulls } from '../../../protocol/nulls';
import type { CodePass } from '../../counting/passes';
import type { CountListener, SampleCounter } from '../../counting/sampleSums';
import { addTotals, emptyTotals, partitionOf, type GridTotals } from '../../counting/totals';
import { addFew, type FewSums } from '../../multifractal/kernel/fewOrders';
import { momentSteps } from '../../multifractal/momentSteps';
import type { PartitionSums } from '../../multifractal/partition';
import type { RadiusCodes } from '../../multifractal/radiusCodes';
import type { SpectrumFigures } from '../../multifractal/spectrum';
import { aliasTable, type AliasTable } from '../../stats/alias';
import { drawingKey } from '../../weights/drawn';
import { joinMoments, NO_MOMENTS, type Moments } from '../../stats/moments';
import { inputMoments } from '../moments';
import type { AnalysisPlan, PlannedPart } from '../plan';
import { fewOrders, figuresOfFew, firstDraw, nullSample } from './figures';
import {
  deckOf,
  gaussianChances,
  gaussianScales,
  streamOf,
  type GaussianWeights,
  type NullTensor,
} from './nullTensor';

/** The known facts about a tensor so far. */
interface Gathered extends Pick<NullTensor, 'key' | 'first' | 'slots'> {
  /** Its index in the network. */
  projection: number;
  /** The number of edges by code. */
  pool: Uint32Array;
  moments: Moments;
}

/** Projections whose sources are counted together. */
interface Batch {
  pass: CodePass;
  sources: number;
  largest: number;
  tensors: (NullTensor & { projection: number })[];
}

export class NullDrawing implements CountListener {
  /** Tensors of the current batch, by projection and tensor. */
  #tensors = new Map<string, Gathered>();
  /** Of the current projection: its edges by code and by source, over all parts so far. */
  #before = { projection: -1, pool: new Uint32Array(), slots: new Uint32Array() };
  readonly #batches: Batch[] = [];

  constructor(
    private readonly io: Pick<SampleCounter, 'kernel' | 'checkCancelled'>,
    private readonly plan: AnalysisPlan,
    private readonly settings: AnalysisSettings,
    private readonly seed: number,
  ) {}

  onWeights(projection: number, part: PlannedPart, bytes: Uint8Array, elements: number): void {
    const tensor = this.#tensorOf(projection, part);
    const [count, mean, squares] = inputMoments(this.io.kernel, part.dtype, bytes, 1, elements);
    tensor.moments = joinMoments(tensor.moments, { count: count!, mean: mean!, squares: squares! });
  }

  onPart(projection: number, part: PlannedPart, codes: RadiusCodes, first: number, sources: number): void {
    if (this.#before.projection !== projection) {
      const [pool, slots] = [new Uint32Array(codes.size), new Uint32Array(sources)];
      this.#before = { projection, pool, slots };
    }
    const tensor = this.#tensorOf(projection, part);
    if (tensor.pool.length === 0) {
      tensor.first = first;
      tensor.pool = new Uint32Array(codes.size);
      tensor.slots = new Uint32Array(sources);
    }
    const { counts } = this.io.kernel;
    const before = this.#before;
    const pool = new Uint32Array(codes.size);
    for (let source = 0; source < sources; source++) {
      const row = counts.subarray((first + source) * codes.size, (first + source + 1) * codes.size);
      let edges = 0;
      for (let code = 0; code < codes.size; code++) {
        edges += row[code]!;
        pool[code] = pool[code]! + row[code]!;
      }
      tensor.slots[source] = tensor.slots[source]! + edges - before.slots[source]!;
      before.slots[source] = edges;
    }
    const run = codes.spectrum!;
    for (let code = 0; code < codes.size; code++) {
      const into = code >= run.first && code <= run.last ? code : codes.beyond;
      tensor.pool[into] = tensor.pool[into]! + pool[code]! - before.pool[code]!;
    }
    before.pool = pool;
  }

  onBatch(pass: CodePass, sources: number, largest: number): void {
    const tensors = [...this.#tensors.values()].map(({ moments, pool, ...tensor }) => {
      const { count, mean, squares } = moments;
      return { ...tensor, deck: deckOf(pool), mean, deviation: count === 0 ? 0 : Math.sqrt(squares / count) };
    });
    this.#batches.push({ pass, sources, largest, tensors });
    this.#tensors = new Map();
  }

  /** Draws the nulls, once everything has been counted. */
  result(): SampleNulls {
    const weights = this.plan.projections.map((): GaussianWeights[] => []);
    for (const { projection, slots, ...moments } of this.#batches.flatMap(({ tensors }) => tensors))
      weights[projection]!.push({ ...moments, edges: slots.reduce((sum, edges) => sum + edges, 0) });
    const scales = gaussianScales(this.settings, weights);
    const tables = this.#batches.map(({ pass, tensors }) =>
      tensors.map((tensor) =>
        aliasTable(gaussianChances(tensor, pass, { ...this.settings, scale: scales[tensor.projection]! })),
      ),
    );
    return { shuffled: this.#drawsOf('shuffled', tables), gaussian: this.#drawsOf('gaussian', tables) };
  }

  /** Draws the first network with all moments, and the others with few moments where these give the same. */
  #drawsOf(kind: NullKind, tables: readonly AliasTable[][]): NullSample {
    const { q, nulls } = this.settings;
    const orders = momentSteps(q);
    const few = fewOrders(q);
    const { kernel } = this.io;
    const all = (draw: number): PartitionSums => {
      let totals: GridTotals | null = null;
      this.#eachBatch(kind, draw, tables, ({ pass: { codes }, sources }, bins) => {
        const { degrees: _, ...sums } = kernel.fold(sources, codes, codes.spectrum!, bins, orders);
        totals ??= emptyTotals(bins, q.length);
        addTotals(totals, { ...sums, sources, edgesKept: 0 });
      });
      return partitionOf(totals!, this.settings.radii);
    };
    const some = (draw: number): SpectrumFigures | null => {
      let totals: FewSums | null = null;
      this.#eachBatch(kind, draw, tables, ({ pass: { codes }, sources }, bins) => {
        const sums = kernel.foldFew(sources, codes, codes.spectrum!, bins, few);
        totals = totals ? addFew(totals, sums) : sums;
      });
      return figuresOfFew(totals!, q, this.settings.radii);
    };
    const first = firstDraw(all(0), q);
    const rest = Array.from({ length: nulls!.draws - 1 }, (_, i) =>
      first?.steady ? some(i + 1) : (firstDraw(all(i + 1), q)?.figures ?? null),
    );
    return nullSample([first?.figures ?? null, ...rest], first?.curve ?? null);
  }

  #eachBatch(
    kind: NullKind,
    draw: number,
    tables: readonly AliasTable[][],
    fold: (batch: Batch, bins: number) => void,
  ): void {
    const { kernel, checkCancelled } = this.io;
    for (const [b, batch] of this.#batches.entries()) {
      const { codes } = batch.pass;
      kernel.begin(batch.sources, batch.largest, 0, codes.size);
      for (const [i, tensor] of batch.tensors.entries()) {
        const random = streamOf(tensor, kind, this.seed, draw);
        const { deck, slots, first } = tensor;
        if (kind === 'shuffled') kernel.countShuffled(deck, slots, first, random);
        else kernel.countDrawn(tables[b]![i]!, slots, first, random);
      }
      fold(batch, codes.radius[codes.spectrum!.last]!);
      checkCancelled();
    }
  }

  #tensorOf(projection: number, part: PlannedPart): Gathered {
    const { name, parts } = this.plan.projections[projection]!;
    const place = part.tensor ?? parts.indexOf(part);
    const key = `${projection} ${place}`;
    let tensor = this.#tensors.get(key);
    if (!tensor) {
      tensor = {
        projection,
        key: drawingKey(name, place),
        first: 0,
        slots: new Uint32Array(),
        pool: new Uint32Array(),
        moments: NO_MOMENTS,
      };
      this.#tensors.set(key, tensor);
    }
    return tensor;
  }
}
