/** All kinds of weights, and the only way to read rows of any of them. */
import type { StampedFile } from '../storage/stamp';
import { MASKED, WEIGHT_NORM, type ComputedRows } from './computed';
import { DRAWN, type DrawnRows } from './drawn';
import { ReadPredictor, type PredictedRanges } from './predictReads';
import { LOW_RANK, type LowRankRows } from './lowRank';
import { planeRows, type PlaneRows } from './planes';
import type { RowRun, RowSource, SourcePart, RowKind } from './rowSource';
import type { OpenFile } from './openFile';
import { GIVEN, storedRowBytes } from './stored';
import type { GivenRows, StoredTensor } from './place';

/** The source of rows, as plain data. */
export type Weights = GivenRows | LowRankRows | DrawnRows | ComputedRows | PlaneRows<GivenRows>;

/** A range of targets that a projection's network has in one matrix; see ProjectionPart. */
export interface PlannedPart extends SourcePart<Weights> {
  groups: number;
  /**
   * Parts of a projection with the same number belong to one tensor; a part without a number is a tensor of its own.
   */
  tensor?: number;
}

type Kinds = { [K in Weights['kind']]: RowKind<Extract<Weights, { kind: K }>> };

export const ROW_KINDS: Kinds = {
  stored: GIVEN,
  recipe: GIVEN,
  lowRank: LOW_RANK,
  drawn: DRAWN,
  weightNorm: WEIGHT_NORM,
  masked: MASKED,
  planes: planeRows(() => GIVEN),
};

/** The row of the part's own kind; TypeScript cannot track that relation through the table. */
function kindOf(part: PlannedPart): RowKind<Weights> {
  return ROW_KINDS[part.weights.kind];
}

export function rowBytesOf({ columns, taps, dtype }: PlannedPart): number {
  return storedRowBytes(dtype, columns * taps);
}

/** Bytes that are read from files for `rows` rows of a part. */
export function storedBytes(part: PlannedPart, rows: number): number {
  return kindOf(part).storedBytes(part, rows);
}

/** Memory that reading rows of a part takes in addition to the rows. */
export function heldBytes(part: PlannedPart): number {
  return kindOf(part).heldBytes(part);
}

/** The stored tensors from which a part's rows are computed; empty where the rows themselves are stored. */
export function madeOf(part: PlannedPart): StoredTensor[] {
  return kindOf(part).madeOf?.(part) ?? [];
}

/** Seconds of one thread for making the elements of `rows` rows, not counting reads. */
export function makingSeconds(part: PlannedPart, rows: number): number {
  return kindOf(part).seconds(part, rows);
}

/** Fills `into` with whole rows of a part from row `first` on, little-endian elements of the part's type. */
export interface ReadRows {
  (part: PlannedPart, first: number, into: Uint8Array): void;
  /** Fills `into` with several runs of rows, one after another. */
  runs?: (part: PlannedPart, runs: readonly RowRun[], into: Uint8Array) => void;
  /** See {@link RowSource.element}. */
  elementsOf?: (part: PlannedPart) => RowSource['element'];
  /** See {@link RowSource.ahead}. */
  ahead?: (part: PlannedPart, runs: () => readonly RowRun[]) => void;
}

function readEach(source: RowSource, rowBytes: number, runs: readonly RowRun[], into: Uint8Array): void {
  let at = 0;
  for (const { first, rows } of runs) {
    const end = at + rows * rowBytes;
    source.read(first, into.subarray(at, end));
    at = end;
  }
}

const predictorOf = (part: PlannedPart, isWanted: (file: StampedFile) => boolean): ReadPredictor =>
  new ReadPredictor((files) => kindOf(part).open(part, files), rowBytesOf(part), isWanted);

/** Which bytes reading runs of rows takes. */
export function predictedRanges(part: PlannedPart, runs: readonly RowRun[]): PredictedRanges[] {
  return predictorOf(part, () => true).next(runs) ?? [];
}

/**
 * Tells slow sources what rows that are decoded or computed will read of them. All rows are few reads anyway, unless a recipe decodes
 * them piece by piece.
 */
function aheadOfOthers(
  part: PlannedPart,
  runs: () => readonly RowRun[],
  files: OpenFile,
  predictor: ReadPredictor,
): void {
  // Of files on disks, nothing is opened for this but what is open.
  if (!predictor.isWanted) return;
  const wanted = runs();
  const rows = wanted.reduce((sum, each) => sum + each.rows, 0);
  if (part.weights.kind !== 'recipe' && rows >= part.rows) return;
  for (const { file, ranges } of predictor.next(wanted) ?? []) files(file).ahead?.(ranges);
}

/** Rows of any part. Data that a kind caches belongs to the part that was read last. */
export function partRows(files: OpenFile): ReadRows {
  let last: { part: PlannedPart; source: RowSource; predictor?: ReadPredictor } | undefined;
  const isSlow = (file: StampedFile): boolean => files(file).ahead !== undefined;
  const sourceOf = (part: PlannedPart): RowSource => {
    if (last?.part !== part) last = { part, source: kindOf(part).open(part, files) };
    return last.source;
  };
  const read = (part: PlannedPart, first: number, into: Uint8Array): void => {
    sourceOf(part).read(first, into);
  };
  return Object.assign(read, {
    runs: (part: PlannedPart, runs: readonly RowRun[], into: Uint8Array): void => {
      const source = sourceOf(part);
      if (source.readRuns) source.readRuns(runs, into);
      else readEach(source, rowBytesOf(part), runs, into);
    },
    elementsOf: (part: PlannedPart) => sourceOf(part).element,
    ahead: (part: PlannedPart, runs: () => readonly RowRun[]): void => {
      const source = sourceOf(part);
      if (source.ahead) source.ahead(runs);
      else if (part.weights.kind !== 'stored')
        aheadOfOthers(part, runs, files, (last!.predictor ??= predictorOf(part, isSlow)));
    },
  });
}
