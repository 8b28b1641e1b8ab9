/**
 * A second look at weights that cannot be edges: which tensors hold NaN or infinity, and which layers are all zeros.
 */
import type { AnalysisResult } from '../../protocol/analysis';
import type { Fact } from '../../protocol/facts';
import { decode, isDecodable } from '../checkpoint/dtype';
import { MAX_READ_BYTES, columnsOf, pickParts, type PickedPart } from '../counting/pick';
import type { Projection } from '../network/types';
import type { SampledNeurons } from '../sampling/drawNeurons';
import { madeOf, rowBytesOf, type PlannedPart, type ReadRows } from '../weights/kinds';
import type { OpenFile } from '../weights/openFile';
import { valuesOf } from '../weights/stored';
import type { StoredTensor } from '../weights/place';
import type { PlannedProjection } from './plan';

/** The findings for a part; each weight is counted once, however many samples take it. */
export interface ExaminedPart {
  read: number;
  nonFinite: number;
  allZero: boolean;
  /** For computed weights: the stored tensors, among those they are made of, that hold NaN or infinity. */
  from: string[];
}

/**
 * Reads the weights of a projection again.
 * @param samples whose weights are examined; null: all weights.
 * @param counting whether to count NaN and infinity; otherwise reading ends at the first weight that is not 0.
 * @param checkCancelled called between reads; throws to stop.
 */
export function examineProjection(
  projection: PlannedProjection,
  samples: readonly SampledNeurons[] | null,
  counting: boolean,
  io: { read: ReadRows; files: OpenFile; checkCancelled: () => void },
): ExaminedPart[] {
  const picks = samples?.map((neurons) => pickParts(projection, neurons));
  return projection.parts.map((part, i) => {
    const own = picks?.map((parts) => parts[i]!);
    const found = { read: 0, nonFinite: 0, allZero: true };
    if (!counting && startsNonZero(part, own, io.read))
      return { read: 1, nonFinite: 0, allZero: false, from: [] };
    for (const weights of own ? pickedWeights(part, own, io.read) : allWeights(part, io.read)) {
      io.checkCancelled();
      for (const weight of weights) {
        if (weight !== 0) found.allZero = false;
        if (!Number.isFinite(weight)) found.nonFinite++;
      }
      found.read += weights.length;
      if (!counting && !found.allZero) break;
    }
    const from = found.nonFinite > 0 ? tensorsWithNonFinite(part, io.files) : [];
    return { ...found, from };
  });
}

/** Whether the first row that is taken has a weight that is not 0, as nearly all have: to look at all rows takes longer. */
function startsNonZero(part: PlannedPart, picks: readonly PickedPart[] | undefined, read: ReadRows): boolean {
  if (!picks) return part.rows > 0 && readRows(part, 0, 1, read).some(isNotZero);
  return picks.some((picked) => {
    const { rows, columns } = picked;
    if (rows.neurons.length === 0) return false;
    const weights = readRows(part, rows.neurons[0]!, 1, read);
    const { from, to, first } = columnsOf(picked, 0);
    return columns.neurons.subarray(from, to).some((column) => {
      const at = (column - first) * part.taps;
      return weights.subarray(at, at + part.taps).some(isNotZero);
    });
  });
}

function isNotZero(weight: number): boolean {
  return weight !== 0;
}

function* allWeights(part: PlannedPart, read: ReadRows): Generator<Float64Array> {
  const rowBytes = rowBytesOf(part);
  const together = Math.max(1, Math.floor(MAX_READ_BYTES / 8 / rowBytes));
  for (let first = 0; first < part.rows; first += together) {
    yield readRows(part, first, Math.min(together, part.rows - first), read);
  }
}

