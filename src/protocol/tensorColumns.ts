/** Tensors with numbers as columns: there may be half a million. */
import * as v from 'valibot';

export const tensorColumnsSchema = v.object({
  names: v.array(v.string()),
  shapes: v.array(v.string()),
  types: v.array(v.string()),
  /** Shape [tensors, numbers of each]; NaN where there is none. */
  numbers: v.instance(Float64Array),
});
export type TensorColumns = v.InferOutput<typeof tensorColumnsSchema>;

interface Tensor {
  name: string;
  shape: readonly number[];
  type: string;
  numbers: readonly (number | null | undefined)[];
}

export function columnsOf(tensors: readonly Tensor[]): TensorColumns {
  const width = tensors[0]?.numbers.length ?? 0;
  const numbers = new Float64Array(width * tensors.length);
  for (const [i, each] of tensors.entries())
    numbers.set(
      each.numbers.map((number) => number ?? Number.NaN),
      width * i,
    );
  return {
    names: tensors.map(({ name }) => name),
    shapes: tensors.map(({ shape }) => shapeText(shape)),
    types: tensors.map(({ type }) => type),
    numbers,
  };
}

export const shapeText = (shape: readonly number[]): string => shape.join(' × ') || '1';
