/** Shapes and configurations that no model has: what is made of them stays as small as what the file holds. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import { FAMILIES } from '../../../src/core/network/families/index';
import { MAX_HEADS } from '../../../src/core/network/heads';
import { MAX_PIECES, MAX_PROJECTIONS, NetworkSize, NetworkTooLarge } from '../../../src/core/network/limits';
import { MAX_STACKED } from '../../../src/core/network/parts';
import type { Config, Network, TensorShape } from '../../../src/core/network/types';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { expectSound, lines, namesOf, networkOf, reasons, repeat, weights, type Shapes } from './support';
import { factText } from '../../../src/protocol/factWords';

/** Attention of two Llama blocks, and what their mixtures of experts hold. */
const mixture = (up: readonly number[], down: readonly number[]): Shapes =>
  repeat(2, {
    ...weights('layers.#.self_attn.', { q_proj: [8, 8], k_proj: [8, 8], v_proj: [8, 8], o_proj: [8, 8] }),
    'layers.#.mlp.experts.gate_up_proj': up,
    'layers.#.mlp.experts.down_proj': down,
  });

const causeOf = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    expect(error).toBeInstanceOf(NeuroMfaError);
    return (error as NeuroMfaError).data.cause;
  }
  return expect.fail('nothing was refused');
};

describe('empty tensors', () => {
  const empty: readonly (readonly number[])[] = [
    [100_000_000, 0, 0],
    [4e9, 0, 0],
    [1e10, 0],
    [1e10, 0, 8],
    [2 ** 53 - 1, 0],
    [0, 2 ** 53 - 1],
    [0],
    [0, 0, 0, 0],
  ];

  it.each(empty.map((shape) => ({ shape })))('are left out, whatever else they are: $shape', ({ shape }) => {
    const network = networkOf(mixture(shape, shape));
    expect(network.architecture).toBe('llama');
    expect(network.projections).toHaveLength(4);
    const reason = `empty: shape [${shape.join(', ')}]`;
    expect(reasons(network)['layers.1.mlp.experts.gate_up_proj']).toBe(reason);
    expect(network.warnings).toEqual([]);
  });

  it('in the place of what a block needs are named beside what is missing', () => {
    const shapes = { ...mixture([2, 16, 8], [2, 8, 8]), 'layers.1.self_attn.o_proj.weight': [8, 0] };
    expect(causeOf(() => networkOf(shapes))).toBe(
      'it looks like llama, but block layers.1 has no self_attn.o_proj (tensors are empty: layers.1.self_attn.o_proj.weight, of shape [8, 0])',
    );
  });

  it('and so are values that cannot be read', () => {
    const shapes = { ...mixture([2, 16, 8], [2, 8, 8]), 'layers.1.self_attn.o_proj.weight': [8, 8] };
    const tensors = Object.entries(shapes).map(([name, shape]) => ({
      ...{ name, shape, dtype: name === 'layers.1.self_attn.o_proj.weight' ? 'C64' : 'F32' },
    }));
    expect(causeOf(() => buildNetwork({ tensors, config: null }, 'm'))).toBe(
      'it looks like llama, but block layers.1 has no self_attn.o_proj (values of these types cannot be read: layers.1.self_attn.o_proj.weight, of type C64)',
    );
  });

  it('and nothing else are no network, with their reason', () => {
    expect(causeOf(() => networkOf({ 'layers.0.mlp.up_proj.weight': [1e10, 0] }))).toMatch(
      /nothing in it connects two layers.*empty: shape \[10000000000, 0\]/,
    );
  });

  it('leave the rest as it is: a family has the same network without them', () => {
    const whole = mixture([2, 16, 8], [2, 8, 8]);
    const more = { ...whole, 'layers.0.mlp.up_proj.weight': [0, 8], 'layers.7.fc1.weight': [1e9, 0] };
    expect(lines(networkOf(more))).toEqual(lines(networkOf(whole)));
  });
});

it('values that cannot be read are no part of a family, with their reason', () => {
  const shapes = mixture([2, 16, 8], [2, 8, 8]);
  const list = Object.entries(shapes).map(([name, shape]): TensorShape => {
    return { name, shape, dtype: name.includes('experts') ? 'U8' : 'F16' };
  });
  const network = buildNetwork({ tensors: list, config: null }, 'test');
  expect(network.projections).toHaveLength(4);
  expect(reasons(network)['layers.0.mlp.experts.down_proj']).toBe(
    'values of type U8 cannot be read as weights',
  );
});

