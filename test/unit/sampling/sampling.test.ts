import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import { describeSettings } from '../../../src/cli/analysisText';
import { makeSettings } from '../../../src/core/analysis/settings';
import { resultKey } from '../../../src/core/store/resultKey';
import { settingsConditions } from '../../../webview/data/conditions';
import { settingsLine } from '../../../webview/words/settings';
import { drawNeurons, sampledNeurons, sampleSize, wholeLayers } from '../../../src/core/sampling/drawNeurons';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { unitCases } from '../support/golden';
import { neoxTensors } from '../support/neox';

describe('MT19937', () => {
  it('gives the published first outputs of seed 5489', () => {
    const generator = new Mt19937(5489);
    expect([generator.uint32(), generator.uint32(), generator.uint32()]).toEqual([
      3499211612, 581869302, 3890346734,
    ]);
  });

  it('gives the 10,000th output that the C++ standard fixes for mt19937', () => {
    const generator = new Mt19937(5489);
    for (let i = 1; i < 10_000; i++) generator.uint32();
    expect(generator.uint32()).toBe(4123659995);
  });

  it('draws without replacement', () => {
    for (const n of [1, 2, 3, 17, 255, 256, 257]) {
      const drawn = new Mt19937(n).choose(n, n);
      expect([...drawn].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
    }
  });
});

describe('contiguous draws', () => {
  const network = buildNetwork({ tensors: neoxTensors(128, 2, 300), config: null }, 'test');
  const drawn = (seed: number): Uint32Array[] =>
    drawNeurons(network.draws, { neurons: 20, draws: 'runs' }, seed);

  it('are one run of neighbors of each layer, round its end, from a start that the seed tells', () => {
    for (let seed = 0; seed < 50; seed++) {
      expect(drawn(seed)).toEqual(drawn(seed));
      for (const [i, neurons] of drawn(seed).entries()) {
        const { width } = network.draws[i]!;
        expect(neurons).toHaveLength(sampleSize(network.draws[i]!, 20));
        expect([...neurons]).toEqual([...neurons].map((_, step) => (neurons[0]! + step) % width));
      }
    }
  });

  it('begin anywhere, and not at the same place in every layer', () => {
    const starts = Array.from({ length: 400 }, (_, seed) => drawn(seed)[0]![0]!);
    expect(new Set(starts).size).toBeGreaterThan(100);
    expect(Math.max(...starts)).toBeGreaterThan(network.draws[0]!.width - 20);
    expect(new Set(drawn(1).map((neurons) => neurons[0]!)).size).toBeGreaterThan(1);
  });

  it('take a narrow layer whole', () => {
    const narrow = drawNeurons(network.draws, { neurons: 1000, draws: 'runs' }, 3);
    for (const [i, neurons] of narrow.entries()) expect(new Set(neurons).size).toBe(network.draws[i]!.width);
  });

  it('are another setting under another key, and scattered ones leave no trace in either', () => {
    const [scattered, runs] = [makeSettings(), makeSettings({ draws: 'runs' })];
    expect(scattered).not.toHaveProperty('draws');
    expect(makeSettings({ draws: 'scattered' })).toEqual(scattered);
    expect(runs).toEqual({ ...scattered, draws: 'runs' });
    expect(resultKey('f', runs)).not.toBe(resultKey('f', scattered));
    expect(settingsConditions(runs)).not.toBe(settingsConditions(scattered));
    expect(makeSettings({ mode: 'full', draws: 'runs' })).not.toHaveProperty('draws');
    expect(() => makeSettings({ draws: 'any' as 'runs' })).toThrow('is no way to draw neurons');
  });

  it('are named wherever settings are', () => {
    const runs = makeSettings({ draws: 'runs' });
    for (const words of [describeSettings(runs), settingsLine(runs)])
      expect(words).toContain('contiguous draws');
    for (const words of [describeSettings(makeSettings()), settingsLine(makeSettings())])
      expect(words).not.toContain('contiguous');
  });
});

describe('the paper preset, against the reference', () => {
  it.each(unitCases.sampling)('hidden $hidden, $layers blocks, k $layer_sample, seed $seed', (unit) => {
    const network = buildNetwork({ tensors: neoxTensors(unit.hidden, unit.layers), config: null }, 'test');
    const drawn = drawNeurons(network.draws, { neurons: unit.layer_sample, draws: 'scattered' }, unit.seed);
    const neurons = network.projections.map((projection) => sampledNeurons(projection, drawn));
    const ours = (projection: number, side: 'sources' | 'targets'): number[] => [
      ...neurons.at(projection)![side],
    ];
    const first = {
      nums1: ours(0, 'sources'),
      nums2: ours(0, 'targets'),
      nums4: ours(1, 'targets'),
      nums5: ours(2, 'targets'),
    };
    const last = { nums4: ours(-3, 'targets'), nums5: ours(-2, 'targets'), nums6: ours(-1, 'targets') };
    // The larger models are recorded by their first and last draw alone.
    expect(first).toMatchObject(unit.block0);
    expect(last).toMatchObject(unit.last_block);
    expect(ours(1, 'sources')).toEqual(first.nums2.slice(0, unit.layer_sample));
    expect(ours(3, 'sources')).toEqual(first.nums5);
    expect(wholeLayers(network.draws, unit.layer_sample)).toEqual([]);
  });

  it('takes the rows q, k and v of the same heads', () => {
    const network = buildNetwork({ tensors: neoxTensors(128, 1), config: null }, 'test');
    const { targets } = sampledNeurons(
      network.projections[0]!,
      drawNeurons(network.draws, { neurons: 2, draws: 'scattered' }, 7),
    );
    const [a, b] = targets;
    expect([...targets]).toEqual([a, b, a! + 128, b! + 128, a! + 256, b! + 256]);
  });

  it('takes a layer whole, and says so, when it is narrower than the sample', () => {
    const network = buildNetwork({ tensors: neoxTensors(64, 1, 96), config: null }, 'test');
    const drawn = drawNeurons(network.draws, { neurons: 80, draws: 'scattered' }, 0);
    expect(drawn.map((neurons) => new Set(neurons).size)).toEqual([64, 64, 64, 96, 64]);
    expect(wholeLayers(network.draws, 80)).toContainEqual({
      layer: 'block 0 MLP hidden',
      asked: 160,
      width: 96,
    });
  });
});
