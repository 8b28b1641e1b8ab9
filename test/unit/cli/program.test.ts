import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, describe, expect, it } from 'vitest';
import { makeSettings } from '../../../src/core/analysis/settings';
import { analysisSchema } from '../../../src/protocol/analysis';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { makeAnalysis } from '../support/analysis';
import { allowance } from '../../../src/worker/allowance';
import { formatTable } from '../../../src/cli/table';
import { inspection, run } from './fake';
import { spokenInspection } from '../../../src/protocol/factWords';

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-cli-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const parse = (text: string) => v.parse(v.array(analysisSchema), JSON.parse(text));

describe('wrong options', () => {
  it.each([
    ['', /no command is given/],
    ['analyse good', /unknown command 'analyse'/],
    ['analyze', /missing required argument 'path'/],
    ['inspect', /missing required argument 'path'/],
    ['inspect good good', /too many arguments/],
    ['analyze good --sample 3', /unknown option '--sample'/],
    ['analyze good --samples', /--samples .*argument missing/],
    ['analyze good --samples ten', /'--samples <n>' argument 'ten' is invalid\. Give a number/],
    ['analyze good --samples 0x10', /'0x10' is invalid/],
    ['analyze good --samples 0', /--samples: 0 is not a whole number from 1/],
    ['analyze good --neurons 1.5', /--neurons: 1\.5 is not/],
    ['analyze good --seed -1', /--seed: -1 is not/],
    ['analyze good --threshold 0', /--threshold: 0 is not a length above 1/],
    ['analyze good --digits 0', /unknown option '--digits'/],
    ['analyze good --q-min -3 --q-step 0.7', /--q-min: .* leave out 0/],
    ['analyze good --q-min -1 --q-max 1 --q-step 2', /--q-step: fewer than 3 orders/],
    ['analyze good --transfer cube', /'cube' is invalid\. Allowed choices are inv, inv2, neglog, invsqrt/],
    ['analyze good --filter 4', /'4' is invalid/],
    ['analyze good --threads 0', /--threads: 0 is not/],
    ['analyze good --threads 1.5', /--threads: 1\.5 is not/],
    ['analyze good --memory 0', /--memory: 0 is not/],
    ['analyze good --out /no/such/folder/x.json', /--out: the folder \/no\/such\/folder does not exist/],
    ['analyze good --out /', /--out: \/ is a folder/],
  ])('%j is one line and exit 2, and nothing is done', async (line, message) => {
    const { exit, stdout, stderr, analyzed, engines } = await run(line);
    expect(stderr).toMatch(/^neuromfa: [^\n]+\.\n$/);
    expect(stderr).toMatch(message);
    expect({ exit, stdout, analyzed, engines }).toEqual({ exit: 2, stdout: '', analyzed: [], engines: [] });
  });
});

describe('help and version', () => {
  it.each(['--help', 'help', 'analyze --help', 'inspect --help', 'help analyze'])(
    '%s goes to stdout',
    async (line) => {
      const { exit, stdout, stderr } = await run(line);
      expect(stdout).toMatch(/^Usage: neuromfa/);
      expect(stdout).toMatch(/Examples:\n {2}neuromfa/);
      expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    },
  );
  it('--version', async () => {
    expect(await run('--version')).toMatchObject({ exit: 0, stdout: '0.0.0-unbundled\n', stderr: '' });
  });
});

describe('settings', () => {
  it('are the paper by default', async () => {
    const { analyzed, engines } = await run('analyze good');
    expect(analyzed).toEqual([{ path: 'good', settings: makeSettings() }]);
    expect(engines).toEqual([{ mostThreads: allowance().processors }]);
  });
  it('are taken from the options, negative numbers too', async () => {
    const { analyzed, engines } = await run(
      'analyze --samples 3 --neurons 16 --seed 7 --threshold 80.5 --q-min -2 --q-max=2 --q-step .5 --transfer neglog --filter 3 --threads 4 good',
    );
    expect(analyzed[0]!.settings).toEqual({
      mode: 'sampled',
      samples: 3,
      neurons: 16,
      seed: 7,
      threshold: 80.5,
      q: [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2],
      transfer: 'neglog',
      filter: 3,
      scaleFree: false,
      radii: { rule: 'observed' },
      nulls: null,
      subset: null,
    });
    expect(engines).toEqual([{ threads: 4 }]);
  });
});

