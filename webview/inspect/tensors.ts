/** The tensors of a checkpoint, read from their columns. Nothing is made for a tensor before it is looked at. */
import type { PackedNames } from '../../src/protocol/packedNames';
import { wordsOf } from '../words/facts';
import { NONE, type PackedTensors, type TensorKind } from '../../src/protocol/tensorTable';

/** Names that are made of pieces. */
export class Names {
  readonly length: number;

  /** @throws Error when the columns do not fit each other. */
  constructor(
    private readonly packed: PackedNames,
    readonly pieces: readonly string[],
  ) {
    const { codes, ends } = packed;
    this.length = ends.length;
    expectCodes(codes, ends.at(-1) ?? 0, pieces.length, false);
    if (!ends.every((end, i) => i === 0 || end >= ends[i - 1]!))
      throw new Error('a table of names out of order');
  }

  /** The numbers of all pieces of all names. */
  get codes(): Uint32Array {
    return this.packed.codes;
  }

  /** Where each name ends in `codes`. */
  get ends(): Uint32Array {
    return this.packed.ends;
  }

  at(index: number): string {
    const { codes, ends } = this.packed;
    let name = '';
    for (let i = index === 0 ? 0 : ends[index - 1]!; i < ends[index]!; i++) name += this.pieces[codes[i]!]!;
    return name;
  }
}

/** A projection that a tensor is part of. */
export interface TensorProjection {
  name: string;
  role: string;
  block: number | null;
  sources: number;
  targets: number;
  turned: boolean;
}

export class Tensors {
  readonly count: number;
  readonly names: Names;
  readonly kindList: readonly TensorKind[];
  readonly roleList: readonly string[];
  readonly reasonList: readonly string[];
  /** By tensor, a number in `roleList`, or NONE for one that is left out. */
  readonly roles: Uint32Array;
  /** Number of projections. */
  readonly projectionCount: number;
  readonly #projectionNames: Names;

  /** @throws Error when the columns do not fit each other. */
  constructor(private readonly packed: PackedTensors) {
    this.names = new Names(packed.names, packed.pieces);
    this.#projectionNames = new Names(packed.projectionNames, packed.pieces);
    this.count = this.names.length;
    this.projectionCount = this.#projectionNames.length;
    this.kindList = packed.kindList;
    this.roleList = packed.roleList;
    this.reasonList = packed.reasonList.map(wordsOf);
    expectCodes(packed.kinds, this.count, packed.kindList.length, false);
    expectCodes(packed.projections, this.count, this.projectionCount, true);
    expectCodes(packed.reasons, this.count, packed.reasonList.length, true);
    expectCodes(packed.projectionRoles, this.projectionCount, packed.roleList.length, false);
    for (const column of [
      packed.projectionBlocks,
      packed.projectionSources,
      packed.projectionTargets,
      packed.projectionTurned,
    ]) {
      expectLength(column, this.projectionCount);
    }
    expectLength(packed.uses, this.count);
    this.roles = packed.projections.map((projection) =>
      projection === NONE ? NONE : packed.projectionRoles[projection]!,
    );
  }

  /** By tensor, a number in `kindList`. */
  get kinds(): Uint32Array {
    return this.packed.kinds;
  }

  /** By tensor, the number of its first projection in network order, or NONE. */
  get projections(): Uint32Array {
    return this.packed.projections;
  }

  /** By tensor, a number in `reasonList`, or NONE. */
  get reasons(): Uint32Array {
    return this.packed.reasons;
  }

  kind(tensor: number): TensorKind {
    return this.packed.kindList[this.packed.kinds[tensor]!]!;
  }

  /** The first of its projections, or null for a tensor that is left out. */
  projection(tensor: number): TensorProjection | null {
    const { packed } = this;
    const index = packed.projections[tensor]!;
    if (index === NONE) return null;
    const block = packed.projectionBlocks[index]!;
    return {
      name: this.#projectionNames.at(index),
      role: packed.roleList[packed.projectionRoles[index]!]!,
      block: block === NONE ? null : block,
      sources: packed.projectionSources[index]!,
      targets: packed.projectionTargets[index]!,
      turned: packed.projectionTurned[index] === 1,
    };
  }

  /** How many projections it is part of. */
  uses(tensor: number): number {
    return this.packed.uses[tensor]!;
  }

  /** Why it is left out; null where it is not. */
  reason(tensor: number): string | null {
    if (this.packed.projections[tensor] !== NONE) return null;
    return this.reasonList[this.packed.reasons[tensor]!] ?? null;
  }
}

/** Elements of a tensor of this kind. */
export function parametersOf({ shape }: TensorKind): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** "2048 × 512"; a single number has no dimensions. */
export function shapeText({ shape }: TensorKind): string {
  return shape.join(' × ');
}

function expectLength(column: ArrayLike<number>, length: number): void {
  if (column.length !== length) throw new Error('a table whose columns differ in length');
}

function expectCodes(column: Uint32Array, length: number, codes: number, orNone: boolean): void {
  expectLength(column, length);
  if (!column.every((code) => code < codes || (orNone && code === NONE)))
    throw new Error('a table with a number that stands for nothing');
}
