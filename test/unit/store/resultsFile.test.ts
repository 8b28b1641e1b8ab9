import { describe, expect, it } from 'vitest';
import { runSeries } from '../../../src/core/emergence/runSeries';
import { readResults, writeResults, type SavedRun } from '../../../src/core/store/resultsFile';
import type { AnalysisResult } from '../../../src/protocol/analysis';
import { makeAnalysis } from '../support/analysis';

const result = (path: string): AnalysisResult => makeAnalysis('a'.repeat(64), path).result;
const saved = (): SavedRun => ({
  run: { name: 'neox-1m', path: '/home/someone/runs/neox-1m', orderedBy: 'step' },
  checkpoints: [0, 10].map((step) => ({
    name: `step${step}`,
    step,
    result: result(`/home/someone/runs/neox-1m/step${step}/model.safetensors`),
  })),
  initial: result('/home/someone/elsewhere/model.safetensors'),
});
const reread = (run: SavedRun): SavedRun => readResults(writeResults(run), '/import/a.neuromfa.json');

describe('a results file', () => {
  it('gives the same figures without the checkpoints, on any machine', () => {
    const before = saved();
    const after = reread(before);
    expect(after.checkpoints.map(({ name, step }) => [name, step])).toEqual([
      ['step0', 0],
      ['step10', 10],
    ]);
    expect(after.run).toEqual({ name: 'neox-1m', path: '/import/a.neuromfa.json', orderedBy: 'step' });
    const series = ({ checkpoints, run }: SavedRun): unknown =>
      runSeries({
        run: { ...run, path: '' },
        results: checkpoints,
        baseline: { kind: 'first' },
        reference: checkpoints[0]!,
        from: 'alpha0',
      }).points.map(({ emergence, alpha0, width }) => [emergence, alpha0, width]);
    expect(series(after)).toEqual(series(before));
    expect(after.checkpoints[0]!.result.samples).toEqual(before.checkpoints[0]!.result.samples);
  });

  it('is read with the `digits: 0` that settings once had, and refused with other roundings', () => {
    const before = saved();
    const withDigits = (digits: number): string =>
      writeResults(before).replaceAll('"mode":', `"digits":${digits},"mode":`);
    expect(withDigits(0)).toContain('"digits":0');
    expect(readResults(withDigits(0), '/import/a.neuromfa.json')).toEqual(reread(before));
    expect(() => readResults(withDigits(-1), '/import/a.neuromfa.json')).toThrow(
      /a\.neuromfa\.json: its edge lengths were rounded to -1 decimals, .*Analyze the checkpoints again/,
    );
  });

  it('tells nothing of the folders around the run', () => {
    const text = writeResults(saved());
    expect(text).not.toContain('someone');
    expect(JSON.parse(text)).toMatchObject({
      checkpoints: [{ result: { checkpoint: { path: 'step0/model.safetensors' } } }, {}],
      initial: { checkpoint: { path: 'neox-1m/step4000' } },
      cite: expect.stringContaining('ICLR 2025') as string,
    });
  });

  it('holds Gaussian weights to compare with where they were drawn', () => {
    expect(writeResults(saved())).not.toContain('"gaussian"');
    const gaussian = result('/home/someone/runs/neox-1m/step0/model.safetensors');
    const again = reread({ ...saved(), gaussian });
    expect(again.gaussian?.checkpoint.path).toBe('step0/model.safetensors');
    expect(reread(again)).toEqual(again);
  });

  it('calls the base of an adapter by its name', () => {
    const run = saved();
    const base = { path: '/home/someone/llama/model.safetensors', name: 'models/llama', fingerprint: 'f' };
    const adapter = { updates: 1, rank: [4, 4], scale: [2, 2], base, baseName: '/home/someone/models/llama' };
    Object.assign(run.checkpoints[0]!.result.checkpoint, { adapter });
    const text = writeResults(run);
    expect(text).not.toContain('someone');
    expect(reread(run).checkpoints[0]!.result.checkpoint.adapter).toEqual({
      ...adapter,
      base: { ...base, path: 'models/llama' },
      baseName: 'models/llama',
    });
  });

  it('leaves ln Z out', () => {
    const run = saved();
    run.checkpoints[0]!.result.samples[0]!.lnZ = [[1]];
    expect(writeResults(run)).not.toContain('lnZ');
  });

  it('may be written again', () => {
    const once = reread(saved());
    expect(reread(once)).toEqual(once);
  });
});