describe('scale-free lengths', () => {
  it.each([
    ['analyze --scale-free good', 'network'],
    ['analyze good --scale-free', 'network'],
    ['analyze --scale-free --samples 3 good', 'network'],
    ['analyze --scale-free network good', 'network'],
    ['analyze --scale-free projection good', 'projection'],
    ['analyze --scale-free=projection good', 'projection'],
    ['analyze good', false],
  ])('%s', async (line, scaleFree) => {
    const { analyzed } = await run(line);
    expect(analyzed).toMatchObject([{ path: 'good', settings: { scaleFree } }]);
  });
  it('of something else are refused', async () => {
    const { exit, stderr } = await run('analyze good --scale-free=layer');
    expect({ exit, stderr }).toMatchObject({ exit: 2, stderr: /network, projection/ });
  });
});

describe('null models', () => {
  it.each([
    ['analyze --nulls good', { draws: 20 }],
    ['analyze --null-draws 7 good', { draws: 7 }],
    ['analyze good', null],
  ])('%s', async (line, nulls) => {
    expect((await run(line)).analyzed[0]!.settings.nulls).toEqual(nulls);
  });
  it.each([1, 4])('are refused with %s draws, which give no standard deviation', async (draws) => {
    const { exit, stderr, analyzed } = await run(`analyze good --null-draws ${draws}`);
    expect({ exit, stderr, analyzed }).toMatchObject({
      exit: 2,
      stderr: /--null-draws.*from 5 to .*no standard deviation/s,
      analyzed: [],
    });
  });
  it('add columns and a sentence no stronger than the interval', async () => {
    const analysis = makeAnalysis();
    const { result } = analysis;
    const { alpha0, alpha0Exact, width } = result.summary;
    const figures = { alpha0, alpha0Exact, width };
    result.nulls = { draws: 20, shuffled: figures, gaussian: figures };
    const beyond = { value: 0.1, ci95: [0.08, 0.12] as [number, number], p: 2 / 21 };
    result.beyond = { alpha0: { value: -0.004, ci95: null, p: null }, width: beyond };
    const { stdout } = await run('analyze good', { answers: { good: analysis } });
    expect(stdout).toMatch(/beyond α₀ \[95 %\] +beyond w \[95 %\] +p\n/);
    expect(stdout).toMatch(/−0\.0040 +0\.1000 \[0\.0800, 0\.1200\] +0\.095\n/);
    expect(stdout).toMatch(/spectra differ 10\.5.% more than if the same weights were reshuffled/);
    result.beyond.width = { ...beyond, ci95: [-0.1, 0.3] };
    const unsure = (await run('analyze good', { answers: { good: analysis } })).stdout;
    expect(unsure).toMatch(/no more than by chance/);
    expect(unsure).not.toMatch(/% more/);
  });
});

