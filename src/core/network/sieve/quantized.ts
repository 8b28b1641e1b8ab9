/**
 * Recognizes weights in too few bits to be read directly, in any packing: a module that stores its weight as integers
 * or 8-bit floats. Its scales, zeros and codebooks are matrices too, but no weights.
 */
import type { Fact } from '../../../protocol/facts';
import { NeuroMfaError } from '../../../protocol/errors';
import { shortened } from '../../../protocol/visible';
import { isDecodable } from '../../checkpoint/dtype';
import type { NamedTensor } from '../names';
import { because, outsideReason, ownReason } from '../reasons';
import type { Config, TensorShape } from '../types';
import { modulesOf, splitName, type Leaves } from './modules';

/** Leaf names of whole weights, whatever packs them. */
const PACKED =
  /^(_?(int_|packed_|quantized_)?q?_?weight([._]?(_?data|packed|quant|quantized|qdata|q|int[48]))?|W_q|codes|trellis|indices|Qidxs|B|blocks)$/;
/** Suffixes of a packed parameter that is one of several, such as the experts of a block. */
const SUFFIX = /_(blocks|packed|qdata|quant|qweight)$/;
/** Integers with these names are indices into a table. */
const INDEX = /(^|_)(idxs?|index|indices|ids|masks?|maps?|offsets?|tables?)$/;
/** A weight of a readable type is packed too where these accompany it. */
const STATE = /^weight\.(quant_state|absmax|nested_absmax)/;
/** Modules inside a quantized layer that belong to its weight. */
const INNER = /^(\w*centroids|\w*codebooks?|\w*quantizer)$/;
const PACKED_TYPE = /^([UI]\d+|F[468](_.*)?)$/;

/** Method by a leaf name or the stored type; the first match counts. */
const METHODS: readonly (readonly [method: string, sign: RegExp])[] = [
  ['torchao', /qdata$/],
  ['SVDQuant', /^wscales$/],
  ['bitsandbytes', /^(SCB|weight\.(absmax|quant_map|quant_state.*))$/],
  ['NVFP4', /^weight_scale_2$/],
  ['compressed-tensors', /^weight_packed$/],
  ['GPTQ', /^g_idx$/],
  ['AWQ', /^qzeros$/],
  ['EXL2', /^q_weight$/],
  ['EXL3', /^trellis$/],
  ['HQQ', /^W_q$/],
  ['AQLM', /^codebooks$/],
  ['VPTQ', /^(res_)?centroids$/],
  ['QuIP#', /^Qidxs$/],
  ['quanto', /^weight\._data$/],
  ['Marlin', /^B$/],
  ['MXFP4', /blocks$/],
  ['MLX', /^biases$/],
  ['FP8', /^F8_/],
];

/** Reasons for which a tensor is a buffer, not a weight, whatever its type. */
const BUFFER_CODES = new Set([
  'attention-mask',
  'rotary-frequencies',
  'batch-statistics',
  'positions',
  'position-table',
  'bias',
  'empty-tensor',
]);

export interface Quantized {
  /** By row, why each is left out: the weights, and what belongs to them. */
  reasons: ReadonlyMap<number, Fact>;
  /** The quantized weights that the network lacks. */
  weights: readonly TensorShape[];
  methods: readonly string[];
}

/** @returns null where no weights are quantized. */
export function quantizedWeights(all: readonly NamedTensor[]): Quantized | null {
  if (!all.some((named) => isPacked(named) || STATE.test(splitName(named.tensor.name)[1]))) return null;
  const modules = modulesOf(all);
  const inner = innerLeaves(modules);
  const reasons = new Map<number, Fact>();
  const weights: TensorShape[] = [];
  const methods = new Set<string>();
  for (const [module, own] of modules) {
    const leaves = new Map([...own, ...(inner.get(module) ?? [])]);
    const packed = packedLeaves(own, inner.has(module));
    if (packed.length === 0) continue;
    const method = methodOf([...leaves.keys(), ...packed.map(([, { tensor }]) => tensor.dtype)]);
    if (method !== null) methods.add(method);
    for (const [leaf, { tensor, row }] of packed) {
      const named = [...leaves.keys()].some((other) => other !== leaf && belongs(other, leaf));
      const layer = PACKED.test(leaf) ? module : `${module}.${stemOf(leaf)}`;
      const missed = isMissed(layer);
      if (missed) weights.push(tensor);
      const outside = missed ? null : outsideReason(layer);
      reasons.set(row, outside ?? { code: 'quantized', method: method ?? '', dtype: tensor.dtype });
      for (const [other, beside] of leaves) {
        if (reasons.has(beside.row) || (named && !belongs(other, leaf))) continue;
        if (ownReason(beside.tensor, beside.path)?.code !== 'bias')
          reasons.set(beside.row, because('beside-quantized'));
      }
    }
  }
  return reasons.size === 0 ? null : { reasons, weights, methods: [...methods].sort() };
}

