/** Weights of a few bits in 32-bit words: GPTQ, AWQ, compressed-tensors, MLX. */
import type { TensorInfo } from '../checkpoint/types';
import type { Config } from '../network/types';
import type { Grid } from '../weights/recipes/grid';
import {
  configured,
  expectThat,
  gridOf,
  numbersOf,
  sizeOf,
  Undecodable,
  wholeNumber,
  type Decoded,
  type Scheme,
} from './scheme';

const QUANTIZATION = 'quantization_config';

/**
 * GPTQ and AWQ use the same tensor names, and both store [in, out]. GPTQ packs along the inputs, AWQ along the outputs.
 * @see `qlinear_cuda.py` of AutoGPTQ, whose zeros are stored one too small (GPTQModel's format 2 does not do so),
 *   `packing_utils.py` of AutoAWQ.
 */
export const gptqAndAwq: Scheme = ({ prefix, leaves }, { config }) => {
  const [weight, zeros, scales, index] = ['qweight', 'qzeros', 'scales', 'g_idx'].map((leaf) =>
    leaves.get(leaf),
  );
  if (weight && !scales) throw new Undecodable('no scales are beside it');
  if (!weight || !zeros || !scales) return [];
  for (const packed of [weight, zeros])
    expectThat(
      packed.dtype === 'I32' && packed.shape.length === 2,
      packed,
      'is not packed in words of 32 bits',
    );
  expectThat(scales.shape.length === 2, scales, 'are no scales of groups');
  const numbers = numbersOf(scales);
  const [groups = 0, targets = 0] = scales.shape;
  const [words = 0, width = 0] = weight.shape;
  const isAwq = !index && width * 8 === targets && zeros.shape.join() === [groups, width].join();
  const bits = isAwq ? 4 : ((zeros.shape[1] ?? 0) * 32) / targets;
  const format = configured(config, QUANTIZATION, isAwq ? 'version' : 'checkpoint_format');
  const known = isAwq ? ['gemm', undefined, null] : ['gptq', 'gptq_v2', undefined, null];
  if (!known.includes(typeof format === 'string' ? format.toLowerCase() : (format as undefined)))
    throw new Undecodable(
      `its format is ${JSON.stringify(format).slice(0, 40)}, not ${isAwq ? 'gemm' : 'gptq and gptq_v2'}`,
    );
  const sources = isAwq ? words : (words * 32) / bits;
  const fits =
    [2, 3, 4, 8].includes(bits) &&
    Number.isInteger(sources) &&
    zeros.shape[0] === groups &&
    (isAwq || width === targets);
  expectThat(
    fits,
    weight,
    `does not fit ${scales.name} of shape [${scales.shape.join(', ')}] and ${zeros.name} of shape [${zeros.shape.join(', ')}]`,
  );
  if (index)
    expectThat(
      index.dtype === 'I32' && index.shape.join() === String(sources),
      index,
      `does not name the groups of ${sources} inputs`,
    );
  const rowsEach = groupSize(config, sources, groups);
  if (!index) expectThat(rowsEach !== undefined, scales, `are no scales of groups of ${sources} inputs`);
  const grid: Grid = { numbers, columns: targets, rowsEach: rowsEach ?? 1, columnsEach: 1 };
  const packing = isAwq ? 'awq' : 'column';
  const code = ({ file, offset }: TensorInfo, own: 'awq' | 'column' | 'row'): Decoded['recipe']['codes'] => ({
    file,
    offset,
    columns: targets,
    bits,
    packing: own,
  });
  const plus = isAwq || format === 'gptq_v2' ? 0 : 1;
  const recipe: Decoded['recipe'] = {
    rows: sources,
    codes: code(weight, packing),
    scales: grid,
    zeros: { codes: code(zeros, isAwq ? 'awq' : 'row'), plus, signed: false },
    ...(index && {
      rowGroups: { file: index.file, offset: index.offset, tensor: index.name, below: groups },
    }),
  };
  return [
    {
      name: `${prefix}weight`,
      shape: [sources, targets],
      stored: `${isAwq ? 'AWQ' : 'GPTQ'}, ${bits} bits`,
      recipe,
      parts: [weight, scales, zeros, ...(index ? [index] : [])],
      axes: 'in-out',
    },
  ];
};

/** Number of inputs of a group; undefined where they do not divide evenly. */
function groupSize(config: Config, sources: number, groups: number): number | undefined {
  const configuredSize = wholeNumber(configured(config, QUANTIZATION, 'group_size'), 1, 2 ** 31);
  if (configuredSize !== undefined && Math.ceil(sources / configuredSize) === groups) return configuredSize;
  return groups > 0 && sources % groups === 0 ? sources / groups : undefined;
}

