/** Why a tensor is no part of the network, by its name and shape. */
import { PLAIN_CODES, type Fact, type FactCode, type PlainCode } from '../../protocol/facts';
import { isDecodable } from '../checkpoint/dtype';
import { allConfigs } from './configs';
import type { Config, TensorShape } from './types';

type Rule = readonly [pattern: RegExp, code: PlainCode];

/** One object for all tensors with this reason. */
const REASONS = new Map(PLAIN_CODES.map((code) => [code, { code }]));
export const because = (code: PlainCode): Fact => REASONS.get(code)!;

/** Apply everywhere, whatever the shape. */
const BUFFERS: readonly Rule[] = [
  [/\.masked_bias$|(^|\.)(tril|causal_mask)$/, 'attention-mask'],
  [/\.(rotary_emb\.inv_freq|rotary_emb\.freqs|freqs_cis|inv_freq)$/, 'rotary-frequencies'],
  [/\.(running_mean|running_var|num_batches_tracked)$/, 'batch-statistics'],
  [/(^|\.)(position_ids|relative_position_index|relative_coords_table|token_type_ids)$/, 'positions'],
];

const VECTORS: readonly Rule[] = [
  [/norm|(^|\.)(ln|bn|gn)(_|\d|\.|$)/i, 'normalization'],
  [/bias$/, 'bias'],
];

const ANYWHERE: readonly Rule[] = [
  [
    /relative_attention_bias|attn_rel_b|relative_position_bias|rel_pos|pos_bias_[uv]$|attention_biases/,
    'position-table',
  ],
  [/(attn|attention)\.bias$/, 'attention-mask'],
  [/(^|[._])(q|k|query|key|ssm)_?(layer)?norm$/, 'normalization'],
  [/bias$|(^|\.)_?b_[QKVO]$/, 'bias'],
  [/(^|\.)rel_attn\.(r|seg_embed)$/, 'position-table'],
  [
    /lora_([ABab]|down|up)\b|\.lora\.|lora\d*\.(up|down)\b|lora_embedding|_adapter_list\.|\.adapter\.linear_(in|out)$|(^|\.)adapter_(down|up)(\.|$)/,
    'inner-adapter',
  ],
  // The poles, residues and inner kernels of Hyena's long filter are one per group of channels.
  [/(^|\.)(A_log$|ssm_a$|rg_lru\.|filter\.(log_)?(poles|residues)$|filter\.h$)/, 'state-space-parameter'],
  [/(^|\.)time_(decay|faaaa|first|maa|mix)(_\w+)?$|(^|\.)att\.([wavg][012]|[rk]_[ka])$/, 'time-mixing'],
  [/(^|\.)(router|shared_expert_gate|ffn_gate_inp(_shexp)?)(\.|$)/, 'router'],
  [/(^|\.)indexer\./, 'attention-indexer'],
  [
    /(^|\.)(se|se_module|squeeze_excite|squeeze_excitation|se_layer)\.|(^|\._?)_?se_(reduce|expand)$|\.block\.\d\.fc[12]$|\.layer\.\d\.attention\.[02]$/,
    'channel-gate',
  ],
  [/(^|\.)scale_shift_table$/, 'conditioning-embedding'],
  // nnU-Net has one at each resolution of its decoder.
  [/(^|\.)seg_layers\./, 'output-head'],
];