function isPacked({ tensor: { name, shape, dtype }, path }: NamedTensor): boolean {
  if (isDecodable(dtype) || !PACKED_TYPE.test(dtype)) return false;
  if (shape.length < 2) return shape[0]! > 1 && name.endsWith('.weight');
  const own = ownReason({ name, shape, dtype }, path);
  return own === null || !BUFFER_CODES.has(own.code);
}

/** The tensors with the module's weights. @param hasInner whether the weights include modules inside it. */
function packedLeaves(leaves: Leaves, hasInner: boolean): [leaf: string, NamedTensor][] {
  const list = [...leaves];
  const packed = list.filter(([, named]) => isPacked(named));
  const whole = packed.filter(([leaf]) => PACKED.test(leaf) && (leaf !== 'indices' || hasInner));
  const weight = leaves.get('weight');
  if (whole.length > 0) {
    // A mask or an index is as large as the weight to which it belongs.
    return isPlain(weight) ? [] : whole;
  }
  if (weight && list.some(([leaf]) => STATE.test(leaf))) return [['weight', weight]];
  if (isPlain(weight)) return [];
  const readable = list.filter(([, { tensor }]) => isDecodable(tensor.dtype)).map(([, { tensor }]) => tensor);
  return packed.filter(([leaf, { tensor }]) => {
    if (INDEX.test(leaf)) return false;
    if (readable.some(({ shape }) => shape.join() === tensor.shape.join())) return false;
    // Sometimes scales are packed too.
    if (packed.some(([other]) => other !== leaf && belongs(leaf, other))) return false;
    if (list.some(([other]) => other !== leaf && belongs(other, leaf))) return true;
    // An unknown packing: the other tensors are smaller, as scales are.
    const matrices = readable.filter(({ shape }) => shape.length > 1);
    return matrices.length > 0 && matrices.every(({ shape }) => sizeOf(shape) <= sizeOf(tensor.shape));
  });
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, side) => size * side, 1);
}

/** A matrix of a readable type. */
function isPlain(named: NamedTensor | undefined): boolean {
  return named !== undefined && isDecodable(named.tensor.dtype) && named.tensor.shape.length > 1;
}

/** Whether the name `other` derives from that of the packed `leaf` of the same module. */
function belongs(other: string, leaf: string): boolean {
  if (PACKED.test(leaf)) return true;
  const stem = stemOf(leaf);
  const bare = other.replace(/^_/, '');
  return bare.startsWith(`${stem}_`) || bare.startsWith(`${stem}.`);
}

function stemOf(leaf: string): string {
  return leaf.replace(/^_/, '').replace(SUFFIX, '');
}

/** Weights of modules such as `q_proj.centroids`, by the module that contains them. */
function innerLeaves(modules: ReadonlyMap<string, Leaves>): Map<string, [string, NamedTensor][]> {
  const inner = new Map<string, [string, NamedTensor][]>();
  for (const [module, leaves] of modules) {
    const dot = module.lastIndexOf('.');
    const name = module.slice(dot + 1);
    if (!INNER.test(name)) continue;
    const outer = module.slice(0, Math.max(0, dot));
    const list = inner.get(outer) ?? [];
    for (const [leaf, named] of leaves) list.push([leaf === 'weight' ? name : `${name}.${leaf}`, named]);
    inner.set(outer, list);
  }
  return inner;
}

function methodOf(signs: readonly string[]): string | null {
  return METHODS.find(([, sign]) => signs.some((each) => sign.test(each)))?.[0] ?? null;
}

/**
 * Whether the network lacks something without the layer: embeddings and heads outside blocks are no part of it anyway.
 */
function isMissed(layer: string): boolean {
  return /(^|\.)\d+\./.test(layer) || outsideReason(layer) === null;
}

/** How weights are packed, according to the configuration, the names and the stored types. */
export function packingText(
  { weights, methods }: Pick<Quantized, 'weights' | 'methods'>,
  config: Config,
): string {
  const types = [...new Set(weights.map(({ dtype }) => dtype))].sort();
  const how = [...configuredMethod(config), ...methods, ...types];
  return how.filter((each, i) => how.findIndex((one) => sameWord(one, each)) === i).join(', ');
}

/**
 * The error for a checkpoint whose weights are quantized in a way that cannot be decoded.
 * @param undecodable tensor name → what is wrong with a weight of a known packing.
 */
export function quantizedFault(
  quantized: Quantized,
  config: Config,
  subject: string,
  undecodable?: ReadonlyMap<string, string>,
): NeuroMfaError {
  const first = quantized.weights.find(({ name }) => undecodable?.has(name)) ?? quantized.weights[0];
  const cause = undecodable?.get(first!.name);
  return new NeuroMfaError(
    'unsupported',
    subject,
    `its weights are quantized (${packingText(quantized, config)}), such as ${shortened(first!.name)}: ${cause ?? 'their values cannot be read'}`,
    'Use the checkpoint that it was made from, in float16, bfloat16 or float32',
  );
}

function configuredMethod(config: Config): string[] {
  const by = (config?.['quantization_config'] as Record<string, unknown> | undefined)?.['quant_method'];
  return typeof by === 'string' ? [shortened(by)] : [];
}

const sameWord = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
