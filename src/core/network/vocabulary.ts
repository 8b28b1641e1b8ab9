/**
 * What the names of layers say in any program's words: the kind of module that contains a layer, and what the layer
 * does there. Names are split into words, so `SelfAttention.q`, `attn_q`, `to_q` and `query_proj` mean the same.
 */
import { isOfExperts } from './experts';

/** The kind of a part of a block. */
export type Kind =
  'attention' | 'cross-attention' | 'mlp' | 'experts' | 'convolution' | 'state space' | 'other';

/**
 * The function of a matrix in attention, where its name gives it; latent ones belong to multi-head latent attention.
 */
export type AttentionSlot =
  'q' | 'k' | 'v' | 'qkv' | 'kv' | 'out' | 'q latent' | 'q of latent' | 'kv latent' | 'kv of latent';

/**
 * The words of one component of a name, in lower case: `EncDecAttention`, `enc_dec_attention` → enc, dec, attention.
 */
export function wordsOf(component: string): string[] {
  return component
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[_-]+/)
    .filter((word) => word !== '');
}

const KINDS: readonly (readonly [Kind, RegExp])[] = [
  ['cross-attention', /cross|(enc|encoder)_(dec_|decoder_)?att|src_att|inter_att|context_att|xattn/],
  ['attention', /(^|_)(self_?)?(att|attn|attention|atten|mha|msa|sa)s?_?\d*(_|$)|attention/],
  ['mlp', /(^|_)(mlp|ffn|ffw|ff|feed_?forward|intermediate|ffwd)s?\d*(_|$)|^dense_relu_dense/],
  ['convolution', /conv/],
  ['state space', /(^|_)(ssm|mamba\d?|mixer)(_|$)/],
];
/** Layers directly in the block, or in a module whose name says nothing. */
const LEAF_KINDS: readonly (readonly [Kind, RegExp])[] = [
  [
    'attention',
    /^((to|linear|lin|w)_)?(w?[qkv]|w?qkv|w?kv|query|key|value|query_key_value)(_(proj|lin|linear|projection))?$|^w_?o$|^o_proj$/,
  ],
  [
    'mlp',
    /^(ff?c_?\d|lin(ear)?_?[12]|w_?[123]|wi(_\d)?|((gate|up|down|gate_up)(_(proj|lin|linear))?)|dense_(h_to_4h|4h_to_h)|c_fc)$/,
  ],
];
/** Names of a second kind of attention in a block that has a first. */
const SECOND_ATTENTION = /^(multihead_attn|attn_?2)$/;

export interface Module {
  kind: Kind;
  /** Distinguishes it from others of its kind in the block. */
  name: string;
  /** Whether it may be cross-attention, if there is another attention in the block. */
  second: boolean;
}

/** @param components of a layer's name in its block; the last one is the layer itself. */
export function moduleOf(components: readonly string[]): Module {
  if (isOfExperts(components.join('.'))) return { kind: 'experts', name: '', second: false };
  const words = components.map((component) => wordsOf(component).join('_'));
  for (const [i, text] of words.entries()) {
    const found = KINDS.find(([, pattern]) => pattern.test(text));
    if (!found) continue;
    // The layer's own name decides: all such layers of one kind belong together.
    const own = i === words.length - 1;
    return {
      kind: found[0],
      name: components.slice(0, own ? i : i + 1).join('.'),
      second: SECOND_ATTENTION.test(text),
    };
  }
  const mixture = words.findIndex((text) => /(^|_)moe(_|$)/.test(text));
  if (mixture >= 0) return { kind: 'mlp', name: components.slice(0, mixture + 1).join('.'), second: false };
  const leaf = words.at(-1)!;
  const found = LEAF_KINDS.find(([, pattern]) => pattern.test(leaf));
  return { kind: found?.[0] ?? 'other', name: components.slice(0, -1).join('.'), second: false };
}