describe('stacks of experts', () => {
  it('are read up to a bound', () => {
    const most = networkOf(mixture([MAX_STACKED, 2, 8], [MAX_STACKED, 8, 1]));
    expect(most.projections).toHaveLength(2 * (2 + 2 * MAX_STACKED));
    const more = MAX_STACKED + 1;
    expect(causeOf(() => networkOf(mixture([more, 2, 8], [more, 8, 1])))).toBe(
      `it looks like llama, but layers.0.mlp.experts.gate_up_proj has shape [${more}, 2, 8] where a stack of up to ${MAX_STACKED} matrices is expected`,
    );
  });

  it('with fewer matrices in one of their tensors than in another are refused: no read leaves its tensor', () => {
    expect(causeOf(() => networkOf(mixture([4, 16, 8], [2, 8, 8])))).toBe(
      'it looks like llama, but layers.0.mlp.experts.down_proj has shape [2, 8, 8] where a stack of 4 matrices is expected',
    );
    expect(causeOf(() => networkOf(mixture([2, 16, 8], [4, 8, 8])))).toMatch(
      /\[4, 8, 8\] where a stack of 2/,
    );
  });

  it('are none in tensors of other dimensions', () => {
    expect(causeOf(() => networkOf(mixture([1e9, 8], [1e9, 8])))).toMatch(/\[1000000000, 8\] where a stack/);
    expect(causeOf(() => networkOf(mixture([1e9, 2, 8, 8], [1e9, 8, 8, 8])))).toMatch(/where a stack/);
  });
});

describe('numbers of heads', () => {
  const falcon = (queries: number): Shapes =>
    repeat(
      2,
      weights('transformer.h.#.', {
        'self_attention.query_key_value': [3 * queries, 8],
        'self_attention.dense': [8, queries],
        'mlp.dense_h_to_4h': [32, 8],
        'mlp.dense_4h_to_h': [8, 32],
      }),
    );
  const config = (heads: unknown): Config => ({ model_type: 'falcon', num_attention_heads: heads });
  const partsOf = ({ projections }: Network): number =>
    projections.reduce((sum, { parts }) => sum + parts.length, 0);

  it('of models are believed', () => {
    const network = networkOf(falcon(MAX_HEADS), config(MAX_HEADS));
    expect(network.projections[0]!.parts).toHaveLength(3 * MAX_HEADS);
    expect(network.warnings).toEqual([]);
  });

  it.each([50_000, 200_000, MAX_HEADS + 1, -2, 2.5, 2 ** 53, 1e300, 'eight', '8'])(
    'that none has (%s) make no parts, and the network says so',
    (heads) => {
      const queries = typeof heads === 'number' && heads < 1e6 && heads > 2 ? Math.ceil(heads) : 8;
      const network = networkOf(falcon(queries), config(heads));
      expect(partsOf(network)).toBe(8);
      expect(network.projections[0]!.segments, 'labels of rows whose order is unknown').toEqual([]);
      expect(network.warnings.map((warning) => factText(warning))).toEqual([
        expect.stringMatching(/^num_attention_heads in config\.json is .*, which is not a number of heads/),
      ]);
    },
  );

  it('in other words than a number are none: lists are one number per stage', () => {
    const tensor = 'transformer.h.0.self_attention.query_key_value.weight';
    for (const heads of [null, undefined, [2, 4], 0]) {
      expect(networkOf(falcon(8), config(heads)).warnings).toEqual([{ code: 'heads-unknown', tensor }]);
    }
  });

  it('make no more labels of keys and values than of queries', () => {
    const attention = { q_proj: [16, 8], k_proj: [90_000, 8], v_proj: [90_000, 8], o_proj: [8, 16] };
    const shapes = repeat(2, {
      ...weights('layers.#.self_attn.', attention),
      ...weights('layers.#.mlp.', { up_proj: [8, 8], down_proj: [8, 8] }),
    });
    const network = networkOf(shapes, { model_type: 'llama', num_attention_heads: 16 });
    expect(network.projections[0]!.segments).toHaveLength(16 + 2);
  });
});