/** @see `pack_quantized.py` of compressed-tensors: half the range is added to codes before they are stored. */
export const compressedTensors: Scheme = ({ prefix, leaves }, { read }) => {
  const [weight, scale, shape, zero, index] = [
    'weight_packed',
    'weight_scale',
    'weight_shape',
    'weight_zero_point',
    'weight_g_idx',
  ].map((leaf) => leaves.get(leaf));
  if (weight?.dtype !== 'I32' || !scale || !shape) return [];
  expectThat(weight.shape.length === 2, weight, 'is no packed matrix');
  const [targets = 0, words = 0] = weight.shape;
  const isPair = /^I(32|64)$/.test(shape.dtype) && shape.shape.join() === '2';
  expectThat(isPair, shape, 'holds no shape');
  const view = new DataView(Uint8Array.from(read(shape)).buffer);
  const [rows, sources] = [0, 1].map((i) =>
    shape.dtype === 'I64' ? Number(view.getBigInt64(8 * i, true)) : view.getInt32(4 * i, true),
  ) as [number, number];
  const bits = [2, 4, 8].find((each) => Math.ceil((sources * each) / 32) === words && sources > 0);
  expectThat(
    rows === targets && bits !== undefined,
    weight,
    `does not hold a matrix [${rows}, ${sources}] in 2, 4 or 8 bits`,
  );
  const scales = gridOf(scale, [targets, sources]);
  const middle = 2 ** (bits - 1);
  if (zero) {
    const packed = [Math.ceil((targets * bits) / 32), scales.columns].join();
    expectThat(
      zero.dtype === 'I32' && zero.shape.join() === packed && scales.rowsEach === 1,
      zero,
      'holds no packed zeros of its scales',
    );
  }
  if (index)
    expectThat(
      index.dtype === 'I32' && index.shape.join() === String(sources) && scales.rowsEach === 1,
      index,
      `does not name the groups of ${sources} inputs`,
    );
  const recipe: Decoded['recipe'] = {
    rows: targets,
    // A row has a whole number of words, the last of which may be partly used.
    codes: { file: weight.file, offset: weight.offset, columns: (words * 32) / bits, bits, packing: 'row' },
    scales,
    zeros: zero
      ? {
          codes: { file: zero.file, offset: zero.offset, columns: scales.columns, bits, packing: 'column' },
          plus: 0,
          signed: false,
        }
      : middle,
    ...(index && {
      columnGroups: { file: index.file, offset: index.offset, tensor: index.name, below: scales.columns },
    }),
  };
  expectThat(
    (words * 32) / bits === sources,
    weight,
    `has rows of ${sources} weights, which are no whole words`,
  );
  const parts: Decoded['parts'] = [weight, scale, ...(zero ? [zero] : []), ...(index ? [index] : []), shape];
  return [
    {
      name: `${prefix}weight`,
      shape: [targets, sources],
      stored: `compressed-tensors, ${bits} bits`,
      recipe,
      parts,
    },
  ];
};

/** @see `mlx/ops.cpp`, `affine_quantize`: value = scale · code + bias, for groups of each row. */
export const mlx: Scheme = ({ prefix, leaves }, { config }) => {
  const [weight, scales, biases] = ['weight', 'scales', 'biases'].map((leaf) => leaves.get(leaf));
  if (weight?.dtype !== 'U32' || !scales || !biases) return [];
  const { bits, group, mode } = mlxSettings(config, prefix);
  if (bits === undefined || group === undefined)
    throw new Undecodable('config.json does not give its bits and group size (quantization)');
  if (mode !== undefined && mode !== 'affine')
    throw new Undecodable(`its mode is ${JSON.stringify(mode).slice(0, 40)}, not affine`);
  const [words = 0] = weight.shape.slice(-1);
  const columns = (words * 32) / bits;
  const shape = [...weight.shape.slice(0, -1), columns];
  const expected = [...weight.shape.slice(0, -1), columns / group].join();
  const fits =
    weight.shape.length > 1 &&
    Number.isInteger(columns) &&
    scales.shape.join() === expected &&
    biases.shape.join() === expected;
  expectThat(
    fits,
    weight,
    `does not fit ${scales.name} of shape [${scales.shape.join(', ')}] with ${bits} bits and groups of ${group}`,
  );
  expectThat(scales.dtype === biases.dtype, biases, 'are of another type than the scales');
  const numbers = numbersOf(scales);
  const recipe: Decoded['recipe'] = {
    rows: sizeOf(shape.slice(0, -1)),
    codes: { file: weight.file, offset: weight.offset, columns, bits, packing: 'row' },
    scales: { numbers, columns: columns / group, rowsEach: 1, columnsEach: group },
    biases: numbersOf(biases),
  };
  return [
    { name: `${prefix}weight`, shape, stored: `MLX, ${bits} bits`, recipe, parts: [weight, scales, biases] },
  ];
};

/** The module's own settings, otherwise those of the model. */
function mlxSettings(
  config: Config,
  prefix: string,
): { bits?: number | undefined; group?: number | undefined; mode: unknown } {
  const all = configured(config, 'quantization') ?? configured(config, QUANTIZATION);
  const own = configured(all as Config, prefix.replace(/\.$/, ''));
  const value = (key: string): unknown => configured(own as Config, key) ?? configured(all as Config, key);
  const bits = [2, 3, 4, 5, 6, 8].find((each) => each === value('bits'));
  return { bits, group: wholeNumber(value('group_size'), 1, 2 ** 20), mode: value('mode') };
}
