/** The tensors of a checkpoint, read from their columns. Nothing is created for a tensor before it is needed. */
import { nameAt, type PackedNames } from '../../src/protocol/packedNames';
import { wordsOf } from '../words/facts';
import { NONE, type PackedTensors, type TensorKind } from '../../src/protocol/tensorTable';

/** Names that consist of pieces. */
export class Names {
  readonly length: number;

  /** @throws Error when the columns do not fit each other. */
  constructor(
    private readonly packed: PackedNames,
    readonly pieces: readonly string[],
  ) {
    const { codes, ends } = packed;
    this.length = ends.length;
    expectCodes(codes, ends.at(-1) ?? 0, pieces.length);
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
    return nameAt(this.packed, this.pieces, index);
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
  /** By tensor, the number of its first projection in network order, or NONE. */
  readonly projections: Uint32Array;
  /** By tensor, a number in `reasonList`, or NONE. */
  readonly reasons: Uint32Array;
  /** By tensor, a number in `roleList`, or NONE for one that is left out. */
  readonly roles: Uint32Array;
  /** Number of projections. */
  readonly projectionCount: number;
  readonly #projectionNames: Names;
  /** By tensor, the number of projections that it is part of: a stack of experts is part of many. */
  readonly #uses: Uint32Array;

  /** @throws Error when the columns do not fit each other. */
  constructor(private readonly packed: PackedTensors) {
    this.names = new Names(packed.names, packed.pieces);
    this.#projectionNames = new Names(packed.projectionNames, packed.pieces);
    this.count = this.names.length;
    this.projectionCount = this.#projectionNames.length;
    this.kindList = packed.kindList;
    this.roleList = packed.roleList;
    this.reasonList = packed.reasonList.map(wordsOf);
    expectCodes(packed.kinds, this.count, packed.kindList.length);
    expectCodes(packed.projectionRoles, this.projectionCount, packed.roleList.length);
    for (const column of [
      packed.projectionBlocks,
      packed.projectionSources,
      packed.projectionTargets,
      packed.projectionTurned,
    ]) {
      expectLength(column, this.projectionCount);
    }
    this.projections = new Uint32Array(this.count).fill(NONE);
    this.#uses = new Uint32Array(this.count);
    this.#countUses(packed);
    this.reasons = reasonsOf(packed, this.count);
    this.roles = this.projections.map((projection) =>
      projection === NONE ? NONE : packed.projectionRoles[projection]!,
    );
  }

  /** By tensor, a number in `kindList`. */
  get kinds(): Uint32Array {
    return this.packed.kinds;
  }

  kind(tensor: number): TensorKind {
    return this.packed.kindList[this.packed.kinds[tensor]!]!;
  }

  /** The first of its projections, or null for a tensor that is left out. */
  projection(tensor: number): TensorProjection | null {
    const { packed } = this;
    const index = this.projections[tensor]!;
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

  /** The number of projections that it is part of. */
  uses(tensor: number): number {
    return this.#uses[tensor]!;
  }

  /** Why it is left out; null where it is not. */
  reason(tensor: number): string | null {
    if (this.projections[tensor] !== NONE) return null;
    return this.reasonList[this.reasons[tensor]!] ?? null;
  }

  #countUses({ projectionTensors, projectionEnds }: PackedTensors): void {
    expectCodes(projectionTensors, projectionEnds.at(-1) ?? 0, this.count);
    expectLength(projectionEnds, this.projectionCount);
    let at = 0;
    for (const [projection, end] of projectionEnds.entries()) {
      for (; at < end; at++) {
        const tensor = projectionTensors[at]!;
        if (this.#uses[tensor]!++ === 0) this.projections[tensor] = projection;
      }
    }
  }
}

/** By tensor, the number of the reason why it is left out, or NONE. @throws Error when the columns do not fit each other. */
function reasonsOf(
  { skippedTensors, skippedReasons, reasonList }: PackedTensors,
  count: number,
): Uint32Array {
  expectCodes(skippedTensors, skippedReasons.length, count);
  expectCodes(skippedReasons, skippedTensors.length, reasonList.length);
  const reasons = new Uint32Array(count).fill(NONE);
  for (const [i, tensor] of skippedTensors.entries()) reasons[tensor] = skippedReasons[i]!;
  return reasons;
}

/** The number of elements of a tensor of this kind. */
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

function expectCodes(column: Uint32Array, length: number, codes: number): void {
  expectLength(column, length);
  if (!column.every((code) => code < codes)) throw new Error('a table with a number that stands for nothing');
}