type Json = Record<string, never> & { checkpoints: { result: AnalysisResult }[]; schema: string };
const changed = (change: (file: Json) => void): string => {
  const file = JSON.parse(writeResults(saved())) as Json;
  change(file);
  return JSON.stringify(file);
};

it('numbers beyond the range of numbers are refused, with their field', () => {
  for (const path of [
    'samples.0.alpha0',
    'samples.1.tau.2',
    'settings.threshold',
    'summary.width.ci95.0',
    'timing.wall',
  ]) {
    const text = changed((file) => {
      const keys = path.split('.');
      const last = keys.pop()!;
      let owner: unknown = file.checkpoints[1]!.result;
      for (const key of keys) owner = (owner as Record<string, unknown>)[key];
      (owner as Record<string, unknown>)[last] = '@';
    });
    for (const number of ['1e400', '-1e400']) {
      expect(() => readResults(text.replace('"@"', number), '/a/b.json')).toThrow(
        `/a/b.json: this is not a file of NeuroMFA results: checkpoints.1.result.${path} is not as it should be.`,
      );
    }
  }
});

describe('what is no results file is refused, with the reason', () => {
  it.each<[string, string, string, RegExp]>([
    ['text', 'hello', 'damaged', /not JSON/],
    ['other JSON', '{"a": 1}', 'damaged', /not a file of NeuroMFA results/],
    ['null', 'null', 'damaged', /not a file of NeuroMFA results/],
    ['a schema that cannot be made a text', '{"schema":{"toString":1}}', 'damaged', /schema is not as it/],
    [
      'a text of many pages',
      changed((file) => (file.checkpoints[0]!.result.checkpoint.architecture = 'x'.repeat(20_000))),
      'damaged',
      /it has a text of more than 10000 characters/,
    ],
    ['a cut file', writeResults(saved()).slice(0, -9), 'damaged', /not JSON/],
    [
      'a later version',
      changed((file) => (file.schema = 'neuromfa/results@4')),
      'unsupported',
      /later version/,
    ],
    [
      'no checkpoints',
      changed((file) => (file.checkpoints = [])),
      'damaged',
      /checkpoints is not as it should be/,
    ],
    [
      'text for a number',
      changed((file) => ((file.checkpoints[1]!.result.samples[0]!.tau as unknown[])[0] = 'x')),
      'damaged',
      /checkpoints\.1\.result\.samples\.0\.tau\.0 is not/,
    ],
    [
      'a missing sample',
      changed((file) => file.checkpoints[0]!.result.samples.pop()),
      'damaged',
      /1 samples where the settings say 2/,
    ],
    [
      'a short list',
      changed((file) => file.checkpoints[0]!.result.samples[1]!.alpha.pop()),
      'damaged',
      /sample 1 do not/,
    ],
    [
      'a later algorithm',
      changed((file) => (file.checkpoints[0]!.result.version.algorithm = 99)),
      'unsupported',
      /version 99 of the algorithm/,
    ],
  ])('%s', (_, text, code, cause) => {
    expect(() => readResults(text, '/a/b.json')).toThrow(
      expect.objectContaining({
        data: expect.objectContaining({
          code,
          subject: '/a/b.json',
          cause: expect.stringMatching(cause) as string,
        }) as object,
      }) as Error,
    );
  });
});
