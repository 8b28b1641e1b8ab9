/** Checkpoints made from the families' own tables, whole or damaged: a sound network or a reason, in any order and dress. */
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import { FAMILIES } from '../../../src/core/network/families/index';
import type { Config, Network, TensorShape } from '../../../src/core/network/types';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { expectSound, namesOf, tensors, type Shapes } from './support';

const shape = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom([8, 8], [24, 8], [8, 24], [32, 8], [8, 32], [16, 8]) },
  fc.constantFrom([2, 8, 8], [2, 16, 8], [8, 8, 3, 3], [8, 1, 3], [8], [4, 8, 32], [1, 8], [0, 8], [1000, 8]),
);

const ofFamily = fc.constantFrom(...FAMILIES).chain((family) => {
  const names = namesOf(family);
  const pick = fc.record({ kept: fc.integer({ min: 0, max: 9 }), shape });
  return fc
    .record({
      blocks: fc.integer({ min: 1, max: 3 }),
      experts: fc.integer({ min: 1, max: 3 }),
      picks: fc.array(pick, { minLength: names.length, maxLength: names.length }),
    })
    .map(({ blocks, experts, picks }): Shapes => {
      const shapes: Record<string, readonly number[]> = {};
      for (const [i, name] of names.entries()) {
        if (picks[i]!.kept < 3) continue;
        for (let block = 0; block < blocks; block++) {
          for (let expert = 0; expert < experts; expert++) {
            let number = 0;
            shapes[name.replaceAll('#', () => String(number++ === 0 ? block : expert))] = picks[i]!.shape;
          }
        }
      }
      return shapes;
    });
});

const anyName = fc.constantFrom(...new Set(FAMILIES.flatMap(namesOf)));
const others = fc.dictionary(
  fc
    .tuple(anyName, fc.array(fc.constantFrom('0', '1', '10', '01'), { minLength: 3, maxLength: 3 }))
    .map(([name, numbers]) => name.replaceAll('#', () => numbers.shift()!)),
  shape,
  { maxKeys: 8 },
);
const dtype = fc.oneof(
  { weight: 5, arbitrary: fc.constant('F16') },
  fc.constantFrom('I8', 'F8_E4M3', 'BOOL'),
);
const configs = fc.constantFrom<Config>(
  null,
  { num_attention_heads: 2 },
  { num_attention_heads: 3, model_type: 'llama', vocab_size: 32 },
  { n_head: 2, model_type: 'gpt2', quantization_config: { quant_method: 7 } },
);

/** The network, or why there is none; a name once it is bare of `prefix`. */
function outcome(list: readonly TensorShape[], config: Config, prefix = ''): Network | string {
  // Other components may end as the prefix does: `language_model.`
  const own = new RegExp(`(?<![a-z_])${prefix.replace('.', '\\.')}`, 'g');
  try {
    const text = JSON.stringify(buildNetwork({ tensors: list, config }, 'random'));
    return JSON.parse(text.replaceAll(own, '')) as Network;
  } catch (error) {
    expect(error).toBeInstanceOf(NeuroMfaError);
    expect((error as NeuroMfaError).data).toMatchObject({ code: 'unsupported', subject: 'random' });
    return (error as NeuroMfaError).data.cause.replaceAll(own, '');
  }
}

it('has a sound network or a reason, and the same in any order and under a prefix (seeded)', async () => {
  const order = fc.infiniteStream(fc.nat());
  await fc.assert(
    fc.asyncProperty(ofFamily, others, configs, dtype, order, async (own, more, config, odd, random) => {
      // Lets the runner hear that this process lives.
      await setImmediate();
      const shapes = { ...own, ...more };
      // Every ninth tensor is of another type.
      const list = tensors(shapes, 'F16').map((tensor, i) =>
        i % 9 === 8 ? { ...tensor, dtype: odd } : tensor,
      );
      const network = outcome(list, config);
      if (typeof network !== 'string') expectSound(network, shapes);
      const shuffled = list
        .map((tensor) => ({ tensor, key: random.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ tensor }) => tensor);
      expect(outcome(shuffled, config)).toEqual(network);
      for (const prefix of ['module.', 'model.']) {
        const dressed = list.map((tensor) => ({ ...tensor, name: prefix + tensor.name }));
        expect(outcome(dressed, config, prefix)).toEqual(network);
      }
    }),
    { seed: 11, numRuns: 500 },
  );
});