describe('a part of the network', () => {
  it('is taken from repeated options and from lists', async () => {
    const { analyzed } = await run(
      'analyze --include *attn*,*mlp* --include a --exclude b --blocks 0-2,7 --roles attention good',
    );
    expect(analyzed[0]!.settings.subset).toEqual({
      include: ['*attn*', '*mlp*', 'a'],
      exclude: ['b'],
      blocks: [
        [0, 2],
        [7, 7],
      ],
      roles: ['attention'],
    });
  });
  it.each([
    ['analyze --blocks 5-2 good', '--blocks: "5-2" is no range of blocks'],
    ['analyze --roles attn good', '--roles: unknown role "attn"'],
    ['inspect --blocks x good', '--blocks: "x" is no range of blocks'],
  ])('%s', async (line, message) => {
    const { exit, stderr, analyzed } = await run(line);
    expect(exit).toBe(2);
    expect(stderr).toContain(message);
    expect(analyzed).toEqual([]);
  });
  it('is named beneath the table', async () => {
    const analysis = makeAnalysis();
    analysis.result.settings = {
      ...analysis.result.settings,
      subset: { include: [], exclude: ['*dense'], blocks: [[0, 2]], roles: ['mlp', 'attention.out'] },
    };
    const { stdout } = await run('analyze good', { answers: { good: analysis } });
    expect(stdout).toContain(', exclude *dense, blocks 0-2, roles mlp, attention.out\n');
  });
});

describe('analyze for people', () => {
  it('prints one aligned line per checkpoint, and no progress where nobody watches', async () => {
    const other = makeAnalysis('b'.repeat(64));
    other.result.checkpoint.name = 'run/step8';
    other.result.checkpoint.step = 8;
    const { exit, stdout, stderr, disposed } = await run('analyze good other', {
      answers: { good: makeAnalysis(), other },
    });
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'checkpoint        step        α₀ ± 95\u202f%         w ± 95\u202f%  nodes kept  mean R²',
      'neox-1m/step4000  4000  0.5313 ± 0.0200  0.5313 ± 0.0200       100\u202f%   0.9250',
      'run/step8            8  0.5625 ± 0.0200  0.5625 ± 0.0200       100\u202f%   0.9250',
    ]);
    expect(stdout).toMatch(
      /\nsamples 2 × 32 neurons per layer \(seeds 0 to 1\), .*q -1 to 1 \(3 orders\)\n$/,
    );
    expect({ exit, stderr, disposed }).toEqual({ exit: 0, stderr: '', disposed: 1 });
  });

  it('says why there are no numbers, warns, and writes no NaN', async () => {
    const empty = makeAnalysis();
    const nothing = { mean: null, sd: null, ci95: null };
    Object.assign(empty.result.summary, {
      alpha0: nothing,
      width: nothing,
      r2Mean: null,
      reason: { code: 'one-radius' },
    });
    Object.assign(empty.result.checkpoint, { step: null });
    empty.result.warnings = [{ code: 'few-neurons', share: 0.4, edges: 10 }];
    const { exit, stdout } = await run('analyze good', { answers: { good: empty } });
    expect(stdout).toMatch(/^neox-1m\/step4000 +– +– +– +100\u202f% +–$/m);
    expect(stdout).toContain(
      'neox-1m/step4000: all edges round to one single radius, so nothing scales\nneox-1m/step4000: only 40\u202f% of the neurons have',
    );
    expect(stdout).not.toMatch(/NaN|null|undefined/);
    expect(exit).toBe(0);
  });

  it('adds every sample with --verbose', async () => {
    const { stdout } = await run('analyze good --verbose');
    expect(stdout).toMatch(/seed +outcome +nodes/);
    expect(stdout).toMatch(/^ +1 +kept +960 +0 +49,000 +150/m);
  });

  it('lets no control characters through', async () => {
    const evil = makeAnalysis();
    evil.result.checkpoint.name = 'a\u001b[2Jb\nc';
    const { stdout } = await run('analyze good', { answers: { good: evil } });
    expect(stdout).toContain('a\\u001b[2Jb\\nc');
  });
});

describe('analyze for programs', () => {
  it('prints an array in the order of the paths, without ln Z', async () => {
    const answers = { x: makeAnalysis('x'), y: makeAnalysis('y') };
    const { exit, stdout } = await run('analyze y x y --json', { answers });
    const results = parse(stdout);
    expect(results.map(({ checkpoint }) => checkpoint.fingerprint)).toEqual(['y', 'x', 'y']);
    expect(results[0]).toEqual(answers.y.result);
    expect(stdout).not.toContain('lnZ');
    expect(exit).toBe(0);
  });

  it('has ln Z by order and radius with --verbose', async () => {
    const results = parse((await run('analyze good --json --verbose')).stdout);
    expect(results[0]!.samples[1]!.lnZ).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10, 11, 12],
    ]);
  });

  it('prints an empty array when nothing succeeds', async () => {
    expect(await run('analyze nope --json')).toMatchObject({ exit: 1, stdout: '[]\n' });
  });
});

