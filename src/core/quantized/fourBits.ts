/** 4-bit weights in bytes: bitsandbytes' NF4 and FP4, and MXFP4 as GPT-OSS is published. */
import type { TensorInfo } from '../checkpoint/types';
import type { Grid } from '../weights/recipes/grid';
import { expectThat, numbersOf, sizeOf, wholeNumber, type Decoded, type Module, type Scheme } from './scheme';

const STATE = /^weight\.quant_state\.bitsandbytes__(nf4|fp4)$/;

/** @see `QuantState` of bitsandbytes (`functional.py`): a JSON text in a tensor of bytes describes the weight. */
export const bitsandbytes: Scheme = (module, { read }) => {
  const { prefix, leaves } = module;
  const weight = leaves.get('weight');
  const key = [...leaves.keys()].find((leaf) => STATE.test(leaf));
  if (weight?.dtype !== 'U8' || key === undefined) return [];
  const state = leaves.get(key)!;
  const { shape, blocksize, nested_blocksize: run, nested_offset: plus } = stateOf(state, read);
  const block = wholeNumber(blocksize, 1, 2 ** 20);
  const isShape =
    Array.isArray(shape) && shape.length > 1 && shape.every((side) => wholeNumber(side, 1, 2 ** 31));
  expectThat(isShape && block !== undefined, state, 'does not give the shape and the blocks of a weight');
  const sides = shape as number[];
  const size = sizeOf(sides);
  expectThat(
    sizeOf(weight.shape) === Math.ceil(size / 2) && size % 2 === 0,
    weight,
    `does not hold ${size} weights of 4 bits`,
  );
  const [absmax, map] = [leaf(module, weight, 'weight.absmax'), leaf(module, weight, 'weight.quant_map')];
  const blocks = Math.ceil(size / block);
  expectThat(sizeOf(absmax.shape) === blocks, absmax, `does not hold a scale for each of ${blocks} blocks`);
  expectThat(map.dtype === 'F32' && sizeOf(map.shape) === 16, map, 'is no table of 16 numbers');
  // Blocks continue from one row to the next.
  const own = sides.at(-1)!;
  const columns = own % block === 0 ? own : block;
  expectThat(size % columns === 0, weight, `of ${size} weights is no whole blocks of ${block}`);
  const nested = absmax.dtype === 'U8' ? nestedParts(module, absmax, run, plus) : null;
  const numbers = nested?.numbers ?? numbersOf(absmax, ['F32']);
  const grid: Grid = { numbers, columns: columns / block, rowsEach: 1, columnsEach: block };
  return [
    {
      name: `${prefix}weight`,
      shape: sides,
      stored: `bitsandbytes ${STATE.exec(key)![1]!.toUpperCase()}`,
      recipe: {
        rows: size / columns,
        codes: { file: weight.file, offset: weight.offset, columns, bits: 4, packing: 'high-first' },
        table: numbersOf(map),
        scales: grid,
      },
      parts: [weight, absmax, map, ...(nested?.parts ?? []), state],
    },
  ];
};

function stateOf(state: TensorInfo, read: (tensor: TensorInfo) => Uint8Array): Record<string, unknown> {
  try {
    return Object(JSON.parse(Buffer.from(read(state)).toString('utf8'))) as Record<string, unknown>;
  } catch {
    expectThat(false, state, 'is no JSON text');
  }
}

/** Scales that are quantized themselves. */
function nestedParts(
  module: Module,
  absmax: TensorInfo,
  run: unknown,
  plus: unknown,
): { numbers: Grid['numbers']; parts: TensorInfo[] } {
  const map = leaf(module, absmax, 'weight.nested_quant_map');
  const scales = leaf(module, absmax, 'weight.nested_absmax');
  const length = wholeNumber(run, 1, 2 ** 20);
  const runs = Math.ceil(sizeOf(absmax.shape) / (length ?? 1));
  expectThat(map.dtype === 'F32' && sizeOf(map.shape) === 256, map, 'is no table of 256 numbers');
  expectThat(
    length !== undefined && typeof plus === 'number' && sizeOf(scales.shape) === runs,
    scales,
    'does not fit what is said of nested scales',
  );
  const { file, offset } = absmax;
  // The offset was a float32 before it was written as text.
  const numbers = {
    file,
    offset,
    table: numbersOf(map),
    scales: numbersOf(scales, ['F32']),
    run: length,
    plus: Math.fround(plus),
  };
  return { numbers, parts: [map, scales] };
}

function leaf({ leaves }: Module, weight: TensorInfo, name: string): TensorInfo {
  const found = leaves.get(name);
  expectThat(found !== undefined, weight, `has no ${name} beside it`);
  return found;
}

/** Names in Hugging Face's edition, and in OpenAI's own. */
const BLOCKS = /(^|[_.])blocks$/;

/** @see `convert_moe_packed_tensors` of Transformers (`integrations/mxfp4.py`), before it transposes the matrices. */
export const mxfp4: Scheme = ({ prefix, leaves }) =>
  [...leaves].flatMap(([name, blocks]): Decoded[] => {
    const scales = leaves.get(name.replace(BLOCKS, '$1scales'));
    if (!BLOCKS.test(name) || blocks.dtype !== 'U8' || !scales) return [];
    const [groups = 0, bytes = 0] = blocks.shape.slice(-2);
    const above = blocks.shape.slice(0, -2);
    expectThat(blocks.shape.length > 2 && bytes === 16, blocks, 'is no list of blocks of 16 bytes');
    expectThat(
      scales.dtype === 'U8' && scales.shape.join() === blocks.shape.slice(0, -1).join(),
      scales,
      `do not fit ${blocks.name}`,
    );
    const columns = 32 * groups;
    const { file, offset } = blocks;
    return [
      {
        name: `${prefix}${name}`.replace(/[_.]blocks$/, ''),
        shape: [...above, columns],
        stored: 'MXFP4',
        recipe: {
          rows: sizeOf(above),
          codes: { file, offset, columns, bits: 4, packing: 'row' },
          table: 'E2M1',
          scales: {
            numbers: { file: scales.file, offset: scales.offset, dtype: 'F8_E8M0' },
            columns: groups,
            rowsEach: 1,
            columnsEach: 32,
          },
        },
        parts: [blocks, scales],
      },
    ];
  });
