/** The bundled program as a process: exit codes, streams and signals that only a process has. */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analysisSchema } from '../../../src/protocol/analysis';
import type { InspectionListing } from '../../../src/protocol/inspectionListing';
import { runSeriesSchema } from '../../../src/protocol/run';
import { eventually } from '../../support/eventually';
import { index, vectors } from '../checkpoint/build';
import {
  llama,
  mergedValues,
  numbers,
  removeWritten,
  writeAdapter,
  writeModel,
  type Tensors,
} from '../support/adapters';
import { bundleCli } from '../support/bundleCli';
import { expectClose } from '../support/close';
import { goldenRun } from '../support/golden';

const ROOT = join(import.meta.dirname, '../../..');
const SAMPLE = join(ROOT, 'samples/neox-1m/step64');
const folder = mkdtempSync(join(tmpdir(), 'neuromfa-e2e-'));
const cli = join(folder, 'cli.js');

beforeAll(() => bundleCli(folder));
afterAll(() => {
  rmSync(folder, { recursive: true });
  removeWritten();
});

function run(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') };
  return spawnSync(process.execPath, [cli, ...words], { encoding: 'utf8', env });
}

describe('analyze', () => {
  it('prints valid results for the good paths, and a line for each bad one', () => {
    const cut = join(folder, 'cut.safetensors');
    writeFileSync(cut, Buffer.from('0f27000000000000 7b'.replace(' ', ''), 'hex'));
    const { status, stdout, stderr } = run(
      'analyze',
      '/no/such',
      SAMPLE,
      cut,
      '--samples',
      '2',
      '--threads',
      '1',
      '--json',
    );
    const results = v.parse(v.array(analysisSchema), JSON.parse(stdout));
    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({
      version: { engine: '1.2.3-test' },
      checkpoint: { name: 'neox-1m/step64', step: 64, dtype: 'F16' },
      summary: { samplesKept: 2 },
    });
    expect(results[0]!.samples.map(({ seed }) => seed)).toEqual([0, 1]);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^neuromfa: \/no\/such: there is no such file or folder\. Check the path\.$/),
      expect.stringMatching(
        /^neuromfa: .*cut\.safetensors: the file is cut short: at least 9,998 of its bytes are missing\. .+\.$/,
      ),
    ]);
    expect(status).toBe(1);
  });

  it('prints a table without progress when nobody watches', () => {
    const { status, stdout, stderr } = run('analyze', SAMPLE, '--samples', '2', '--threads', '1');
    expect(stdout).toMatch(/^neox-1m\/step64 +64 +\d\.\d{4} ± \d\.\d{4} /m);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('is quiet when its reader goes away', () => {
    const { stderr, stdout } = spawnSync(
      'bash',
      ['-c', '"$0" "$@" | true; echo "${PIPESTATUS[0]}"', process.execPath, cli, 'inspect', SAMPLE, '--json'],
      { encoding: 'utf8' },
    );
    expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' });
  });

  it('stops on Ctrl-C, with exit 130 and no result', async () => {
    // The same program, but its worker shows when it is in the midst of the work.
    const shown = join(folder, 'shown');
    mkdirSync(shown);
    for (const name of ['cli.js', 'worker.js']) copyFileSync(join(folder, name), join(shown, name));
    const job = `const run = require('../job.js').default;
      module.exports = (request) => {
        if (request.name === 'sample') require('node:fs').writeFileSync(__dirname + '/begun', '');
        return run(request);
      };`;
    writeFileSync(join(shown, 'job.js'), job);
    const words = ['analyze', SAMPLE, '--samples', '1000', '--threads', '1'];
    const child = spawn(process.execPath, [join(shown, 'cli.js'), ...words]);
    let output = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    let errors = '';
    child.stderr.on('data', (chunk) => (errors += String(chunk)));
    await eventually(() => {
      expect({ begun: existsSync(join(shown, 'begun')), errors }).toEqual({ begun: true, errors: '' });
    });
    child.kill('SIGINT');
    const status = await new Promise((resolve) => child.once('close', resolve));
    expect({ status, output, errors }).toEqual({ status: 130, output: '', errors: 'neuromfa: canceled\n' });
  });
});

describe('--weights', () => {
  const copies = (prefix: string, factor: number): Tensors =>
    Object.fromEntries(
      Object.entries(llama()).map(([name, stored]) => [
        `${prefix}${name}`,
        { ...stored, values: stored.values.map((value) => factor * value) },
      ]),
    );
  const mean = (...words: string[]): number | null => {
    const { stdout, stderr } = run(
      'analyze',
      ...words,
      '--samples',
      '2',
      '--threads',
      '1',
      '--json',
      '--no-store',
    );
    expect(stderr).toBe('');
    const [result] = v.parse(v.array(analysisSchema), JSON.parse(stdout));
    return result!.summary.alpha0.mean;
  };

  it('takes the set of that name, and no other', () => {
    const [model, ema] = [copies('model.', 1), copies('ema.', 4)];
    const [both, one, other] = [{ ...model, ...ema }, model, ema].map((each) => writeModel(each));
    const usual = mean(both!);
    const chosen = mean(both!, '--weights', 'ema');
    expect(usual).toBe(mean(one!));
    expect(chosen).toBe(mean(other!));
    expect(chosen).not.toBe(usual);
    const wrong = run('analyze', both!, '--weights', 'teacher', '--no-store');
    expect(wrong.status).toBe(1);
    expect(wrong.stderr).toMatch(/none of its sets of weights is called teacher\. Choose one of model, ema/);
  });
});