describe('a path that fails', () => {
  it.each(['', ' --json'])(
    'is one line and exit 1, and the good results are still printed%s',
    async (json) => {
      const { exit, stdout, stderr, disposed } = await run(`analyze nope good${json}`);
      expect(stderr).toBe('neuromfa: nope: there is no such file or folder. Check the path.\n');
      expect(stdout).toContain('neox-1m/step4000');
      expect({ exit, disposed }).toEqual({ exit: 1, disposed: 1 });
    },
  );

  it('shows a stack with --verbose only, one line whatever the names', async () => {
    const answers = {
      bad: new NeuroMfaError('damaged', 'a\nb\u001b[0m', 'it is cut short', 'Save it again'),
    };
    const brief = await run('analyze bad', { answers });
    expect(brief.stderr).toBe('neuromfa: a\\nb\\u001b[0m: it is cut short. Save it again.\n');
    const long = await run('analyze bad --verbose', { answers });
    expect(long.stderr).toMatch(/^neuromfa: .*\nNeuroMfaError: a\\nb\\u001b\[0m: .*\.\n( {4}at .*\n)+$/);
  });

  it('by a fault of ours names the path and asks for a report', async () => {
    const { exit, stderr } = await run('analyze bad', {
      answers: { bad: new TypeError('x is not a function') },
    });
    expect(stderr).toBe('neuromfa: bad: x is not a function. Please report this with the log.\n');
    expect(exit).toBe(1);
  });
});

describe('--out', () => {
  it('writes the file and nothing to stdout', async () => {
    const out = join(folder, 'result.json');
    writeFileSync(out, 'old');
    const { exit, stdout } = await run(`analyze good --json --out ${out}`);
    expect(parse(readFileSync(out, 'utf8'))).toHaveLength(1);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' });
    expect(readdirSync(folder)).toEqual(['result.json']);
  });
  it('keeps what was there when nothing succeeds', async () => {
    const out = join(folder, 'table.txt');
    writeFileSync(out, 'old');
    expect(await run(`analyze nope --out ${out}`)).toMatchObject({ exit: 1 });
    expect(readFileSync(out, 'utf8')).toBe('old');
  });
});

it('a result that cannot be delivered is exit 1 with a line', async () => {
  const { exit, stderr } = await run('analyze good', { refuseResult: true });
  expect({ exit, stderr }).toEqual({ exit: 1, stderr: 'neuromfa: standard output: disk full. Free some.\n' });
});

it('progress is one line that is cleared, on a terminal only', async () => {
  const { stderr } = await run('analyze good', { interactive: true });
  expect(stderr).toBe('\r\u001b[K[1/1] good: 3 of 10 samples, 1.2\u202fMB read\r\u001b[K');
});

it('Ctrl-C prints no result, ends the engine and is exit 130', async () => {
  const out = await run('analyze good slow good', { interruptAt: 'slow' });
  expect(out).toMatchObject({ exit: 130, stdout: '', stderr: 'neuromfa: canceled\n', disposed: 1 });
  expect(out.analyzed.map(({ path }) => path)).toEqual(['good', 'slow']);
});

describe('inspect', () => {
  it('prints JSON', async () => {
    const { exit, stdout, disposed } = await run('inspect good --json');
    expect(stdout).toBe(`${JSON.stringify(spokenInspection(inspection), null, 2)}\n`);
    expect({ exit, disposed }).toEqual({ exit: 0, disposed: 1 });
  });
  it('prints tables, and the reasons with their tensors', async () => {
    const { stdout } = await run('inspect good');
    expect(stdout).toMatch(/^architecture +gpt_neox$/m);
    expect(stdout).toMatch(/^network +1 projections, 6 blocks$/m);
    expect(stdout).toMatch(/^warning +3 weights are NaN or infinite and count as no edges$/m);
    expect(stdout).toMatch(/^metadata format +pt$/m);
    expect(stdout).toMatch(
      /^layers\.0\.dense +0 +attention\.dense +128 +1,128 +out-in +layers\.0\.dense\.weight$/m,
    );
    expect(stdout).toMatch(/^layers\.0\.dense\.weight +F16 +\[128, 128\] +32,768$/m);
    expect(stdout).toMatch(/^ {2}bias \(2\): dense\.bias, other\.bias$/m);
  });
  it('says how far reading has come where somebody watches', async () => {
    const { stderr } = await run('inspect good', { interactive: true });
    const clear = '\r\x1b[K';
    expect(stderr).toBe(
      `${clear}good: 8,192 tensors found${clear}good: 497,000 tensors found, block 3 of 80${clear}`,
    );
    expect((await run('inspect good')).stderr).toBe('');
  });
  it('prints more tensors than fit a call', () => {
    const rows = Array.from({ length: 200_000 }, (_, i) => String(i));
    const table = formatTable([{ title: 'tensor', align: 'right', text: (row: string) => row }], rows);
    expect(table.split('\n')).toHaveLength(rows.length + 2);
    expect(table).toMatch(/^tensor\n {5}0\n/);
  });
  it('of a missing path is exit 1 with a line', async () => {
    expect(await run('inspect nope')).toMatchObject({
      exit: 1,
      stdout: '',
      stderr: 'neuromfa: nope: there is no such file or folder. Check the path.\n',
      disposed: 1,
    });
  });
});

describe('analyze --dry-run', () => {
  it('says what would be read, and analyses nothing', async () => {
    const { exit, stdout, analyzed } = await run('analyze good --mode full --dry-run');
    expect(exit).toBe(0);
    expect(stdout).toBe(
      'good: reads 5.0\u202fGB (the checkpoint has 5.5\u202fGB); about 8\u202fs with 2 threads unless the disk is slower; takes up to 150\u202fMB of memory\n',
    );
    expect(analyzed).toEqual([]);
  });

  it('says it to programs too, and which paths are missing', async () => {
    const { exit, stdout, stderr } = await run('analyze good absent --dry-run --json');
    expect(exit).toBe(1);
    expect(JSON.parse(stdout)).toEqual([
      { path: 'good', fileBytes: 5.5e9, bytes: 5e9, seconds: 8.2, threads: 2, memory: 150 * 2 ** 20 },
    ]);
    expect(stderr).toMatch(/^neuromfa: absent: there is no such file/);
  });
});

describe('analyze --store', () => {
  const store = (): string => join(folder, 'store');

  it('stores results, and finds them again; without it everything is computed', async () => {
    const words = `analyze good --json --store ${store()}`;
    const first = await run(words);
    const again = await run(words);
    expect([first.exit, first.analyzed.length]).toEqual([0, 1]);
    expect([again.exit, again.analyzed.length, again.stdout]).toEqual([0, 0, first.stdout]);
    expect((await run('analyze good --json')).analyzed).toHaveLength(1);
    expect((await run('analyze good --json')).analyzed).toHaveLength(1);
  });

  it('stores nothing of a dry run, and tells a store that cannot be used', async () => {
    const other = join(folder, 'other');
    await run(`analyze good --dry-run --store ${other}`);
    expect(readdirSync(folder)).not.toContain('other');
    expect(await run('analyze good --store /dev/null/x')).toMatchObject({ exit: 2, stdout: '' });
    expect((await run('analyze good --store-limit 1GB')).stderr).toMatch(/no store to limit.*--store\./);
  });
});