/** Row by row: the weights that any of the samples takes. */
function* pickedWeights(
  part: PlannedPart,
  picks: readonly PickedPart[],
  read: ReadRows,
): Generator<Float64Array> {
  const takers = new Map<number, [PickedPart, number][]>();
  for (const picked of picks) {
    for (const [i, row] of picked.rows.neurons.entries()) {
      takers.set(row, [...(takers.get(row) ?? []), [picked, i]]);
    }
  }
  const taken = new Uint8Array(part.columns);
  for (const [row, entries] of takers) {
    taken.fill(0);
    for (const [picked, i] of entries) {
      const { from, to, first } = columnsOf(picked, i);
      for (let column = from; column < to; column++) taken[picked.columns.neurons[column]! - first] = 1;
    }
    yield readRows(part, row, 1, read).filter((_, i) => taken[Math.floor(i / part.taps)] === 1);
  }
}

function readRows(part: PlannedPart, first: number, rows: number, read: ReadRows): Float64Array {
  const bytes = new Uint8Array(rows * rowBytesOf(part));
  read(part, first, bytes);
  const weights = new Float64Array(rows * part.columns * part.taps);
  decode(part.dtype, bytes, weights);
  return weights;
}

function tensorsWithNonFinite(part: PlannedPart, files: OpenFile): string[] {
  const holdsSome = (tensor: StoredTensor): boolean => {
    if (!isDecodable(tensor.dtype)) return false; // such as a mask of bytes
    for (const values of valuesOf(tensor, files)) if (!values.every(Number.isFinite)) return true;
    return false;
  };
  return madeOf(part)
    .filter(holdsSome)
    .map(({ tensor }) => tensor);
}

/** A tensor with weights that are NaN or infinite. */
export type NonFiniteTensor = NonNullable<AnalysisResult['nonFinite']>[number];

/** What results say about weights that cannot be edges; a list is present only where it has entries. */
export type Faults = Pick<AnalysisResult, 'nonFinite' | 'zero'>;

/**
 * The findings by tensor, in network order, and the projections that are all zeros.
 * @param examined by projection; null for those that were not examined.
 */
export function faultsOf(
  projections: readonly Projection[],
  examined: readonly (readonly ExaminedPart[] | null)[],
): Faults {
  const byTensor = new Map<string, Required<NonFiniteTensor>>();
  const zero: NonNullable<Faults['zero']> = [];
  for (const [i, { name, block, parts }] of projections.entries()) {
    const own = examined[i];
    if (!own) continue;
    if (own.every(({ allZero }) => allZero) && own.some((part) => part.read > 0)) {
      zero.push({ projection: name, block, tensors: [...new Set(parts.map(({ tensor }) => tensor))] });
    }
    for (const [j, { nonFinite, read, from }] of own.entries()) {
      const { tensor } = parts[j]!;
      const sum = byTensor.get(tensor) ?? { tensor, count: 0, of: 0, from: [] };
      sum.count += nonFinite;
      sum.of += read;
      sum.from = [...new Set([...sum.from, ...from])];
      byTensor.set(tensor, sum);
    }
  }
  const nonFinite = [...byTensor.values()]
    .filter(({ count }) => count > 0)
    .map(({ from, ...rest }) => ({ ...rest, ...(from.length > 0 && { from }) }));
  return { ...(nonFinite.length > 0 && { nonFinite }), ...(zero.length > 0 && { zero }) };
}

/** The warnings about these findings. */
export function faultWarnings({ nonFinite, zero }: Faults): Fact[] {
  const list: Fact[] = [];
  if (nonFinite) {
    const [{ tensor, from }] = nonFinite as [NonFiniteTensor];
    list.push({
      code: 'non-finite-tensors',
      weights: nonFinite.reduce((sum, { count }) => sum + count, 0),
      of: nonFinite.reduce((sum, each) => sum + each.of, 0),
      tensor,
      from: from?.[0] ?? null,
      more: nonFinite.length - 1,
    });
  }
  if (zero) list.push({ code: 'zero-weights', projection: zero[0]!.projection, more: zero.length - 1 });
  return list;
}
