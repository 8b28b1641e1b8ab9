/** What tells two networks apart. */
import { describe, expect, it } from 'vitest';
import { networkStructure, structureDigest } from '../../../src/core/network/structure';
import { networkOf, repeat, weights } from './support';

const llama = (blocks: number, hidden = 24) =>
  repeat(
    blocks,
    weights('model.layers.#.', {
      'self_attn.q_proj': [8, 8],
      'self_attn.k_proj': [4, 8],
      'self_attn.v_proj': [4, 8],
      'self_attn.o_proj': [8, 8],
      'mlp.gate_proj': [hidden, 8],
      'mlp.up_proj': [hidden, 8],
      'mlp.down_proj': [8, hidden],
    }),
  );
const BLOCK = ['attention.qkv 8→16', 'attention.out 8→8', 'mlp.up 8→48', 'mlp.down 24→8'];

describe('the structure of a network', () => {
  it('has the roles and widths of its projections, each kind of block once', () => {
    expect(networkStructure(networkOf(llama(3)))).toEqual({
      kinds: [BLOCK],
      blocks: [
        [0, 0],
        [1, 0],
        [2, 0],
      ],
    });
  });

  it('knows nothing of tables, heads, buffers and names', () => {
    const bare = networkStructure(networkOf(llama(2)));
    const more = {
      ...llama(2),
      'model.embed_tokens.weight': [5000, 8],
      'lm_head.weight': [5000, 8],
      'model.layers.0.self_attn.rotary_emb.inv_freq': [4],
    };
    expect(networkStructure(networkOf(more))).toEqual(bare);
    const renamed = Object.fromEntries(
      Object.entries(more).map(([name, shape]) => [`module.policy.${name}`, shape]),
    );
    expect(networkStructure(networkOf(renamed))).toEqual(bare);
    expect(networkStructure(networkOf(llama(2, 16)))).not.toEqual(bare);
    expect(structureDigest(networkStructure(networkOf(llama(2, 16))))).not.toBe(structureDigest(bare));
  });

  it('counts experts instead of listing them', () => {
    const moe = weights('model.layers.0.', {
      'self_attn.q_proj': [8, 8],
      'self_attn.k_proj': [8, 8],
      'self_attn.v_proj': [8, 8],
      'self_attn.o_proj': [8, 8],
    });
    for (let expert = 0; expert < 5; expert++)
      Object.assign(
        moe,
        weights(`model.layers.0.mlp.experts.${expert}.`, {
          gate_proj: [4, 8],
          up_proj: [4, 8],
          down_proj: [8, 4],
        }),
      );
    expect(networkStructure(networkOf(moe)).kinds).toEqual([
      ['attention.qkv 8→24', 'attention.out 8→8', '5 times expert.up 8→8 and expert.down 4→8'],
    ]);
  });

  it('tells kernels and groups apart', () => {
    const net = (kernel: number[]) => ({
      'net.0.a.weight': [16, 8, 1, 1],
      'net.0.b.weight': kernel,
      'net.1.a.weight': [16, 16, 3, 3],
      'net.1.b.weight': [16, 16, 1, 1],
    });
    const [grouped, plain] = [net([16, 4, 3, 3]), net([16, 16, 3, 3])].map(
      (shapes) => networkStructure(networkOf(shapes)).kinds[0]!,
    );
    expect(grouped!.at(-1)).toBe('conv.inner 16→16 (16 × 9 taps in 4 groups)');
    expect(plain!.at(-1)).toBe('conv.inner 16→16 (16 × 9 taps in 1 groups)');
  });
});