/** Apply only outside the repeated blocks: inside, the same words name layers of the block. */
const OUTSIDE: readonly Rule[] = [
  [
    /(^|\.)(wpe|pos_?embed(ding)?s?|pos_conv\w*|pos_?emb|position_?embeddings?|position_embd|(?:\w+_)?positional_?embeddings?|embed_positions|query_position_embeddings|query_embed)(\.|$)/i,
    'position-table',
  ],
  [
    /(^|\.)(t_embedder|y_embedder|time_?embed(ding|der)?|time_text_embed|time_mlp|timestep_?embedd(er|ing)|context_embedder|(time|vector|guidance|txt)_in|label_emb|distilled_guidance_layer|condition_embedder|add_embedding|class_embedding|cond_?embed(der|ding)?|adaln_single|caption_projection|time_projection|time_proj|text_embedd(ing|er)|img_emb|cap_embedder|t_block|\w+_stream_modulation\w*)(\.|$)/i,
    'conditioning-embedding',
  ],
  [
    /(^|\.)(x_embedder|patch_embed\w*|patch_embd|embedder|embeddings\.projection|stem\w*|conv_?in|img_in|patch_conv|conv_proj|_?conv_stem|conv1|conv0|features\.0\.0|encoder\.conv2|input_blocks\.0\.0|patchify|downsample_layers\.0|feature_extractor|feature_projection|inc\.double_conv\.0)(\.|$)/i,
    'stem',
  ],
  [
    /(^|\.)(embed_?in|wte|w?tok_embeddings|token_embd|word_embeddings?|embed_tokens|tokens?_embed\w*|token_?type_embeddings?|token_types|embeddings?|embed|emb|embedding_layer|prompt_embeddings|shared|word_embeddings_layernorm)(\.|$)/i,
    'token-embedding',
  ],
  [/(^|\.)pooler(\.|$)|(^|\.)pool(\.|$)/i, 'pooler'],
  [
    /(^|\.)(embed_?out|unembed(?:ding)?|\w*_?heads?|classifier|classification_head|score|scores|output|out|_?fc|cls|qa_outputs|output_layer|ff_out|conv_?out|top_conv|final_conv|conv_1x1_exp|features\.\d+\.0|norm_out|outc|final_layer|proj_out|predictions|lm_logits|vocab_\w+|(to_)?logit\w*|class_labels_classifier|bbox_\w+|class_embed|mask_embed|text_projection|visual_projection|projection)(\.|$)/i,
    'output-head',
  ],
];

/** Apply everywhere too, but the network lacks what is left out. */
const MISSED: readonly Rule[] = [[/(^|\.)experts\.(mlp\.(w1|v1|w2)|moe_w_\w+)$/, 'joined-experts']];

function firstMatch(rules: readonly Rule[], path: string): Fact | null {
  const rule = rules.find(([pattern]) => pattern.test(path));
  return rule ? because(rule[1]) : null;
}

/** Why a tensor can be no projection in any position; null where it may be one. @param path see `layerPath`. */
export function ownReason({ shape, dtype }: TensorShape, path: string): Fact | null {
  const buffer = firstMatch(BUFFERS, path);
  if (buffer) return buffer;
  if (shape[0] === 0) return { code: 'empty-tensor', shape: [...shape] };
  if (shape.length < 2) return firstMatch(VECTORS, path) ?? because('not-a-matrix');
  if (shape.includes(0)) return { code: 'empty-tensor', shape: [...shape] };
  return (
    firstMatch(ANYWHERE, path) ??
    firstMatch(MISSED, path) ??
    (isDecodable(dtype) ? null : { code: 'unreadable-type', dtype })
  );
}

/** Whether it holds weights that could join two layers, whatever its name is. */
export function holdsWeights({ shape, dtype }: TensorShape): boolean {
  return shape.length >= 2 && !shape.includes(0) && isDecodable(dtype);
}

/** Why a tensor of two or more dimensions is no matrix by its shape; null where it may be one. */
export function flatReason(shape: readonly number[]): Fact | null {
  if (shape.length === 2) return shape.includes(1) ? because('vector') : null;
  return shape.slice(0, -2).every((size) => size === 1) ? because('table-per-position') : null;
}

/** Why a matrix outside the repeated blocks is no projection by its size; null where it may be one. */
export function vocabularyReason(shape: readonly number[], config: Config): Fact | null {
  const sizes = allConfigs(config).map((each) => each['vocab_size']);
  return shape.length === 2 && shape.some((side) => sizes.includes(side)) ? because('table-or-head') : null;
}

/** Why a matrix outside the repeated blocks is no projection by its name; null where it may be one. */
export function outsideReason(path: string): Fact | null {
  return firstMatch(OUTSIDE, path);
}

const EXPECTED = new Set<FactCode>([
  ...[...BUFFERS, ...VECTORS, ...ANYWHERE, ...OUTSIDE].map(([, code]) => code),
  ...([
    'not-a-matrix',
    'vector',
    'table-per-position',
    'stem',
    'table-or-head',
    'beside-quantized',
    'optimizer-state',
    'training-state',
    'program-constant',
    'pruning-mask',
    'other-weights',
    'stored-again',
    'empty-tensor',
    'multi-token-prediction',
    'image-autoencoder',
    'added',
    'factor',
    'looked-up',
    'unused',
    'other-operation',
  ] as const),
]);

/** Whether a network is complete without what is left out for this reason. */
export function isExpected({ code }: Fact): boolean {
  return EXPECTED.has(code);
}
