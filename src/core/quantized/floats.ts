/** 8-bit floats and 8-bit integers that are stored unpacked, with scales beside them. */
import type { DType } from '../checkpoint/dtype';
import type { TensorInfo } from '../checkpoint/types';
import type { TableName } from '../weights/recipes/tables';
import {
  configured,
  expectThat,
  gridOf,
  numbersOf,
  sizeOf,
  wholeNumber,
  type Decoded,
  type Module,
  type Scheme,
} from './scheme';

const FLOATS: Partial<Record<DType, TableName>> = {
  F8_E4M3: 'E4M3',
  F8_E5M2: 'E5M2',
  F8_E4M3FNUZ: 'E4M3FNUZ',
  F8_E5M2FNUZ: 'E5M2FNUZ',
};
/**
 * Names of the factor of a weight: in DeepSeek and Transformers (`finegrained_fp8.py`), compressed-tensors, FBGEMM and
 * NVIDIA's ModelOpt, ComfyUI, Mistral, and DeepSeek's own programs.
 */
const SCALES = ['weight_scale_inv', 'weight_scale', 'scale_weight', 'qscale_weight', 'scale'];
/** Scales of activations, which do not change weights. */
const OF_ACTIVATIONS =
  /^(input|output|act|activation|input_activation|[qkv])_(scale|zero_point)(_ub)?$|^(scale_input|qscale_act|weight_format)$/;
const BESIDE = /^bias$/;

/** The only scale of a module's weight. @throws Undecodable where there are several. */
function scaleOf(
  { leaves }: Module,
  weight: TensorInfo,
  others: readonly string[] = [],
): TensorInfo | undefined {
  const known = [...leaves.keys()].filter((leaf) => SCALES.includes(leaf));
  expectThat(known.length < 2, weight, `has several scales: ${known.join(', ')}`);
  for (const leaf of leaves.keys()) {
    const isKnown =
      leaf === 'weight' || BESIDE.test(leaf) || OF_ACTIVATIONS.test(leaf) || SCALES.includes(leaf);
    expectThat(isKnown || others.includes(leaf), weight, `has ${leaf} beside it, whose meaning is not known`);
  }
  return known[0] === undefined ? undefined : leaves.get(known[0]);
}

/** @see `compressed_tensors/quantization/lifecycle/forward.py`, `transformers/integrations/finegrained_fp8.py` */
export const float8: Scheme = (module, { config, hasScales }) =>
  [...module.leaves].flatMap(([leaf, weight]): Decoded[] => {
    const table = FLOATS[weight.dtype];
    if (!table || weight.shape.length < 2 || SCALES.includes(leaf)) return [];
    const scale = leaf === 'weight' ? scaleOf(module, weight) : namedScale(module, leaf);
    expectThat(scale !== undefined || !hasScales, weight, 'has no scale beside it, where others have');
    const block = configured(config, 'quantization_config', 'weight_block_size');
    const sides = Array.isArray(block) ? block.map((side) => wholeNumber(side, 1, 2 ** 20)) : [];
    const isBlock =
      scale && scale.shape.length >= 2 && !scale.shape.slice(-1).includes(1) && sides.length === 2;
    const [height, width] = sides;
    const matrix = viewOf(weight);
    const scales = scale && gridOf(scale, matrix, isBlock && height && width ? [height, width] : undefined);
    const stored = `FP8 (${table})${scales ? ' × scales' : ''}`;
    return [wholeWeight(weight, scale, { table, ...(scales && { scales }) }, stored)];
  });

/** For a parameter that is not a module's `weight`, such as the experts of a block. */
function namedScale({ leaves }: Module, leaf: string): TensorInfo | undefined {
  return leaves.get(`${leaf}_scale_inv`) ?? leaves.get(`${leaf}_scale`);
}

/** @see `int8_vectorwise_dequant` of bitsandbytes; `forward.py` of compressed-tensors. */
export const int8: Scheme = (module) => {
  const { leaves } = module;
  const weight = leaves.get('weight');
  if (weight?.dtype !== 'I8' || weight.shape.length < 2) return [];
  const scb = leaves.get('SCB');
  if (scb) {
    const scales = gridOf(scb, viewOf(weight));
    numbersOf(scb, ['F32', 'F16', 'BF16']);
    // The reciprocal of 127 as written there.
    const factor = Math.fround(7.874015718698502e-3);
    return [wholeWeight(weight, scb, { table: 'I8', scales, factor }, 'bitsandbytes int8')];
  }
  const scale = scaleOf(module, weight, ['weight_zero_point']);
  if (!scale) return []; // integers alone prove nothing
  const scales = gridOf(scale, viewOf(weight));
  const zero = leaves.get('weight_zero_point');
  if (zero)
    expectThat(
      zero.dtype === 'I8' && sizeOf(zero.shape) === sizeOf(scale.shape),
      zero,
      'holds no zeros of its scales',
    );
  const { rows, columns } = matrixOf(weight);
  const zeros = zero && {
    codes: {
      file: zero.file,
      offset: zero.offset,
      columns: scales.columns,
      bits: 8,
      packing: 'row' as const,
    },
    plus: 0,
    signed: true,
  };
  const recipe = {
    rows,
    codes: bytesOf(weight, columns),
    table: 'I8' as const,
    scales,
    ...(zeros && { zeros }),
  };
  const parts: [TensorInfo, ...TensorInfo[]] = [weight, scale, ...(zero ? [zero] : [])];
  return [{ name: `${module.prefix}weight`, shape: weight.shape, stored: 'int8 × scales', recipe, parts }];
};

/** @param weight with its own name. */
function wholeWeight(
  weight: TensorInfo,
  scale: TensorInfo | undefined,
  how: Omit<Decoded['recipe'], 'rows' | 'codes'>,
  stored: string,
): Decoded {
  const { rows, columns } = matrixOf(weight);
  return {
    name: weight.name,
    shape: weight.shape,
    stored,
    recipe: { rows, codes: bytesOf(weight, columns), ...how },
    parts: scale ? [weight, scale] : [weight],
  };
}

/** The shape to which scales refer: for a convolution [targets, all edges]. */
function viewOf({ shape }: TensorInfo): readonly number[] {
  return shape.length > 3 ? [shape[0]!, sizeOf(shape.slice(1))] : shape;
}

function matrixOf(weight: TensorInfo): { rows: number; columns: number } {
  const view = viewOf(weight);
  return { rows: sizeOf(view.slice(0, -1)), columns: view.at(-1)! };
}

function bytesOf({ file, offset }: TensorInfo, columns: number): Decoded['recipe']['codes'] {
  return { file, offset, columns, bits: 8, packing: 'row' };
}
