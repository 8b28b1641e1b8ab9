/** Values as files contain them: contiguous, or made by a recipe. */
import type { GivenRows, Place, StoredTensor } from './place';
import { decode, DTYPE_BITS, type DType } from '../checkpoint/dtype';
import { readAt, type ByteRange } from '../storage/storage';
import { recipeKind } from './recipes/table';
import type { RowKind, RowRun, SourcePart } from './rowSource';
import type { OpenFile } from './openFile';

interface ElementRun {
  first: number;
  elements: number;
}

/** Fills `into` with whole elements from element `first` of a place on. */
export interface ReadElements {
  (first: number, into: Uint8Array): void;
  /** As `RowSource.readRuns`, by elements. */
  runs?: (runs: readonly ElementRun[], into: Uint8Array) => void;
  /** As `RowSource.ahead`, by elements. */
  ahead?: (runs: () => readonly ElementRun[]) => void;
}

export function openPlace(place: Place, files: OpenFile): ReadElements {
  const { dtype } = place;
  if (place.kind === 'stored') {
    const source = files(place.file);
    const read: ReadElements = (first, into) => {
      readAt(source, place.offset + storedRowBytes(dtype, first), into);
    };
    const rangeOf = ({ first, elements }: ElementRun): ByteRange => ({
      offset: place.offset + storedRowBytes(dtype, first),
      bytes: storedRowBytes(dtype, elements),
    });
    read.runs = (runs, into) => {
      source.read(runs.map(rangeOf), into);
    };
    if (source.ahead)
      read.ahead = (runs) => {
        source.ahead!(runs().map(rangeOf));
      };
    return read;
  }
  const { recipe, whole, skip } = place;
  const source = recipeKind(recipe).open(recipe, { dtype, elements: whole }, files);
  return (first, into) => {
    source.read(skip + first, into);
  };
}

/** Bytes that are read from files for `elements` elements of a place. */
export function placeBytes(place: Place, elements: number): number {
  if (place.kind === 'stored') return storedRowBytes(place.dtype, elements);
  const { recipe, dtype, whole, skip } = place;
  return recipeKind(recipe).storedBytes(recipe, { dtype, elements: whole }, skip, elements);
}

/** Memory that an open place takes in addition to its output. */
export function placeHeldBytes(place: Place): number {
  if (place.kind === 'stored') return 0;
  const { recipe, dtype, whole } = place;
  return recipeKind(recipe).heldBytes(recipe, { dtype, elements: whole });
}

/** Seconds of one thread for this many elements of a place, not counting reads. */
export function placeSeconds(place: Place, elements: number): number {
  return place.kind === 'stored' ? 0 : recipeKind(place.recipe).seconds(place.recipe, elements);
}

/** Number of values to read at once. */
const VALUES_AT_ONCE = 2 ** 16;

/** The values of a stored tensor, range by range. */
export function* valuesOf(tensor: StoredTensor, files: OpenFile): Generator<Float64Array> {
  const { dtype, elements } = tensor;
  const read = openPlace(tensor, files);
  read.ahead?.(() => [{ first: 0, elements }]);
  for (let from = 0; from < elements; from += VALUES_AT_ONCE) {
    const values = new Float64Array(Math.min(VALUES_AT_ONCE, elements - from));
    const bytes = new Uint8Array(storedRowBytes(dtype, values.length));
    read(from, bytes);
    decode(dtype, bytes, values);
    yield values;
  }
}

export function storedRowBytes(dtype: DType, elements: number): number {
  return (elements * DTYPE_BITS[dtype]) / 8;
}

export const GIVEN: RowKind<GivenRows> = {
  open(part, files) {
    const width = part.columns * part.taps;
    const read = openPlace(placeOf(part), files);
    const { ahead, runs: readRuns } = read;
    const elementsOf = ({ first, rows }: RowRun): ElementRun => ({
      first: first * width,
      elements: rows * width,
    });
    return {
      read(first, into) {
        read(first * width, into);
      },
      readRuns:
        readRuns &&
        ((runs, into) => {
          readRuns(runs.map(elementsOf), into);
        }),
      ahead:
        ahead &&
        ((runs) => {
          ahead(() => runs().map(elementsOf));
        }),
    };
  },
  storedBytes: (part, rows) => placeBytes(placeOf(part), rows * part.columns * part.taps),
  heldBytes: (part) => placeHeldBytes(placeOf(part)),
  seconds: (part, rows) => placeSeconds(placeOf(part), rows * part.columns * part.taps),
};

function placeOf({ dtype, weights }: SourcePart<GivenRows>): Place {
  return { dtype, ...weights };
}
