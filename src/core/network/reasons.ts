/** Why a tensor is no part of the network, by its name and shape. */
import { isDecodable } from '../checkpoint/dtype';
import { shapeText } from './misfit';
import type { TensorShape } from './types';

type Rule = readonly [pattern: RegExp, reason: string];

/** Hold everywhere, whatever the shape. */
const BUFFERS: readonly Rule[] = [
  [/\.masked_bias$/, 'buffer: attention mask'],
  [/\.(rotary_emb\.inv_freq|rotary_emb\.freqs|freqs_cis|inv_freq)$/, 'buffer: rotary position frequencies'],
  [/\.(running_mean|running_var|num_batches_tracked)$/, 'buffer: batch statistics'],
  [/(^|\.)(position_ids|relative_position_index|relative_coords_table|token_type_ids)$/, 'buffer: positions'],
];

const VECTORS: readonly Rule[] = [
  [/norm|(^|\.)(ln|bn|gn)(_|\d|\.|$)/i, 'normalisation'],
  [/bias$/, 'bias'],
];

const ANYWHERE: readonly Rule[] = [
  [/relative_attention_bias|relative_position_bias|rel_pos|attention_biases/, 'position table'],
  [/(attn|attention)\.bias$/, 'buffer: attention mask'],
  [/bias$/, 'bias'],
  [
    /lora_(A|B|down|up)\b|\.lora\.|lora_embedding/,
    'low-rank update of a tensor that is here: analyse the adapter by itself',
  ],
  [/(^|\.)A_log$/, 'state-space parameter: joins no two layers'],
  [/(^|\.)(router|shared_expert_gate)(\.|$)/, 'router'],
  [/(^|\.)(mlp|moe|ffn|feed_forward|block_sparse_moe)\.gate$/, 'router'],
];

/** Hold outside the repeated blocks alone: inside, the same words name layers of the block. */
const OUTSIDE: readonly Rule[] = [
  [
    /(^|\.)(wpe|pos_?embed(ding)?s?|pos_?emb|position_?embeddings?|positional_?embeddings?|embed_positions)(\.|$)/i,
    'position table',
  ],
  [
    /(^|\.)(t_embedder|y_embedder|time_?embed(ding|der)?|time_text_embed|time_mlp|timestep_?embedd(er|ing)|add_embedding|class_embedding|cond_?embed(der|ding)?|adaln_single|caption_projection)(\.|$)/i,
    'conditioning embedding',
  ],
  [
    /(^|\.)(x_embedder|patch_embed\w*|embedder|embeddings\.projection|stem\w*|conv_?in|conv_proj|conv_stem|conv1|patchify|downsample_layers\.0|feature_extractor|inc\.double_conv\.0)(\.|$)/i,
    'stem: reads raw input',
  ],
  [
    /(^|\.)(embed_?in|wte|w?tok_embeddings|token_embd|word_embeddings?|embed_tokens|tokens?_embed\w*|token_?type_embeddings?|embeddings?|embed|emb|shared|word_embeddings_layernorm)(\.|$)/i,
    'token embedding: joins no two layers of neurons',
  ],
  [/(^|\.)pooler(\.|$)|(^|\.)pool(\.|$)/i, 'pooler'],
  [
    /(^|\.)(embed_?out|\w*_?heads?|classifier|classification_head|score|scores|output|out|fc|cls|qa_outputs|conv_?out|outc|final_layer|proj_out|predictions|lm_logits|vocab_\w+|logit\w*|text_projection|visual_projection|projection)(\.|$)/i,
    'output head (unembedding)',
  ],
];

function firstMatch(rules: readonly Rule[], path: string): string | null {
  return rules.find(([pattern]) => pattern.test(path))?.[1] ?? null;
}

/** Why a tensor can be no projection wherever it stands; null where it may be one. @param path see `layerPath`. */
export function ownReason({ shape, dtype }: TensorShape, path: string): string | null {
  const buffer = firstMatch(BUFFERS, path);
  if (buffer) return buffer;
  if (shape.length < 2) return firstMatch(VECTORS, path) ?? 'not a matrix';
  if (shape.includes(0)) return `empty: shape ${shapeText(shape)}`;
  return (
    firstMatch(ANYWHERE, path) ??
    (isDecodable(dtype) ? null : `values of type ${dtype} cannot be read as weights`)
  );
}

/** Why a matrix outside the repeated blocks is no projection; null where nothing tells so. */
export function outsideReason(path: string): string | null {
  return firstMatch(OUTSIDE, path);
}
