/**
 * The tensors of a checkpoint as columns: half a million of them go from a worker to a page in a few arrays; as many
 * objects would take seconds to copy and to validate. Repeated values (type and shape, role, reason, pieces of names)
 * are indices into short lists.
 */
import * as v from 'valibot';
import { namesSchema, NamePieces, type PackedNames } from './packedNames';
import { factSchema, type Fact } from './facts';
import { count } from './numbers';

const kindSchema = v.object({ dtype: v.string(), shape: v.array(count), bytes: count });
/** Element type, shape and size. */
export type TensorKind = v.InferOutput<typeof kindSchema>;

/** Replaces the index where a projection has no block. */
export const NONE = 0xffff_ffff;

export const packedTensorsSchema = v.object({
  pieces: v.array(v.string()),
  /** Per tensor, in natural order of names. */
  names: namesSchema,
  kinds: v.instance(Uint32Array),
  /** Its place in the order of the files. */
  places: v.instance(Uint32Array),
  /** Tensors that are left out, and the number of each one's reason. */
  skippedTensors: v.instance(Uint32Array),
  skippedReasons: v.instance(Uint32Array),
  kindList: v.array(kindSchema),
  reasonList: v.array(factSchema),
  roleList: v.array(v.string()),
  /** Per projection, in network order. */
  projectionNames: namesSchema,
  projectionRoles: v.instance(Uint32Array),
  projectionBlocks: v.instance(Uint32Array),
  projectionSources: v.instance(Float64Array),
  projectionTargets: v.instance(Float64Array),
  /** 1 where a row of the matrix holds one source's weights (`in-out`). */
  projectionTurned: v.instance(Uint8Array),
  /** The tensors that each is made of, those of all projections one after the other, and where each one's end. */
  projectionTensors: v.instance(Uint32Array),
  projectionEnds: v.instance(Uint32Array),
});
export type PackedTensors = v.InferOutput<typeof packedTensorsSchema>;

/** A tensor in a table: with its stored type, or the type of its elements. */
interface TableTensor {
  name: string;
  dtype: string;
  stored?: string;
  shape: readonly number[];
  bytes: number;
}

/** The input of a table. */
export interface TableOfTensors {
  /** In the order of the rows. */
  tensors: readonly TableTensor[];
  projections: readonly {
    name: string;
    block: number | null;
    role: string;
    parts: readonly { tensor: string }[];
    sources: number;
    targets: number;
    layout: 'out-in' | 'in-out';
  }[];
  /** Maps the tensor of a part to the names of stored tensors; by default to itself. */
  tensorsOf?: (tensor: string) => readonly string[];
  skipped: readonly { tensor: string; reason: Fact }[];
  /** The names of `tensors`, their rows and their places in the order of the files, where these are known already. */
  packed?: {
    names: PackedNames;
    pieces: NamePieces;
    rows: ReadonlyMap<string, number>;
    order: Uint32Array<ArrayBuffer>;
  };
}

/** Numbers values in the order of first use. */
class Numbering<T> {
  readonly list: T[] = [];
  readonly #numbers = new Map<string, number>();

  of(key: string, value: () => T): number {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.list.push(value()) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}

/** Numbers element types with shapes. Tensors of one kind mostly share the array of their shape. */
class Kinds {
  readonly #numbering = new Numbering<TensorKind>();
  readonly #byList = new Map<readonly number[], { dtype: string; bytes: number; number: number }>();

  get list(): TensorKind[] {
    return this.#numbering.list;
  }

  of({ dtype: elements, stored: dtype = elements, shape, bytes }: TableTensor): number {
    const known = this.#byList.get(shape);
    if (known?.dtype === dtype && known.bytes === bytes) return known.number;
    const kind = (): TensorKind => ({ dtype, shape: [...shape], bytes });
    const number = this.#numbering.of(`${dtype} ${bytes} ${shape.join(' ')}`, kind);
    this.#byList.set(shape, { dtype, bytes, number });
    return number;
  }
}

/** Numbers reasons. Equal reasons are mostly one object. */
class Reasons {
  readonly #numbering = new Numbering<Fact>();
  readonly #known = new Map<Fact, number>();

  get list(): Fact[] {
    return this.#numbering.list;
  }

  of(reason: Fact): number {
    let number = this.#known.get(reason);
    if (number === undefined) {
      number = this.#numbering.of(JSON.stringify(reason), () => reason);
      this.#known.set(reason, number);
    }
    return number;
  }
}

export function packTensors({
  tensors,
  projections,
  tensorsOf,
  skipped,
  packed,
}: TableOfTensors): PackedTensors {
  const kinds = new Kinds();
  const reasons = new Reasons();
  const roles = new Numbering<string>();
  const pieces = packed?.pieces ?? new NamePieces();
  const rows = packed?.rows ?? new Map(tensors.map(({ name }, row) => [name, row]));
  const projectionTensors: number[] = [];
  /** The last projection that each tensor is part of. */
  const last = new Uint32Array(tensors.length).fill(NONE);
  const use = (tensor: string, projection: number): void => {
    const row = rows.get(tensor)!;
    if (last[row] === projection) return;
    last[row] = projection;
    projectionTensors.push(row);
  };
  const projectionEnds = Uint32Array.from(projections, ({ parts }, index) => {
    for (const { tensor } of parts) {
      if (tensorsOf) for (const each of tensorsOf(tensor)) use(each, index);
      else use(tensor, index);
    }
    return projectionTensors.length;
  });
  return {
    names: packed?.names ?? pieces.pack(tensors.map(({ name }) => name)),
    kinds: Uint32Array.from(tensors, (tensor) => kinds.of(tensor)),
    places: packed?.order ?? Uint32Array.from(tensors, (_, row) => row),
    skippedTensors: Uint32Array.from(skipped, ({ tensor }) => rows.get(tensor)!),
    skippedReasons: Uint32Array.from(skipped, ({ reason }) => reasons.of(reason)),
    projectionNames: pieces.pack(projections.map(({ name }) => name)),
    projectionRoles: Uint32Array.from(projections, ({ role }) => roles.of(role, () => role)),
    projectionBlocks: Uint32Array.from(projections, ({ block }) => block ?? NONE),
    projectionSources: Float64Array.from(projections, ({ sources }) => sources),
    projectionTargets: Float64Array.from(projections, ({ targets }) => targets),
    projectionTurned: Uint8Array.from(projections, ({ layout }) => Number(layout === 'in-out')),
    projectionTensors: Uint32Array.from(projectionTensors),
    projectionEnds,
    pieces: pieces.list,
    kindList: kinds.list,
    reasonList: reasons.list,
    roleList: roles.list,
  };
}
