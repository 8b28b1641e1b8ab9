/**
 * A scheme describes one way of storing quantized weights: which tensors of a module belong together, and how to
 * compute values from them.
 */
import type { DType } from '../checkpoint/dtype';
import { isDecodable } from '../checkpoint/dtype';
import type { TensorInfo } from '../checkpoint/types';
import type { Config } from '../network/types';
import type { Grid, PlainNumbers } from '../weights/recipes/grid';
import type { ScaledRecipe } from '../weights/recipes/scaled';

/** The tensors of one module. */
export interface Module {
  /** The text before its leaf names. */
  prefix: string;
  leaves: ReadonlyMap<string, TensorInfo>;
}

export interface Context {
  config: Config;
  /** Whether any weight of the checkpoint has scales beside it, or its configuration says so. */
  hasScales: boolean;
  /** The bytes of a small tensor, such as one that holds a shape. */
  read: (tensor: TensorInfo) => Uint8Array;
}

/** A weight whose values can be computed. */
export interface Decoded {
  /** The name that it would have if it were stored. */
  name: string;
  shape: readonly number[];
  /** The usual name of the type that it is decoded from. */
  stored: string;
  recipe: Omit<ScaledRecipe, 'kind'>;
  /** The stored tensors that it is decoded from; the one with its codes comes first. */
  parts: readonly [TensorInfo, ...TensorInfo[]];
  axes?: 'in-out';
}

/** The weights of a module that are stored in this way; empty where there are none. @throws Undecodable */
export type Scheme = (module: Module, context: Context) => Decoded[];

/** The error for a weight of a known packing that is not as it should be. */
export class Undecodable extends Error {}

/** @throws Undecodable saying what is wrong with a tensor. */
export function expectThat(
  condition: boolean,
  { name, dtype, shape }: TensorInfo,
  what: string,
): asserts condition {
  if (!condition) throw new Undecodable(`${name} of type ${dtype} and shape [${shape.join(', ')}] ${what}`);
}

/** @param types the types allowed; by default all readable ones. */
export function numbersOf(tensor: TensorInfo, types?: readonly DType[]): PlainNumbers {
  const { file, offset, dtype } = tensor;
  expectThat(
    types ? types.includes(dtype) : isDecodable(dtype) || dtype === 'F8_E8M0',
    tensor,
    'holds no numbers that can be read',
  );
  return { file, offset, dtype: dtype as PlainNumbers['dtype'] };
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, side) => size * side, 1);
}

/**
 * How scales relate to a weight, judged by their shape: one for all, for each matrix of a stack, for each row, or for
 * blocks.
 * @param block size of a block, where it is known.
 * @throws Undecodable where their shape does not decide.
 */
export function gridOf(
  scale: TensorInfo,
  weight: readonly number[],
  block?: readonly [number, number],
): Grid {
  const numbers = numbersOf(scale);
  const [rows = 1, columns = 1] = weight.slice(-2);
  const stack = weight.slice(0, -2);
  const all = sizeOf(stack) * rows;
  const count = sizeOf(scale.shape);
  // Scales of convolutions have dimensions of size 1 for the kernel.
  const own = scale.shape.length > 3 ? [scale.shape[0]!, sizeOf(scale.shape.slice(1))] : scale.shape;
  const shape = own.join();
  const isShape = (...sides: number[]): boolean => shape === [...stack, ...sides].join();
  if (count === 1) return { numbers, columns: 1, rowsEach: all, columnsEach: columns };
  if (isShape(rows, 1) || isShape(rows)) return { numbers, columns: 1, rowsEach: 1, columnsEach: columns };
  if (stack.length > 0 && (isShape() || isShape(1, 1)))
    return { numbers, columns: 1, rowsEach: rows, columnsEach: columns };
  const [down = 0, across = 0] = own.slice(-2);
  const [height, width] = block ?? blockOf(rows, columns, down, across);
  const fits = height > 0 && down === Math.ceil(rows / height) && across === Math.ceil(columns / width);
  // Blocks do not extend from one matrix of a stack into the next.
  const whole = stack.length === 0 || rows % height === 0;
  expectThat(
    fits && whole && isShape(down, across),
    scale,
    `are no scales of a weight of shape [${weight.join(', ')}]`,
  );
  return { numbers, columns: across, rowsEach: height, columnsEach: width };
}

/** Blocks of 128 × 128 weights, or ranges of equal length in each row. */
function blockOf(rows: number, columns: number, down: number, across: number): readonly [number, number] {
  if (down === Math.ceil(rows / 128) && across === Math.ceil(columns / 128)) return [128, 128];
  return down === rows && across > 0 && columns % across === 0 ? [1, columns / across] : [0, 0];
}

/** The value of a configuration below these keys. */
export function configured(config: Config, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((value, key) => (Object(value) as Record<string, unknown>)[key], config);
}

/** An integer from `least` to `most`, otherwise undefined. */
export function wholeNumber(value: unknown, least: number, most: number): number | undefined {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
    ? (value as number)
    : undefined;
}
