/** Heads are those of the part of a model whose tensors are read, wherever its configuration stands. */
import { describe, expect, it } from 'vitest';
import { allConfigs } from '../../../src/core/network/configs';
import { headsConfig } from '../../../src/core/network/heads';
import type { Config } from '../../../src/core/network/types';
import { lines, networkOf, reasons, repeat, weights } from './support';

const heads = (count: number): Config => ({ num_attention_heads: count });

describe('the configuration of a part', () => {
  const cases: readonly [what: string, config: Config, prefix: string, heads: number | undefined][] = [
    ['the only one', heads(4), 'model.', 4],
    ['InternVL', { llm_config: heads(4), vision_config: heads(3) }, 'language_model.model.', 4],
    ['InternVL', { llm_config: heads(4), vision_config: heads(3) }, 'vision_model.', 3],
    ['a text model by itself', { llm_config: heads(4), vision_config: heads(3) }, 'model.', 4],
    ['DeepSeek-VL2', { language_config: heads(4), vision_config: heads(3) }, 'language.model.', 4],
    ['Gemma 3', { text_config: heads(4), vision_config: heads(3) }, 'model.vision_tower.vision_model.', 3],
    [
      'LLaVA-NeXT, whose text model has the defaults',
      { vision_config: heads(3) },
      'language_model.',
      undefined,
    ],
    ['Qwen2-VL, whose text model is the whole', { ...heads(4), vision_config: heads(3) }, 'model.', 4],
    ['Qwen2-VL', { ...heads(4), vision_config: { num_heads: 3 } }, 'visual.', 3],
    [
      'BLIP-2',
      { text_config: heads(4), qformer_config: heads(6), vision_config: heads(3) },
      'qformer.encoder.',
      6,
    ],
    [
      'Qwen-Omni',
      {
        thinker_config: { text_config: heads(4), audio_config: heads(5) },
        talker_config: { text_config: heads(6) },
      },
      'thinker.audio_tower.',
      5,
    ],
    [
      'Qwen-Omni',
      { thinker_config: { text_config: heads(4) }, talker_config: { text_config: heads(6) } },
      'talker.model.',
      6,
    ],
    ['an encoder and a decoder', { encoder: heads(4), decoder: heads(6) }, 'decoder.model.', 6],
    ['what tells none of the part', { text_config: heads(4), vision_config: {} }, 'vision_tower.', undefined],
    ['none at all', null, 'model.', undefined],
  ];
  it.each(cases)('%s: %j for %s', (_what, config, prefix, expected) => {
    const own = headsConfig(config, prefix);
    expect(own?.['num_attention_heads'] ?? own?.['num_heads']).toBe(expected);
  });

  it('is looked for in few places only, however many there are', () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`part${i}_config`, heads(1)]));
    expect(allConfigs(many).length).toBeLessThan(100);
  });
});

describe('InternLM 2 in a model of several parts (modeling_internlm2.py, configuration_internvl_chat.py)', () => {
  const text = (prefix: string) =>
    repeat(
      2,
      weights(`${prefix}model.layers.#.`, {
        'attention.wqkv': [16, 8],
        'attention.wo': [8, 8],
        'feed_forward.w1': [12, 8],
        'feed_forward.w3': [12, 8],
        'feed_forward.w2': [8, 12],
      }),
    );
  const own = { model_type: 'internlm2', num_attention_heads: 4, num_key_value_heads: 2 };
  const alone = networkOf(text(''), own);

  it('is the network of the text model alone, by head', () => {
    expect(alone.projections[0]!.parts).toHaveLength(6);
    for (const config of [
      { llm_config: own },
      { text_config: own },
      { model_type: 'x', llm_config: own, vision_config: heads(3) },
    ]) {
      expect(networkOf(text(''), config)).toEqual(alone);
      expect(lines(networkOf(text('language_model.'), config))).toEqual(
        lines(alone).map((line) => line.replaceAll('model.layers', 'language_model.model.layers')),
      );
    }
    expect(alone.warnings).toEqual([]);
  });

  it('says where nothing tells the heads', () => {
    for (const config of [null, { llm_config: {} }, { vision_config: { num_attention_heads: 3 } }]) {
      const network = networkOf(text(''), config);
      expect(network.projections[0]!.parts).toHaveLength(1);
      expect(network.warnings).toEqual([
        { code: 'heads-unknown', tensor: 'model.layers.0.attention.wqkv.weight' },
      ]);
    }
  });

  it('knows a table by the vocabulary of the part', () => {
    const network = networkOf(
      { ...text(''), 'odd.weight': [555, 8] },
      { llm_config: { ...own, vocab_size: 555 } },
    );
    expect(reasons(network)['odd.weight']).toMatch(/table or an output head/);
  });
});