it.each([
  ['is missing', 'job.js', null, /job\.js: this part of NeuroMFA is not there\. Install NeuroMFA again\.$/],
  [
    'is cut short',
    'job.js',
    'module.exports = {',
    /job\.js: this part of NeuroMFA does not start \(SyntaxError: .*\)\. /,
  ],
  [
    'of Piscina is missing',
    'worker.js',
    null,
    /worker\.js: this part of NeuroMFA is not there\. Install NeuroMFA again\.$/,
  ],
])('a worker script that %s is an error for every command, never a wait', (_, name, script, message) => {
  const broken = mkdtempSync(join(tmpdir(), 'neuromfa-broken-'));
  for (const each of ['cli.js', 'job.js', 'worker.js']) {
    if (each !== name) copyFileSync(join(folder, each), join(broken, each));
  }
  if (script !== null) writeFileSync(join(broken, name), script);
  for (const command of ['analyze', 'inspect', 'run']) {
    const words = [join(broken, 'cli.js'), command, SAMPLE];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, {
      encoding: 'utf8',
      // It would be waited for here, where no test's end is seen.
      timeout: 300_000,
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(message);
  }
  rmSync(broken, { recursive: true });
});

/** `NEUROMFA_CHECKPOINTS=DIR` names a folder with all 18 steps of the run; without it the eight bundled ones are used. */
it('run gives the reference’s α₀, w and E at every step, and once kept gives them again', () => {
  const words = ['run', process.env['NEUROMFA_CHECKPOINTS'] ?? join(ROOT, 'samples/neox-1m'), '--json'];
  const { status, stdout, stderr } = run(...words);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const [series] = v.parse(v.array(runSeriesSchema), JSON.parse(stdout));
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, each) => sum + each, 0) / values.length;
  const golden = new Map(
    goldenRun.steps.map(({ step, samples }) => [
      step,
      { alpha0: mean(samples.map(({ alpha_30 }) => alpha_30)), width: mean(samples.map(({ w }) => w)) },
    ]),
  );
  const begin = golden.get(0)!;
  expect(series!.points).toHaveLength(process.env['NEUROMFA_CHECKPOINTS'] ? 18 : 8);
  for (const { step, alpha0, width, emergence } of series!.points) {
    const expected = golden.get(step!)!;
    expectClose(alpha0.mean!, expected.alpha0, `α₀ at step ${step}`);
    expectClose(width.mean!, expected.width, `w at step ${step}`);
    const e = (expected.width / begin.width) * Math.log(begin.alpha0 / expected.alpha0);
    expectClose(emergence.value!, e, `E at step ${step}`);
    expect(emergence.ci95![0]).toBeLessThanOrEqual(e + 1e-12);
    expect(emergence.ci95![1]).toBeGreaterThanOrEqual(e - 1e-12);
  }
  expect(JSON.parse(run(...words).stdout)).toEqual(JSON.parse(stdout));
});

it.each(['init', 'gaussian'])(
  'run compares with weights drawn as before training (%s): step 0 is one of them',
  (kind) => {
    const { stdout } = run(
      'run',
      join(ROOT, 'samples/neox-1m'),
      '--json',
      '--baseline',
      kind,
      '--threads',
      '1',
    );
    const [series] = v.parse(v.array(runSeriesSchema), JSON.parse(stdout));
    expect(series!.baseline).toMatchObject({ kind, step: 0 });
    expect(series!.baseline.point!.checkpoint.weights.kind).toBe(kind);
    const { alpha0 } = series!.baseline.point!;
    expect(Math.abs(alpha0.mean! - 0.9725) / Math.hypot(alpha0.sd! / Math.sqrt(10), 0.0004)).toBeLessThan(4);
    // The same initializer made the run's own step 0, whose tensors are as Gaussian: its E is 0 within the interval.
    const [low, high] = series!.points[0]!.emergence.ci95!;
    expect([Math.sign(low), Math.sign(high)]).toEqual([-1, 1]);
  },
  60_000,
);

