/**
 * Weights that are stored as the tensors from which every forward pass computes them: weight normalization, spectral
 * normalization, pruning masks (`torch.nn.utils`, `torch.nn.utils.parametrize`).
 */
import type { Fact } from '../../../protocol/facts';
import { NeuroMfaError } from '../../../protocol/errors';
import { shortened } from '../../../protocol/visible';
import { isDecodable } from '../../checkpoint/dtype';
import { bareName } from '../names';
import { because } from '../reasons';
import type { TensorShape } from '../types';

/** A weight that can be computed: g · v / |v| by the first dimension, or a weight times a mask. */
export interface Computed<T extends TensorShape> {
  /** The name that the weight would have if it were stored. */
  name: string;
  kind: 'weightNorm' | 'masked';
  /** v for a weight norm, otherwise the weight before the mask: it has the shape and type of the result. */
  of: T;
  /** g, or the mask. */
  by: T;
}

export interface Parametrized<T extends TensorShape> {
  computed: readonly Computed<T>[];
  /** Why each of the other tensors is left out. */
  reasons: ReadonlyMap<T, Fact>;
  /** Those of the others that replace weights. */
  lost: readonly T[];
}

/** Names of `torch.nn.utils`, such as `weight_g`, and of layers that draw their weights, such as `weight_sigma`. */
const LEAF = /^(weight\w*?)_(g|v|u|orig|mask|mu|mean|rho|sigma|log_sigma|logvar|log_var|std|epsilon|eps)$/;
/** The same in the names of other programs, such as `rho_kernel`. */
const BEFORE = /^(mu|rho|sigma|log_sigma|eps)_(weight|kernel)$/;
const MEAN = /^(mu|mean)$/;
const SPREADS = /^(rho|(log_)?sigma|log_?var|std)$/;
/** The prefix of `torch.nn.utils.parametrize`, as in `parametrizations.weight.original0`. */
const LIST = 'parametrizations.';
export const METHOD = {
  weightNorm: 'weight normalization',
  masked: 'pruning',
  spectral: 'spectral normalization',
  otherNorm: 'weight normalization of another dimension than the first',
  other: 'a parametrization',
};

/** @returns null where there are none. */
export function parametrizedWeights<T extends TensorShape>(tensors: readonly T[]): Parametrized<T> | null {
  const weights = new Map<string, Map<string, T>>();
  for (const tensor of tensors) {
    const place = placeOf(tensor.name);
    if (!place) continue;
    const parts = weights.get(place.weight) ?? new Map<string, T>();
    parts.set(place.part, tensor);
    weights.set(place.weight, parts);
  }
  if (weights.size === 0) return null;
  const stored = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const computed: Computed<T>[] = [];
  const reasons = new Map<T, Fact>();
  const lost: T[] = [];
  for (const [name, parts] of weights) {
    const plain = stored.get(name);
    const mask = parts.get('mask');
    if (plain) {
      // For example masks that are stored beside the masked weight.
      if (mask && sameShape(mask, plain)) reasons.set(mask, because('pruning-mask'));
      continue;
    }
    // Weights that are drawn anew in every pass: their mean is the layer, the spread multiplies random numbers.
    const all = [...parts.keys()];
    if (all.some((part) => MEAN.test(part)) && all.some((part) => SPREADS.test(part))) {
      for (const [part, tensor] of parts)
        if (!MEAN.test(part) && tensor.shape.length > 1) reasons.set(tensor, because('factor'));
      continue;
    }
    const own = computedOf(name, parts);
    if (own) {
      computed.push(own);
      continue;
    }
    const method = methodOf(parts);
    if (method === null) continue;
    for (const [part, tensor] of parts) {
      reasons.set(tensor, { code: 'parametrized', method });
      if (/^(v|orig|original)$/.test(part) && tensor.shape.length > 1) lost.push(tensor);
    }
  }
  return { computed, reasons, lost };
}

/** The weight to which a tensor belongs, and its part in computing it. */
function placeOf(name: string): { weight: string; part: string } | null {
  const list = name.lastIndexOf(LIST);
  if (list >= 0) {
    const [weight = '', ...rest] = name.slice(list + LIST.length).split('.');
    const part = rest
      .join('.')
      .replace(/^original0$/, 'g')
      .replace(/^original1$/, 'v');
    return rest.length === 0 ? null : { weight: name.slice(0, list) + weight, part };
  }
  const dot = name.lastIndexOf('.') + 1;
  const other = BEFORE.exec(name.slice(dot));
  if (other) return { weight: name.slice(0, dot) + other[2]!, part: other[1]! };
  const match = LEAF.exec(name.slice(dot));
  return match && { weight: name.slice(0, dot) + match[1]!, part: match[2]! };
}

function computedOf<T extends TensorShape>(name: string, parts: ReadonlyMap<string, T>): Computed<T> | null {
  const [g, v, orig, mask] = ['g', 'v', 'orig', 'mask'].map((part) => parts.get(part));
  if (parts.size !== 2) return null;
  if (g && v && isDecodable(g.dtype) && isDecodable(v.dtype) && isNormOfFirst(g.shape, v.shape))
    return { name, kind: 'weightNorm', of: v, by: g };
  const readable = mask !== undefined && (isDecodable(mask.dtype) || /^(BOOL|U8)$/.test(mask.dtype));
  if (orig && readable && isDecodable(orig.dtype) && sameShape(orig, mask))
    return { name, kind: 'masked', of: orig, by: mask };
  return null;
}

/** For [out, in, …] the norms of the first dimension are [out, 1, …]. */
function isNormOfFirst(norms: readonly number[], shape: readonly number[]): boolean {
  return (
    shape.length > 1 &&
    norms.length === shape.length &&
    norms[0] === shape[0] &&
    norms.slice(1).every((side) => side === 1)
  );
}

function methodOf(parts: ReadonlyMap<string, TensorShape>): string | null {
  const names = [...parts.keys()];
  if (parts.has('g') && parts.has('v')) return METHOD.otherNorm;
  if (!names.some((name) => name.startsWith('orig'))) return null;
  return names.some((name) => name === 'u' || /^\d+\._u$/.test(name)) ? METHOD.spectral : METHOD.other;
}

function sameShape(a: TensorShape, b: TensorShape): boolean {
  return a.shape.join() === b.shape.join();
}

/** The error for a checkpoint whose weights have to be computed in an unknown way. */
export function parametrizedFault(
  lost: readonly TensorShape[],
  reason: Fact,
  subject: string,
): NeuroMfaError {
  const method = reason.code === 'parametrized' ? reason.method : METHOD.other;
  return new NeuroMfaError(
    'unsupported',
    subject,
    `its weights are not stored but computed (${method}), such as from ${shortened(bareName(lost[0]!.name))}`,
    'Make them permanent before saving: torch.nn.utils.parametrize.remove_parametrizations, remove_spectral_norm, remove_weight_norm or prune.remove',
  );
}
