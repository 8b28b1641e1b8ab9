/**
 * Weights in fewer bits than can be read as they are: GPTQ and AWQ (`qweight`), compressed-tensors (`weight_packed`), HQQ
 * (`W_q`), AQLM (`codes`), MXFP4 (`_blocks`), and any `weight` of such a type (FP8, bitsandbytes, MLX). Their scales and
 * zeros lie beside them and are matrices too, but no weights.
 */
import type { SkippedTensor } from '../../protocol/analysis';
import type { Fact } from '../../protocol/facts';
import { NeuroMfaError } from '../../protocol/errors';
import { shortened } from '../../protocol/visible';
import { isDecodable } from '../checkpoint/dtype';
import { withoutRows, type NamedTensor, type TensorIndex } from './names';
import { because, outsideReason, ownReason } from './reasons';
import type { Config, TensorShape } from './types';

/** What stands behind the path of the layer that owns packed weights. */
const PACKED = /(?:\.(?:qweight|weight_packed|weight_quant|W_q|codes)|_blocks)$/;
/** The same of what belongs to them, which stands beside them. */
const BESIDE = [/_scales$/, /(?:\.weight)?(?:\.quant_state)?\.[^.]+$/];

export interface Quantised {
  /** Tensors without quantised weights and what belongs to them. */
  rest: TensorIndex;
  skipped: SkippedTensor[];
  /** The quantised weights that the network lacks. */
  weights: readonly TensorShape[];
}

/** @returns null where no weights are quantized. */
export function siftQuantised(index: TensorIndex): Quantised | null {
  const layers = new Set<string>();
  const weights: TensorShape[] = [];
  for (const named of index.all) {
    const layer = quantisedLayer(named);
    if (layer === null) continue;
    layers.add(layer);
    if (isMissed(layer)) weights.push(named.tensor);
  }
  if (layers.size === 0) return null;
  const isBeside = (path: string): boolean => BESIDE.some((ending) => layers.has(path.replace(ending, '')));
  const out = new Uint8Array(index.rows.size);
  const skipped: SkippedTensor[] = [];
  for (const named of index.all) {
    const { tensor, path, row } = named;
    const layer = quantisedLayer(named);
    const own = ownReason(tensor, path);
    let reason: Fact | null = because('beside-quantized');
    if (layer !== null) reason = isMissed(layer) ? own : outsideReason(layer);
    else if (own?.code === 'bias' || !isBeside(path)) continue;
    out[row] = 1;
    skipped.push({ tensor: tensor.name, reason: reason! });
  }
  return { rest: withoutRows(index, out), skipped, weights };
}

/** The path of the layer that the tensor holds quantised weights of; null where it holds none. */
function quantisedLayer({ tensor: { name, shape, dtype }, path }: NamedTensor): string | null {
  if (shape.length < 2 || isDecodable(dtype)) return null;
  if (name.endsWith('.weight')) return path;
  return PACKED.test(path) ? path.replace(PACKED, '') : null;
}

/** Whether the network lacks something without the layer: tables and heads outside blocks are no part of it anyway. */
function isMissed(layer: string): boolean {
  return /(^|\.)\d+\./.test(layer) || outsideReason(layer) === null;
}

/** Nothing can be made of a checkpoint whose weights are quantized. */
export function quantisedFault(
  weights: readonly TensorShape[],
  config: Config,
  subject: string,
): NeuroMfaError {
  const types = [...new Set(weights.map(({ dtype }) => dtype))].sort();
  const by = (config?.['quantization_config'] as Record<string, unknown> | undefined)?.['quant_method'];
  const how = [...(typeof by === 'string' ? [shortened(by)] : []), ...types].join(', ');
  return new NeuroMfaError(
    'unsupported',
    subject,
    `its weights are quantized (${how}), such as ${shortened(weights[0]!.name)}: their values cannot be read`,
    'Use the checkpoint that it was made from, in float16, bfloat16 or float32',
  );
}
