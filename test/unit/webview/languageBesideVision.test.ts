/** A language model and a convolutional network in one Emergence panel: from tensors of their real names to the figures. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSettings } from '../../../src/core/analysis/settings';
import type { RunResult } from '../../../src/core/emergence/runResult';
import { runSeries } from '../../../src/core/emergence/runSeries';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { standardNormal } from '../../../src/core/stats/normal';
import type { RunSeries } from '../../../src/protocol/run';
import type { RunResults, ShownRun } from '../../../webview/data/shownRuns';
import { runProvenance } from '../../../webview/exporting/runProvenance';
import type { Figure, FigureDataset } from '../../../webview/figures/figure';
import { seriesStyle } from '../../../webview/figures/styles';
import { DEFAULT_RUN_CHOICES, runFigures, runTable, type RunTab } from '../../../webview/runs/views';
import { LIGHT } from '../../../webview/theme';
import { emergenceHeadline, incomparable } from '../../../webview/words/runs';
import { analyzeHere } from '../support/analyze';
import { writeCheckpoint, type TensorToWrite, type Written } from '../support/writeCheckpoint';
import { neoxTensors } from '../support/neox';
import { failOnConsole } from './support';

failOnConsole();

interface Shape {
  name: string;
  shape: readonly number[];
}

const LANGUAGE: Shape[] = neoxTensors(64, 2);

/** torchvision's resnet.py: two stages of one basic block, the second with a shortcut. */
const VISION: Shape[] = Object.entries({
  'conv1.weight': [32, 3, 3, 3],
  'bn1.weight': [32],
  'layer1.0.conv1.weight': [32, 32, 3, 3],
  'layer1.0.conv2.weight': [32, 32, 3, 3],
  'layer2.0.conv1.weight': [48, 32, 3, 3],
  'layer2.0.conv2.weight': [48, 48, 3, 3],
  'layer2.0.downsample.0.weight': [48, 32, 1, 1],
  'fc.weight': [10, 48],
}).map(([name, shape]) => ({ name, shape }));

const settings = makeSettings({ samples: 3, neurons: 16 });
const written: Written[] = [];

/** A checkpoint of Gaussian weights: the larger they are, the shorter its edges, and the lower α₀. */
function checkpoint(shapes: readonly Shape[], std: number): string {
  const normal = standardNormal(new Mt19937(7));
  const tensors = shapes.map(({ name, shape }): TensorToWrite => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => std * normal());
    return { name, dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) };
  });
  const made = writeCheckpoint(tensors);
  written.push(made);
  return join(made.path, 'model.safetensors');
}

/** @param stds of the weights at each step. */
function series(name: string, shapes: readonly Shape[], stds: Record<number, number>): RunSeries {
  const results = Object.entries(stds).map(([step, std]): RunResult => ({
    step: Number(step),
    result: analyzeHere(checkpoint(shapes, std), settings),
  }));
  return runSeries({
    run: { name, path: `/${name}`, orderedBy: 'step' },
    results,
    baseline: { kind: 'first' },
    reference: results[0]!,
    from: 'alpha0',
  });
}

let runs: ShownRun[];
beforeAll(() => {
  const all = [
    series('language', LANGUAGE, { 0: 0.02, 500: 0.025, 1000: 0.03 }),
    series('vision', VISION, { 0: 0.06, 500: 0.05, 900: 0.04 }),
  ];
  runs = all.map((each, index) => ({
    ...({ id: each.run.name, name: each.run.name, spectra: [], series: each } satisfies RunResults),
    style: seriesStyle(index, LIGHT),
  }));
});
afterAll(() => {
  for (const each of written) each.remove();
});

const figure = (tab: RunTab, sizeStep: number | null = null): Figure =>
  runFigures(tab, runs, { ...DEFAULT_RUN_CHOICES, sizeStep }, LIGHT)[0]!;
const named = ({ config }: Figure): FigureDataset[] =>
  (config.data.datasets as FigureDataset[]).filter(({ guide }) => !guide);

describe('language beside vision', () => {
  it('are told to be what they are', () => {
    expect(runs.map(({ series: { points } }) => points[0]!.checkpoint.architecture)).toEqual([
      'gpt_neox',
      'resnet',
    ]);
  });

  it('each have an E of their own, the one above 0 and the other below', () => {
    const last = runs.map((run) => run.series.points.at(-1)!.emergence);
    expect(last[0]!.ci95![0]).toBeGreaterThan(0);
    expect(last[1]!.ci95![1]).toBeLessThan(0);
    expect(emergenceHeadline(runs)).toMatch(/^language: .*E is 0\..*\nvision: .*E is −0\./);
  });

  it('lie in one figure of E over training, told apart by hue, dash and marker, around a line at 0', () => {
    const over = figure('emergence');
    const [language, vision] = named(over);
    expect([language!.label, vision!.label]).toEqual(['language', 'vision']);
    for (const look of ['borderColor', 'borderDash', 'pointStyle'] as const)
      expect(language![look], look).not.toEqual(vision![look]);
    expect(vision!.data.map(({ x }) => x)).toEqual([0, 500, 900]);
    expect(vision!.data.at(-1)!.y).toBeLessThan(0);
    const annotations = over.config.options!.plugins!.annotation!.annotations;
    expect(annotations).toMatchObject({ zero: { yMin: 0, yMax: 0 } });
    // Nothing cuts the axis at 0.
    expect(over.config.options!.scales!['y']!.min).toBeUndefined();
  });

  it('lie in one figure of E against model size, at a step, and those that lack it are named', () => {
    const sizes = runs.map(({ series: { points } }) => Math.log10(points[0]!.checkpoint.parameters));
    expect(named(figure('size', 500)).map(({ label, data }) => [label, data[0]!.x])).toEqual([
      ['language', sizes[0]],
      ['vision', sizes[1]],
    ]);
    const late = figure('size', 1000);
    expect(named(late)).toHaveLength(1);
    expect(late.caption).toContain('Not shown, because E is unknown there: vision.');
    const rows = runTable('emergence', 'size', runs, DEFAULT_RUN_CHOICES).rows;
    expect(rows.map(([name, architecture]) => [name, architecture])).toEqual([
      ['language', 'gpt_neox'],
      ['vision', 'resnet'],
    ]);
  });

  it('say that neither α₀ and w nor E can be compared', () => {
    for (const tab of ['emergence', 'size'] as const)
      expect(figure(tab).caption).toMatch(/neither raw α₀ and w nor E can be compared across sizes/);
    expect(incomparable(runs, 'trends')).toEqual([expect.stringMatching(/different networks/)]);
    expect(incomparable(runs, 'emergence')).toEqual([
      expect.stringMatching(/nor E can be compared across sizes/),
    ]);
    expect(runProvenance(runs)[0]).toMatch(/language \(gpt_neox, .*vision \(resnet, /);
  });
});
