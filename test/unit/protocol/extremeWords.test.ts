import { expect, it } from 'vitest';
import { makeSettings } from '../../../src/core/analysis/settings';
import type { Extremes } from '../../../src/protocol/analysis';
import { extremeTexts } from '../../../src/protocol/extremeWords';

const neuron = { projection: 'layers.3.mlp.up', block: 3, role: 'mlp.up', neuron: 62, weight: 0.019 };
const made = (mean: number, ci95: [number, number] | null, lists: Partial<Extremes> = {}): Extremes => ({
  neurons: 10,
  share: { mean, sd: null, ci95 },
  common: [neuron],
  rare: [{ ...neuron, neuron: 7 }],
  ...lists,
});
const say = (extremes?: Extremes, settings = makeSettings()): string[] =>
  extremeTexts({ ...(extremes && { extremes }), settings }).map((text) => text.replaceAll('\u202f', ' '));

it('the share of w has its interval, and neurons have their names', () => {
  expect(say(made(0.087, [0.076, 0.098]))).toEqual([
    'The 10 neurons of each sample with the largest shares of Z at q = 3, q = −3 make 8.7 % [7.6 %, 9.8 %] of w.',
    'Z at q = 3 depends most on layers.3.mlp.up 62 (1.9 %).',
    'Z at q = −3 depends most on layers.3.mlp.up 7 (1.9 %).',
  ]);
  expect(say(made(-0.02, null))[0]).toMatch(/ w is 2 % larger\.$/);
});

it('orders of one sign have one end, and results of before say nothing', () => {
  const [share, ...names] = say(made(0.1, null, { rare: [] }), makeSettings({ qMin: 0 }));
  expect(share).toContain('at q = 3 make 10 % of w.');
  expect(names).toHaveLength(1);
  expect(say()).toEqual([]);
});