/** Words that say nothing about the function of a matrix. */
const NOISE = new Set(
  'to proj projs lin linear projection layer attn att attention atten self cross enc dec encoder decoder inter src w weight c fused layernorm dense mqa with ffn ff mlp ffw feed forward feedforward matrix'.split(
    ' ',
  ),
);

const ATTENTION_SLOTS: Readonly<Record<string, AttentionSlot>> = {
  q: 'q',
  query: 'q',
  queries: 'q',
  wq: 'q',
  k: 'k',
  key: 'k',
  keys: 'k',
  wk: 'k',
  v: 'v',
  value: 'v',
  values: 'v',
  wv: 'v',
  qkv: 'qkv',
  wqkv: 'qkv',
  in: 'qkv',
  in_qkv: 'qkv',
  pack: 'qkv',
  query_key_value: 'qkv',
  kv: 'kv',
  wkv: 'kv',
  key_value: 'kv',
  o: 'out',
  wo: 'out',
  out: 'out',
  output: 'out',
  q_a: 'q latent',
  wq_a: 'q latent',
  q_b: 'q of latent',
  wq_b: 'q of latent',
  kv_a: 'kv latent',
  wkv_a: 'kv latent',
  kv_b: 'kv of latent',
  wkv_b: 'kv of latent',
};

function meaning(component: string): string {
  return wordsOf(component)
    .filter((word) => !NOISE.has(word))
    .join('_');
}

/** Null where the name does not say. */
export function attentionSlot(components: readonly string[]): AttentionSlot | null {
  const last = meaning(components.at(-1)!);
  if (Object.hasOwn(ATTENTION_SLOTS, last)) return ATTENTION_SLOTS[last]!;
  // For example `to_out.0`, `output.dense`, `query.base`.
  if (last !== '' && !/^\d+$/.test(last)) return null;
  const before = components.length > 1 ? meaning(components.at(-2)!) : '';
  return Object.hasOwn(ATTENTION_SLOTS, before) ? ATTENTION_SLOTS[before]! : null;
}

/** Programs whose fused q, k and v are ordered by key-value head: Megatron, Transformer Engine, BLOOM, early LitGPT. */
export function isByHead(components: readonly string[]): boolean {
  return /^(linear_qkv|layernorm_qkv|query_key_value|attn)$/.test(components.at(-1)!);
}

const GATE = /^(gate|up_gate|w1|wi_0|fc_1|fc1_g|wg|g|1_g)$/;
const UP =
  /^(gate|up|gate_up|up_gate|gate_and_up|w1|w3|wi|wi_\d|fc|fc_?1|1|in|h_4h|h_to_4h|inter|intermediate|hidden|fc1_[gx])$/;
const DOWN = /^(down|w2|wo|fc_?2|2|out|output|4h_to_h|4h_h)$/;

/** The function of an MLP's layer by its name; null where that does not say. */
export function mlpSlot(components: readonly string[]): { gate: boolean; down: boolean } | null {
  const own = components.map(meaning).filter((text) => text !== '' && !/^\d+$/.test(text));
  const last = own.at(-1) ?? '';
  const numbered = last.replace(/^([a-z]+?)_?(\d)$/, (all, word: string, number: string) =>
    word === 'lin' || word === 'linear' || word === 'mlp' || word === 'ff' ? number : all,
  );
  if (DOWN.test(numbered)) return { gate: false, down: true };
  return UP.test(numbered) ? { gate: GATE.test(numbered), down: false } : null;
}

/** Whether the first half of a fused tensor is the gate, as far as its name says. */
export function isGateThenUp(components: readonly string[]): boolean {
  return /gate_?(and_)?up|^linear_fc1$/.test(components.at(-1)!);
}

/** Names of the MLP of a block that runs first: the one before a convolution, or the one that mixes tokens. */
export const FIRST_MLP = /macaron|token|(ff|ffn|feed_?forward_?)_?1$/;

/** Names of layers between stages, or beside a block, that change the width of the activations. */
export const RESAMPLES = /(^|[._])(reduction|downsample\w*|merging)([._]|$)/i;