describe('low-rank adapters', () => {
  const layer = 'model.layers.0.self_attn.q_proj';
  const [a, b] = [numbers(1, [4, 48]), numbers(2, [48, 4])];
  const halves = { [`${layer}.lora_A.weight`]: a, [`${layer}.lora_B.weight`]: b };
  const base = writeModel(llama());
  const merged = writeModel({
    ...llama(),
    [`${layer}.weight`]: mergedValues(llama()[`${layer}.weight`]!, a, b, 2),
  });
  const adapter = writeAdapter(halves, { config: { lora_alpha: 8, base_model_name_or_path: base } });
  // Below a folder that is named on the command line.
  const holding = writeAdapter(halves, { config: { lora_alpha: 8, base_model_name_or_path: 'base' } });
  cpSync(base, join(holding, 'base'), { recursive: true });
  const analyze = (...words: string[]) => {
    const { status, stdout, stderr } = run('analyze', ...words, '--samples', '2', '--threads', '1', '--json');
    return { status, stderr, results: v.parse(v.array(analysisSchema), JSON.parse(stdout)) };
  };

  it('have the numbers of the merged model: with --base, and with the base that they name in a given folder', () => {
    const [whole] = analyze(merged).results;
    for (const [words, used] of [
      [[adapter, '--base', base], base],
      [[holding], join(holding, 'base')],
      [[join(holding, 'adapter_model.safetensors')], join(holding, 'base')],
    ] as const) {
      const { status, stderr, results } = analyze(...words);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(results[0]!.samples).toEqual(whole!.samples);
      expect(results[0]!.checkpoint.adapter?.base?.path).toBe(join(used, 'model.safetensors'));
    }
    const { stdout } = run('analyze', adapter, base, '--base', base, '--samples', '2');
    expect(stdout).toMatch(/: 1 updates of rank 4, scale 2\.000, added to /);
  });

  it('that name a base elsewhere are analyzed alone, and tell how to give it; a folder given beside counts', () => {
    const alone = `alone (base: ${base}, added with --base PATH)`;
    expect(run('analyze', adapter, '--samples', '2').stdout).toContain(alone);
    expect(run('inspect', adapter).stdout).toContain(alone);
    expect(run('run', adapter, '--no-store', '--samples', '2').stdout).toContain(alone);
    expect(analyze(adapter, base).results[0]!.checkpoint.adapter?.base?.path).toBe(
      join(base, 'model.safetensors'),
    );
  });

  it('are analyzed alone with --base none', () => {
    const { results } = analyze(adapter, '--base', 'none');
    expect(results[0]!.checkpoint).toMatchObject({
      architecture: 'lora',
      adapter: { base: null, baseName: base },
    });
    expect(results[0]!.warnings[0]).toMatchObject({ code: 'adapter-alone' });
  });

  it('say what does not fit, naming both', () => {
    const small = writeModel({ 'net.0.weight': numbers(1, [8, 8]), 'net.1.weight': numbers(2, [8, 8]) });
    const { status, results, stderr } = analyze(adapter, '--base', small);
    expect({ status, results }).toEqual({ status: 1, results: [] });
    expect(stderr).toMatch(
      /adapter_model\.safetensors: .*q_proj\.lora_A\.weight and .* match no tensor of the base .*model\.safetensors\. .+\.\n$/,
    );
  });

  it('are told of by inspect, and make a run', () => {
    const { stdout } = run('inspect', adapter, '--base', base);
    expect(stdout).toMatch(
      /^adapter +1 updates of rank 4, scale 2\.000, added to .*\(.*model\.safetensors\)$/m,
    );
    const words = ['run', adapter, '--base', base, '--no-store', '--samples', '2'];
    const rows = run(...words, '--csv')
      .stdout.split('\r\n')
      .map((line) => line.split(','));
    expect(rows[1]![rows[0]!.indexOf('base')]).toBe(base.split('/').slice(-2).join('/'));
    const [series] = v.parse(
      v.array(runSeriesSchema),
      JSON.parse(run(...words, '--json', '--baseline', 'init').stdout),
    );
    expect(series!.points[0]!.emergence.value).not.toBeNull();
  });
});

it('inspect tells tensors and projections', () => {
  const { status, stdout } = run('inspect', SAMPLE, '--json');
  const inspection = JSON.parse(stdout) as InspectionListing;
  expect(inspection.tensors).toHaveLength(76);
  expect(inspection.projections).toHaveLength(24);
  expect(inspection.checkpoint).toMatchObject({ step: 64, parameters: 1_255_424, format: 'safetensors' });
  expect(status).toBe(0);
});

it('reads more shards than the system lets a process open', () => {
  const names = Array.from({ length: 120 }, (_, i) => `model-${i}-of-120.safetensors`);
  const many = join(folder, 'many');
  mkdirSync(many);
  for (const [i, name] of names.entries()) writeFileSync(join(many, name), vectors({ [`t${i}`]: 8 }));
  const map = Object.fromEntries(names.map((name, i) => [`t${i}`, name]));
  writeFileSync(join(many, 'model.safetensors.index.json'), index(map));
  const words = ['-c', 'ulimit -n 60; exec "$@"', 'sh', process.execPath, cli, 'inspect', many, '--json'];
  const { status, stdout, stderr } = spawnSync('sh', words, { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect((JSON.parse(stdout) as InspectionListing).tensors).toHaveLength(120);
});

it('wrong options are exit 2 on one line', () => {
  const { status, stdout, stderr } = run('analyze', SAMPLE, '--samples', 'many');
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^neuromfa: [^\n]+\n$/);
});

it('--version is that of the bundle', () => {
  expect(run('--version')).toMatchObject({ status: 0, stdout: '1.2.3-test\n' });
});
