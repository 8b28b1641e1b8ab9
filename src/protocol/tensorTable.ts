/**
 * The tensors of a checkpoint as columns: half a million of them cross from a worker to a page in a few arrays, where as
 * many objects would take seconds to copy and to check.
 *
 * What repeats (type and shape, role, reason) is a number into a short list. So are the pieces of names, which end behind
 * each dot: half a million names are made of some thousand, and searching names is searching those.
 */
import * as v from 'valibot';
import type { Inspection } from './inspection';

const namesSchema = v.object({
  /** Numbers in `pieces`, those of all names one after the other. */
  codes: v.instance(Uint32Array),
  /** Where each name ends in `codes`. */
  ends: v.instance(Uint32Array),
});
export type PackedNames = v.InferOutput<typeof namesSchema>;

const kindSchema = v.object({ dtype: v.string(), shape: v.array(v.number()), bytes: v.number() });
/** Element type and shape, with the size that follows from them. */
export type TensorKind = v.InferOutput<typeof kindSchema>;

/** Stands where a tensor has no projection, a projection no block, or a tensor no reason. */
export const NONE = 0xffff_ffff;

export const packedTensorsSchema = v.object({
  pieces: v.array(v.string()),
  /** Per tensor, in natural order of names. */
  names: namesSchema,
  kinds: v.instance(Uint32Array),
  /** The first projection that it is part of. */
  projections: v.instance(Uint32Array),
  /** How many it is part of: a stack of experts is many. */
  uses: v.instance(Uint32Array),
  /** Why it is left out. */
  reasons: v.instance(Uint32Array),
  kindList: v.array(kindSchema),
  reasonList: v.array(v.string()),
  roleList: v.array(v.string()),
  /** Per projection, in network order. */
  projectionNames: namesSchema,
  projectionRoles: v.instance(Uint32Array),
  projectionBlocks: v.instance(Uint32Array),
  projectionSources: v.instance(Float64Array),
  projectionTargets: v.instance(Float64Array),
  /** 1 where a row of the matrix holds one source's weights (`in-out`). */
  projectionTurned: v.instance(Uint8Array),
});
export type PackedTensors = v.InferOutput<typeof packedTensorsSchema>;

/** Numbers values in the order in which they first come. */
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

/** @param tensors in the order in which rows are to be. */
export function packTensors(
  tensors: Inspection['tensors'],
  { projections, skipped }: Pick<Inspection, 'projections' | 'skipped'>,
): PackedTensors {
  const kinds = new Numbering<TensorKind>();
  const reasons = new Numbering<string>();
  const roles = new Numbering<string>();
  const pieces = new Numbering<string>();
  const first = new Map<string, number>();
  const uses = new Map<string, number>();
  projections.forEach(({ tensors: parts }, index) => {
    for (const tensor of new Set(parts)) {
      if (!first.has(tensor)) first.set(tensor, index);
      uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
    }
  });
  const reasonOf = new Map(
    skipped.map(({ tensor, reason }) => [tensor, reasons.of(reason, () => reason)] as const),
  );
  return {
    names: packNames(tensors, pieces),
    kinds: Uint32Array.from(tensors, ({ dtype, shape, bytes }) =>
      kinds.of(`${dtype} ${shape.join(' ')}`, () => ({ dtype, shape: [...shape], bytes })),
    ),
    projections: Uint32Array.from(tensors, ({ name }) => first.get(name) ?? NONE),
    uses: Uint32Array.from(tensors, ({ name }) => uses.get(name) ?? 0),
    reasons: Uint32Array.from(tensors, ({ name }) => reasonOf.get(name) ?? NONE),
    projectionNames: packNames(projections, pieces),
    projectionRoles: Uint32Array.from(projections, ({ role }) => roles.of(role, () => role)),
    projectionBlocks: Uint32Array.from(projections, ({ block }) => block ?? NONE),
    projectionSources: Float64Array.from(projections, ({ sources }) => sources),
    projectionTargets: Float64Array.from(projections, ({ targets }) => targets),
    projectionTurned: Uint8Array.from(projections, ({ layout }) => Number(layout === 'in-out')),
    pieces: pieces.list,
    kindList: kinds.list,
    reasonList: reasons.list,
    roleList: roles.list,
  };
}

function packNames(named: readonly { name: string }[], pieces: Numbering<string>): PackedNames {
  const codes: number[] = [];
  const ends = Uint32Array.from(named, ({ name }) => {
    for (let at = 0; at < name.length;) {
      const dot = name.indexOf('.', at);
      const end = dot < 0 ? name.length : dot + 1;
      const piece = name.slice(at, end);
      codes.push(pieces.of(piece, () => piece));
      at = end;
    }
    return codes.length;
  });
  return { codes: Uint32Array.from(codes), ends };
}
