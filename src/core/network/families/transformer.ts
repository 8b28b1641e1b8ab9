/** The units that transformers of all families share, as helpers for writing their tables. */
import { fused, separate, step, unit, type Fusion, type LayerName, type Unit, type Weights } from '../family';

const QKV_LABELS = ['query', 'key', 'value'];
const GATED_LABELS = ['gate', 'up'];

/** As many key and value heads as query heads: three equal widths. */
export const EQUAL: readonly LayerName[] = ['heads', 'heads', 'heads'];
/** Fewer key and value heads are allowed (grouped and multi-query attention). */
export const GROUPED: readonly LayerName[] = ['heads', 'keys and values', 'keys and values'];

/** A gate and what it gates, equally wide. */
export const HIDDEN: readonly LayerName[] = ['hidden', 'hidden'];

/** Of a unit: it may be missing, and shows its family where it is there. */
export const SIGN = { optional: true, sign: true } as const;

/** q, k and v as three tensors. */
export function qkv(query: string, key: string, value: string, to = EQUAL): Weights {
  return separate([query, key, value], to, QKV_LABELS);
}

/** q, k and v as one tensor. */
export function fusedQkv(tensor: string, fusion: Fusion, to = EQUAL): Weights {
  return fused(tensor, to, fusion, QKV_LABELS);
}

/** Self-attention: q, k and v read one input and are one projection. */
export function attention(input: readonly Weights[], out: readonly string[], more: Partial<Unit> = {}): Unit {
  return unit(
    'attention',
    [[step('attention.qkv', 'input', input), step('attention.out', 'heads', alternatives(out))]],
    more,
  );
}

/** Cross-attention: q reads the block's activations, k and v those of `/context`. */
export function crossAttention(
  query: readonly string[],
  keyValue: readonly Weights[],
  out: readonly string[],
  context: LayerName,
  more: Partial<Unit> = {},
): Unit {
  const q = query.map((name) => separate([name], 'heads', ['query']));
  const steps = [
    step('cross_attention.q', 'input', q),
    step('cross_attention.kv', context, keyValue),
    step('cross_attention.out', 'heads', alternatives(out)),
  ];
  return unit('cross-attention', [steps], more);
}

export function keysAndValues(key: string, value: string): Weights {
  return separate([key, value], ['heads', 'heads'], ['key', 'value']);
}

/** A feed-forward pair; gate and up read one input and are one projection. */
export function mlp(up: readonly Weights[], down: readonly string[], more: Partial<Unit> = {}): Unit {
  return unit('MLP', [[step('mlp.up', 'input', up), step('mlp.down', 'hidden', alternatives(down))]], more);
}

/** A feed-forward pair that a router may choose. */
export function expert(
  name: string,
  up: readonly Weights[],
  down: readonly string[],
  more: Partial<Unit> = {},
): Unit {
  const steps = [step('expert.up', 'input', up), step('expert.down', 'hidden', alternatives(down))];
  return unit(name, [steps], { optional: true, ...more });
}

export function ungated(tensor: string): Weights {
  return separate([tensor], 'hidden');
}

export function gated(gate: string, up: string): Weights {
  return separate([gate, up], 'hidden', GATED_LABELS);
}

export function fusedGated(tensor: string, labels: readonly string[] = GATED_LABELS): Weights {
  return fused(tensor, HIDDEN, 'in-turn', labels);
}

/** Shift, scale and gate of a diffusion model's block, from the embedding of time and class. */
export function modulation(tensors: readonly string[], more: Partial<Unit> = {}): Unit {
  const ways = tensors.map((tensor) => separate([tensor], 'modulation'));
  const steps = [step('conditioning', '/conditioning', ways)];
  return unit('modulation', [steps], { optional: true, ...more });
}

/** The first of these tensors that is there. */
function alternatives(tensors: readonly string[]): Weights[] {
  return tensors.map((name) => separate([name], 'output'));
}