describe('a network', () => {
  const projection = { parts: [], segments: [] };

  it('has a largest size', () => {
    const size = new NetworkSize('/model');
    const many = Array.from({ length: 1000 }, () => projection);
    for (let added = 0; added < MAX_PROJECTIONS; added += many.length) size.add(many);
    expect(() => {
      size.add([projection]);
    }).toThrow(`/model: its network would have more than ${MAX_PROJECTIONS} projections.`);
  });

  it('counts parts and labels too, and forgets what was not taken', () => {
    const size = new NetworkSize('/model');
    const before = size.counted;
    const large = { parts: [], segments: { length: MAX_PIECES } as never };
    size.add([large]);
    size.forget(before);
    size.add([large]);
    expect(() => {
      size.add([{ ...projection, parts: [{} as never] }]);
    }).toThrow(`more than ${MAX_PIECES} parts`);
  });

  it('that is too large is refused as a whole, as a family and without one', () => {
    // A real one would take a GB.
    const room = vi.spyOn(NetworkSize.prototype, 'expectFits').mockImplementation((projections) => {
      if (projections > 100) throw new NetworkTooLarge('/model', 'too many');
    });
    try {
      const shapes = repeat(2, {
        'layers.#.odd_experts.up': [60, 16, 8],
        'layers.#.odd_experts.down': [60, 8, 16],
      });
      for (const each of [mixture([60, 16, 8], [60, 8, 8]), shapes]) {
        expect(causeOf(() => networkOf(each))).toBe('its network would have too many');
      }
    } finally {
      room.mockRestore();
    }
  });
});

/** Sides of any size, also such as no file could hold. */
const side = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(8, 16, 24, 32) },
  fc.constantFrom(0, 1, 2, 3, 1000, 4096, 4097, 50_000, 200_000, 2 ** 31, 1e10, 2 ** 53 - 1),
);
const shape = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom([8, 8], [24, 8], [8, 24], [32, 8], [8, 32], [2, 16, 8], [2, 8, 8]),
  },
  fc.constantFrom(
    [200_000, 8],
    [8, 200_000],
    [600_000, 8],
    [4096, 2, 8],
    [4096, 8, 1],
    [1e8, 0, 0],
    [1e10, 0],
  ),
  fc.array(side, { minLength: 1, maxLength: 4 }),
);
const number = fc.oneof(
  fc.constantFrom(
    1,
    2,
    8,
    1000,
    1024,
    1025,
    50_000,
    200_000,
    600_000,
    1e10,
    -1,
    0.5,
    1e300,
    '8',
    '',
    null,
    [8],
    {},
  ),
  fc.double({ noNaN: true }),
);
const config = fc.dictionary(
  fc.constantFrom(
    ...[
      'num_attention_heads',
      'n_head',
      'n_heads',
      'num_heads',
      'encoder_attention_heads',
      'num_key_value_heads',
    ],
    ...[
      'num_local_experts',
      'num_experts',
      'n_groups',
      'hidden_size',
      'intermediate_size',
      'num_hidden_layers',
    ],
    ...['vocab_size', 'text_config', 'quantization_config'],
  ),
  number,
);

it('never makes more than the file and a bound account for, of whatever shapes and numbers (seeded)', () => {
  const checkpoint = fc.constantFrom(...FAMILIES).chain((family) => {
    const names = namesOf(family);
    return fc.record({
      type: fc.constantFrom(undefined, family.modelTypes[0]),
      names: fc.constant(names),
      blocks: fc.integer({ min: 1, max: 3 }),
      // Most tensors of a kind have the same shape in all blocks, or no block would fit.
      shapes: fc.array(fc.oneof({ weight: 12, arbitrary: fc.constant([8, 8]) }, shape), {
        minLength: names.length,
        maxLength: names.length,
      }),
    });
  });
  let networks = 0;
  fc.assert(
    fc.property(checkpoint, config, ({ names, blocks, shapes, type }, numbers) => {
      const all: Record<string, readonly number[]> = {};
      for (const [i, name] of names.entries()) {
        for (let block = 0; block < blocks; block++) {
          let place = 0;
          all[name.replaceAll('#', () => String(place++ === 0 ? block : 0))] = shapes[i]!;
        }
      }
      const list = Object.entries(all);
      const heads = Object.values(numbers).some((value) => typeof value === 'number') ? MAX_HEADS : 0;
      const allowed = list.reduce((sum, [, sizes]) => {
        const matrices = sizes.length === 3 && !sizes.includes(0) ? Math.min(sizes[0]!, MAX_STACKED) : 1;
        return sum + 16 * matrices + 6 * heads;
      }, 0);
      let network: Network;
      try {
        network = networkOf(all, { ...numbers, ...(type !== undefined && { model_type: type }) });
      } catch (error) {
        expect(error).toBeInstanceOf(NeuroMfaError);
        return;
      }
      networks++;
      expectSound(network, all);
      const made = network.projections.reduce(
        (sum, { parts, segments }) => sum + 1 + parts.length + segments.length,
        network.draws.length + network.skipped.length,
      );
      expect(made).toBeLessThanOrEqual(allowed);
    }),
    { seed: 10, numRuns: 400 },
  );
  expect(networks).toBeGreaterThan(80);
}, 60_000);
