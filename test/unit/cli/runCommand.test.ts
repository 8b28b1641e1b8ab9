import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeSettings } from '../../../src/core/analysis/settings';
import { storeEntry } from '../../../src/core/store/entryFiles';
import { storedSource } from '../../../src/core/store/resultSource';
import { setStoreLimit } from '../../../src/core/store/limit';
import { ResultStore } from '../../../src/core/store/resultStore';
import { StoreFailure } from '../../../src/core/store/storeFailure';
import type { Analysis } from '../../../src/protocol/analysis';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { reportSchema, type Report } from '../../../src/protocol/report';
import { runSeriesSchema, type RunSeries } from '../../../src/protocol/run';
import { makeAnalysis } from '../support/analysis';
import { makeResult } from '../support/results';
import { run as runCli, type FakeOptions, type Outcome } from './fake';
import { STORED, type RecordedWeights } from '../../../src/protocol/weights';

let root: string;
let answers: Record<string, Analysis | Error>;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'neuromfa-run-'));
  answers = {};
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

/** A checkpoint in `root` whose samples all have this α₀. */
function checkpoint(path: string, alpha0: number): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, 'x');
  answers[full] = analysis(alpha0, full);
  return full;
}

function analysis(alpha0: number, path: string, weights: RecordedWeights = STORED): Analysis {
  const made = makeAnalysis(String(alpha0).padEnd(64, '0'), path);
  const samples = [0, 0.01].map((extra) => ({ alpha0: alpha0 + extra, width: 0.5 }));
  const change = {
    // As many orders as the made-up samples have.
    settings: { ...makeSettings({ samples: 2 }), q: made.result.settings.q },
    checkpoint: { ...made.result.checkpoint, weights },
  };
  return { ...made, result: makeResult(samples, change) };
}

const run = (line: string, options: FakeOptions = {}): Promise<Outcome> =>
  runCli(`run ${line.replaceAll('@', root)} --samples 2`, {
    answers,
    cacheDirectory: join(root, '.cache'),
    ...options,
  });
const parse = (text: string): RunSeries[] => v.parse(v.array(runSeriesSchema), JSON.parse(text));

function threeSteps(folder = 'r'): string[] {
  return [0, 10, 200].map((step, i) => checkpoint(`${folder}/step${step}/model.safetensors`, 1 - i / 10));
}

describe('--samples auto', () => {
  /** E of the second checkpoint has an interval that is wide, or not, whatever settings are asked for. */
  const run2 = (spread: number): Promise<Outcome> => {
    for (const [step, alpha0] of [
      [0, 1],
      [10, 0.9],
    ] as const) {
      const path = checkpoint(`r/step${step}/model.safetensors`, alpha0);
      const made = answers[path] as Analysis;
      const samples = [-1, 0, 1].map((extra) => ({ alpha0: alpha0 + extra * spread * step, width: 0.5 }));
      const { settings, checkpoint: info } = made.result;
      answers[path] = { ...made, result: makeResult(samples, { settings, checkpoint: info }) };
    }
    return runCli(`run ${root}/r --samples auto --json`, { answers, cacheDirectory: join(root, '.cache') });
  };
  const asked = ({ analyzed }: Outcome): number[] => analyzed.map(({ settings }) => settings.samples);

  it('takes ten where the interval of E is narrow', async () => {
    const outcome = await run2(1e-6);
    expect(asked(outcome)).toEqual([10, 10]);
    expect(parse(outcome.stdout)[0]!.warnings.map(({ code }) => code)).not.toContain('wide-intervals');
  });
  it('doubles them up to a thousand, and says where that was not enough', async () => {
    const outcome = await run2(0.01);
    const counts = [10, 20, 40, 80, 160, 320, 640, 1000];
    expect(asked(outcome)).toEqual(counts.flatMap((count) => [count, count]));
    expect(parse(outcome.stdout)[0]!.warnings).toContainEqual({
      code: 'wide-intervals',
      others: 1,
      of: 2,
      samples: parse(outcome.stdout)[0]!.settings.samples,
    });
  });
  it('is refused where there is no E', async () => {
    const outcome = await runCli('analyze good --samples auto');
    expect(outcome).toMatchObject({ exit: 2, analyzed: [], stderr: /--samples.*neuromfa run/s });
  });
});

describe('--specify', () => {
  it('changes one setting after the other at both ends, and keeps results for another time', async () => {
    threeSteps();
    const first = await run('@/r --specify --json');
    expect({ exit: first.exit, stderr: first.stderr }).toEqual({ exit: 0, stderr: '' });
    const [series] = parse(first.stdout);
    const all = series!.specifications!;
    expect(all.map(({ checkpoint }) => checkpoint)).toEqual(
      all.map(() => series!.points[2]!.checkpoint.name),
    );
    expect(new Set(all.map(({ factor }) => factor))).toEqual(
      new Set(['preset', 'threshold', 'neurons', 'transfer', 'scaleFree', 'radii', 'q']),
    );
    // The series as it is, then the two ends of every specification with null models.
    expect(first.analyzed).toHaveLength(3 + 2 * all.length);
    expect(first.analyzed.slice(3).every(({ settings }) => settings.nulls?.draws === 20)).toBe(true);
    const again = await run('@/r --specify --json');
    expect(again.analyzed.length).toBeLessThan(first.analyzed.length);
  });

  it('prints the curve as a table with its sentence, and as a line per specification', async () => {
    threeSteps();
    const { stdout } = await run('@/r --specify');
    expect(stdout).toContain('How E of neox-1m/step4000 depends on the settings');
    expect(stdout).toContain('T 300');
    const csv = (await run('@/r --specify --csv')).stdout.trim().split('\n');
    expect(csv[0]).toMatch(/^run,step,checkpoint,factor,choice,emergence,/);
    expect(csv.slice(1).filter((line) => line.includes(',threshold,'))).toHaveLength(3);
  });

  it('is in the report', async () => {
    threeSteps();
    const reportBundle = { script: '', styles: '' };
    await run('@/r --specify --html @/report.html', { reportBundle });
    const [, json] = />(\{.*\})</.exec(readFileSync(join(root, 'report.html'), 'utf8'))!;
    const report = v.parse(reportSchema, JSON.parse(json!));
    expect(report.runs[0]!.series.specifications!.length).toBeGreaterThan(10);
  });
});

describe('JSON', () => {
  it('is one valid series per folder, in the order of training', async () => {
    threeSteps();
    threeSteps('q');
    const { exit, stdout, stderr } = await run('@/r @/q --json');
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    const series = parse(stdout);
    expect(series.map(({ run: { name, path, orderedBy } }) => [name, path, orderedBy])).toEqual([
      ['r', join(root, 'r'), 'step'],
      ['q', join(root, 'q'), 'step'],
    ]);
    expect(series[0]!.points.map(({ step }) => step)).toEqual([0, 10, 200]);
    expect(series[0]!.points.map(({ emergence }) => Math.round(1e4 * emergence.value!))).toEqual([
      0, 1048, 2219,
    ]);
    expect(series[0]!.baseline).toMatchObject({ kind: 'first', step: 0 });
  });

  it('goes on without a trainer’s state that is no file, and says so', async () => {
    for (const name of ['a', 'b']) checkpoint(`r/${name}/model.safetensors`, 1);
    execFileSync('mkfifo', [join(root, 'r/a/trainer_state.json')]);
    symlinkSync('/dev/zero', join(root, 'r/b/trainer_state.json'));
    const { exit, stdout, stderr } = await run('@/r --json --order a b');
    expect(exit).toBe(0);
    expect(parse(stdout)[0]!.points).toHaveLength(2);
    for (const name of ['a', 'b'])
      expect(stderr).toContain(`r/${name}/trainer_state.json: this is not a regular file. Nothing is read`);
  });

  it('compares with any step', async () => {
    threeSteps();
    const [series] = parse((await run('@/r --json --baseline 200')).stdout);
    expect(series!.baseline).toMatchObject({ kind: 'step', step: 200 });
    expect(series!.points.map(({ emergence }) => Math.sign(emergence.value!))).toEqual([-1, -1, 0]);
  });

  it('compares with a synthetic step 0, labeled', async () => {
    const [first] = threeSteps();
    const initial = analysis(1.5, 'synthetic', { kind: 'init', source: 'somewhere' });
    const { stdout, exit, initial: asked } = await run('@/r --json --baseline init', { initial });
    const [series] = parse(stdout);
    expect({ exit, asked }).toEqual({ exit: 0, asked: [first] });
    expect(series!.baseline).toMatchObject({ kind: 'init', step: 0 });
    expect(series!.baseline.point!.checkpoint.weights).toEqual({ kind: 'init', source: 'somewhere' });
    expect(series!.warnings).toContainEqual({ code: 'drawn-baseline', kind: 'init', source: 'somewhere' });
    expect(series!.points.every(({ emergence }) => emergence.value! > 0)).toBe(true);
  });

  it('compares with Gaussian weights of the first checkpoint, labeled', async () => {
    const [first] = threeSteps();
    const initial = analysis(1.5, 'gaussian', { kind: 'gaussian', source: 'something' });
    const { stdout, exit, initial: asked } = await run('@/r --json --baseline gaussian', { initial });
    const [series] = parse(stdout);
    expect({ exit, asked }).toEqual({ exit: 0, asked: [`gaussian ${first!}`] });
    expect(series!.baseline).toMatchObject({ kind: 'gaussian', step: 0 });
    expect(series!.warnings).toContainEqual({
      code: 'drawn-baseline',
      kind: 'gaussian',
      source: 'something',
    });
    const text = (await run('@/r --baseline gaussian', { initial })).stdout;
    expect(text).toMatch(
      /^E .* against untrained Gaussian weights \(same mean and SD per tensor as the first checkpoint\);/m,
    );
    expect(text).toMatch(/^ +0 .* 1\.5050 ± 0\.0635 .* baseline /m);
  });

  it("takes τ'(0) on request", async () => {
    threeSteps();
    expect(parse((await run('@/r --json --emergence-from exact')).stdout)[0]!.emergence.from).toBe('exact');
  });

  it('passes the settings of analyze on', async () => {
    threeSteps();
    const { analyzed } = await run('@/r --neurons 16 --transfer neglog --no-store');
    expect(analyzed[0]!.settings).toMatchObject({ samples: 2, neurons: 16, transfer: 'neglog' });
  });
});

describe('for people', () => {
  it('a table per run, what E means, and warnings', async () => {
    threeSteps();
    const { stdout } = await run('@/r');
    const lines = stdout.split('\n');
    expect(lines[0]).toBe(`r (${join(root, 'r')})`);
    expect(lines[1]).toMatch(/^step +checkpoint +α₀ ± 95.% +w ± 95.% +E \[95 %\] +nodes kept +mean R²$/);
    expect(stdout).toMatch(/^ +10 +\S+ +0\.9050 ± 0\.0635 +0\.5000 ± 0\.0000 +0\.1048 /m);
    expect(stdout).toMatch(
      /^E from α₀ and w, against the first checkpoint \(step 0\); 95 % intervals by Student's t over the samples that both checkpoints keep$/m,
    );
    expect(stdout).toMatch(/^E: an interval takes at least 3 samples in common with the baseline$/m);
    expect(stdout).toMatch(/samples 2 × 32 neurons per layer/);
  });

  it('says that the order is the one that was asked for', async () => {
    for (const [i, name] of ['base', 'sft', 'dpo'].entries())
      checkpoint(`r/${name}/model.safetensors`, 1 + i);
    const { stdout, exit } = await run('@/r --order base sft dpo');
    expect(exit).toBe(0);
    expect([...stdout.matchAll(/ {2}(\d)\.0050 ± /g)].map(([, mean]) => mean)).toEqual(['1', '2', '3']);
    expect(stdout).toMatch(/no step numbers found; kept in the order you gave/);
    expect(stdout).toMatch(/against the first checkpoint;/);
  });

  it('names the checkpoints that are left out, in JSON as well', async () => {
    threeSteps();
    checkpoint('r/final/model.safetensors', 1);
    expect((await run('@/r')).stdout).toMatch(/left out of the run: the step of final is unknown/);
    const [series] = parse((await run('@/r --json')).stdout);
    const why = { why: 'no-step', step: null, same: null };
    expect(series!.warnings).toContainEqual({ code: 'checkpoint-left-out', checkpoint: 'final', ...why });
  });

  it('names the synthetic step 0', async () => {
    threeSteps();
    const { stdout } = await run('@/r --baseline init', {
      initial: analysis(1.5, 's', { kind: 'init', source: 'X' }),
    });
    expect(stdout).toMatch(/^ +0 .* 1\.5050 ± 0\.0635 .* baseline /m);
    expect(stdout).toMatch(
      /^E is relative to untrained weights: synthetic step 0, drawn from the documented initializer: X$/m,
    );
    expect(stdout).toMatch(/^E .* against a synthetic step 0;/m);
  });
});

it('CSV has a line per checkpoint, and the baseline in each', async () => {
  threeSteps();
  const initial = analysis(1.5, 's', { kind: 'init', source: 'drawn, as in "X"' });
  const { stdout } = await run('@/r --csv --baseline init', { initial });
  const lines = stdout.split('\r\n');
  expect(lines[0]).toMatch(/^run,step,checkpoint,samples,alpha0,alpha0_sd,alpha0_low,alpha0_high,/);
  expect(lines).toHaveLength(5);
  expect(lines[1]).toMatch(/^r,0,[^,]+,2,1\.005,/);
  for (const line of lines.slice(1, 4)) expect(line).toContain(',init,0,init,"drawn, as in ""X""",');
});

describe('--html', () => {
  const reportBundle = { script: 'draw()', styles: '' };
  const html = (): string => readFileSync(join(root, 'report.html'), 'utf8');
  const reported = (): Report =>
    v.parse(
      reportSchema,
      JSON.parse(/<script type="application\/json"[^>]*>(.*?)<\/script>/s.exec(html())![1]!),
    );

  it('writes all series, with their spectra, beside the result', async () => {
    threeSteps();
    threeSteps('q');
    const { exit, stdout, stderr } = await run('@/r @/q --json --html @/report.html', { reportBundle });
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    const { runs } = reported();
    expect(runs.map(({ series }) => series)).toEqual(parse(stdout));
    expect(runs.map(({ spectra }) => spectra.length)).toEqual([3, 3]);
    expect(html()).toContain('<script>draw()</script>');
  });

  it('goes with the table, with --csv and with --out', async () => {
    threeSteps();
    expect((await run('@/r --html @/report.html', { reportBundle })).stdout).toMatch(/^r \(/);
    const out = join(root, 'series.csv');
    expect((await run(`@/r --csv --out ${out} --html @/report.html`, { reportBundle })).stdout).toBe('');
    expect(readFileSync(out, 'utf8')).toMatch(/^run,step,/);
    expect(reported().runs).toHaveLength(1);
  });

  it('tells of what could be analyzed, and writes nothing where nothing could', async () => {
    const steps = threeSteps();
    const damaged = (path: string): Error => new NeuroMfaError('damaged', path, 'it is cut short', 'Get it');
    answers[steps[1]!] = damaged(steps[1]!);
    expect((await run('@/r --html @/report.html', { reportBundle })).exit).toBe(1);
    expect(reported().runs[0]!.series.points).toHaveLength(2);
    rmSync(join(root, 'report.html'));
    for (const path of steps) answers[path] = damaged(path);
    expect((await run('@/r --no-store --html @/report.html', { reportBundle })).exit).toBe(1);
    expect(existsSync(join(root, 'report.html'))).toBe(false);
  });

  it('lets nothing in a name become markup', async () => {
    threeSteps('<script>alert(1)</script>\u2028&"');
    await runCli(`run ${root}/<script>alert(1)</script>\u2028&" --samples 2 --html ${root}/report.html`, {
      answers,
      reportBundle,
    });
    expect(reported().runs[0]!.series.run.name).toBe('script>\u2028&"');
    expect(html().match(/<\/?script/g)).toHaveLength(4);
  });

  it.each([
    ['--html @', 2, /--html: \S+ is a folder/],
    ['--html @/no/such.html', 2, /--html: the folder \S+ does not exist/],
    ['--out @/report.html --html @/r/../report.html', 2, /--html: it names the same file as --out/],
    ['--html @/report.html', 1, /webview\/report\.js\.br: it is not there/],
  ])('%s is found out before the work', async (line, status, message) => {
    threeSteps();
    const bundle = status === 2 ? { reportBundle } : {};
    const { exit, stdout, stderr, analyzed } = await run(`@/r ${line}`, bundle);
    expect(stderr).toMatch(message);
    expect({ exit, stdout, analyzed }).toEqual({ exit: status, stdout: '', analyzed: [] });
  });

  it('leaves no half a file when it is interrupted', async () => {
    const [, second] = threeSteps();
    const { exit } = await run('@/r --html @/report.html', { reportBundle, interruptAt: second! });
    expect(exit).toBe(130);
    expect(readdirSync(root).filter((name) => name.includes('report'))).toEqual([]);
  });
});

describe('results are kept', () => {
  it('by default in the user’s cache: nothing is computed twice', async () => {
    threeSteps();
    const first = await run('@/r --json');
    const second = await run('@/r --json');
    expect([first.analyzed.length, second.analyzed.length]).toEqual([3, 0]);
    expect(second.stdout).toBe(first.stdout);
  });

  it('the synthetic step 0 too', async () => {
    threeSteps();
    const initial = analysis(1.5, 's', { kind: 'init', source: 'drawn' });
    await run('@/r --baseline init', { initial });
    expect((await run('@/r --baseline init', { initial })).initial).toEqual([]);
  });

  it('in a folder of choice, or not at all', async () => {
    threeSteps();
    await run('@/r --store @/kept');
    expect((await run('@/r --store @/kept')).analyzed).toHaveLength(0);
    expect((await run('@/r --no-store')).analyzed).toHaveLength(3);
  });

  it('are computed, with a line and as a failure, where the cache cannot be used', async () => {
    threeSteps();
    const { exit, stderr, analyzed } = await run('@/r', { cacheDirectory: '/dev/null' });
    expect(stderr).toMatch(
      /^neuromfa: results are not stored: \/dev\/null\/results cannot be used \(not a directory\)\. .*--no-store\.\n$/,
    );
    expect([exit, analyzed.length]).toEqual([1, 3]);
    expect((await run('@/r --no-store', { cacheDirectory: '/dev/null' })).exit).toBe(0);
  });
});

describe('results that cannot be stored', () => {
  afterEach(() => vi.restoreAllMocks());
  const kept = (): string[] =>
    readdirSync(join(root, 'kept'))
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(root, 'kept', name));
  const disk = (code: 'ENOSPC' | 'EROFS' | 'EACCES', but: string[] = []): void => {
    vi.spyOn(ResultStore.prototype, 'put').mockImplementation(function (this: ResultStore, ...args) {
      const [key, analysis, source] = args;
      if (but.includes(analysis.result.checkpoint.path)) {
        const kept = storeEntry(this.directory, key, { analysis, source: storedSource(source) });
        return kept.then(() => undefined);
      }
      const error = Object.assign(new Error(`${code}: write`), { code, errno: -constants.errno[code] });
      return Promise.reject(StoreFailure.of(error, this.directory));
    });
  };

  it.each([
    ['ENOSPC', 'no space left on device. Free some space'],
    ['EROFS', 'read-only file system. Check the folder'],
    ['EACCES', 'permission denied. Check the folder'],
  ] as const)('are a failure of the store, told of once: %s', async (code, words) => {
    threeSteps();
    disk(code);
    const { exit, stdout, stderr } = await run('@/r --json --store @/kept');
    expect(parse(stdout)[0]!.points).toHaveLength(3);
    expect(stderr).toBe(
      `neuromfa: ${root}/kept: 3 of 3 results could not be stored in this store: ${words}, ` +
        'name another folder with --store, or use --no-store.\n',
    );
    expect(exit).toBe(1);
  });

  it('are counted among all results, and in the user’s cache too', async () => {
    const [, second] = threeSteps();
    disk('ENOSPC', [second!]);
    const { exit, stderr } = await run('@/r');
    expect(stderr).toMatch(/^neuromfa: \S+\/\.cache\/results: 2 of 3 results could not be stored [^\n]+\n$/);
    expect(exit).toBe(1);
    expect((await run('@/r')).stderr).toContain('2 of 3');
  });

  it('are told of where the run is interrupted', async () => {
    const [, , third] = threeSteps();
    disk('ENOSPC');
    const { exit, stderr } = await run('@/r', { interruptAt: third! });
    expect(stderr).toMatch(/^neuromfa: .*: 2 of 2 results could not be stored .*\nneuromfa: canceled\n$/);
    expect(exit).toBe(130);
  });

  it('because a later version’s are in their places', async () => {
    threeSteps();
    await run('@/r --store @/kept');
    for (const path of kept())
      writeFileSync(path, readFileSync(path, 'utf8').replace(/stored@\d+/, 'stored@1000'));
    const before = kept().map((path) => readFileSync(path, 'utf8'));
    const { exit, stdout, stderr, analyzed } = await run('@/r --json --store @/kept');
    expect([exit, analyzed.length, parse(stdout)[0]!.points.length]).toEqual([1, 3, 3]);
    expect(stderr).toMatch(
      /: a stored result is left as it is, .*stored@1000.*\n.*: 3 of 3 results could not be stored .* \(and 2 other reasons\)\. .*\n$/,
    );
    expect(kept().map((path) => readFileSync(path, 'utf8'))).toEqual(before);
  });

  it('are none where everything is there already: the disk may be read-only', async () => {
    threeSteps();
    await run('@/r --store @/kept');
    disk('EROFS');
    expect(await run('@/r --store @/kept')).toMatchObject({ exit: 0, stderr: '' });
  });
});

describe('the limit of the store', () => {
  afterEach(() => vi.restoreAllMocks());
  const opened = async (line: string): Promise<unknown> => {
    threeSteps();
    const open = vi.spyOn(ResultStore, 'open');
    const { exit, stderr } = await run(line);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    return open.mock.calls[0]![2];
  };
  it.each([
    ['@/r', 2 ** 31],
    ['@/r --store @/kept', Infinity],
    ['@/r --store @/kept --store-limit 2GB', 2 ** 31],
    ['@/r --store-limit 3', 3 * 2 ** 20],
    ['@/r --store-limit 0.5TB', 2 ** 39],
    ['@/r --store-limit 900kib', 900 * 1024],
  ])('of %j', async (line, bytes) => {
    expect(await opened(line)).toBe(bytes);
  });

  it('in the user’s cache is the one that the editor has', async () => {
    mkdirSync(join(root, '.cache/results'), { recursive: true });
    await setStoreLimit(join(root, '.cache/results'), 7 * 2 ** 20);
    expect(await opened('@/r')).toBe(7 * 2 ** 20);
    vi.restoreAllMocks();
    expect(await opened('@/r --store-limit 8MB')).toBe(8 * 2 ** 20);
  });

  it('yields to the run, which is told of once and is no failure', async () => {
    threeSteps();
    const { exit, stderr } = await run('@/r --store @/kept --store-limit 1KB');
    expect(stderr).toMatch(
      /^neuromfa: \S+\/kept: the results take \d\.\d\u202fMB, more than the limit [^\n]+\n$/,
    );
    expect(exit).toBe(0);
    expect((await run('@/r --store @/kept --store-limit 1KB')).analyzed).toEqual([]);
  });
});

describe('what goes wrong', () => {
  it('in one checkpoint costs that point alone', async () => {
    const [, second] = threeSteps();
    answers[second!] = new NeuroMfaError('damaged', second!, 'the file is cut short', 'Download it again');
    const { exit, stdout, stderr } = await run('@/r --json');
    expect(parse(stdout)[0]!.points.map(({ step }) => step)).toEqual([0, 200]);
    expect(stderr).toBe(`neuromfa: ${second!}: the file is cut short. Download it again.\n`);
    expect(exit).toBe(1);
  });

  it('in the baseline costs every E, for no other takes its place', async () => {
    const [first] = threeSteps();
    answers[first!] = new NeuroMfaError('damaged', first!, 'the file is cut short', 'Download it again');
    const { stdout, exit } = await run('@/r');
    expect(stdout.match(/^E: the baseline could not be analyzed$/gm)).toHaveLength(1);
    expect(exit).toBe(1);
  });

  it('where no initializer is documented', async () => {
    threeSteps();
    const { exit, stdout, stderr } = await run('@/r --json --baseline init');
    expect(parse(stdout)[0]!.points.every(({ emergence }) => emergence.value === null)).toBe(true);
    expect(stderr).toMatch(/no initializer is documented/);
    expect(exit).toBe(1);
  });

  it('in one folder leaves the others', async () => {
    threeSteps();
    const { exit, stdout, stderr } = await run('@/none @/r --json');
    expect(parse(stdout)).toHaveLength(1);
    expect(stderr).toBe(`neuromfa: ${root}/none: there is no such file or folder. Check the path.\n`);
    expect(exit).toBe(1);
  });

  it('with several runs in one folder lists them', async () => {
    threeSteps('runs/a');
    threeSteps('runs/b');
    const { exit, stdout, stderr } = await run('@/runs');
    expect(stderr).toMatch(
      /2 training runs are in this folder\. Choose one with --series 'a\/step#' or --series 'b\/step#', or name its folder/,
    );
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
  });

  it('in a folder without checkpoints, or in a file', async () => {
    mkdirSync(join(root, 'empty'));
    expect((await run('@/empty')).stderr).toMatch(/empty: no checkpoint is in this folder/);
    expect((await run(checkpoint('a.safetensors', 1))).stderr).toMatch(/this is not a folder/);
  });

  it.each([
    ['', /missing required argument 'folder'/],
    ['@/r --baseline last', /'last' is invalid\. Give 'first', 'init', 'gaussian' or a step/],
    ['@/r --baseline -1', /'-1' is invalid/],
    ['@/r --baseline 7', /--baseline: \S+\/r has no checkpoint of step 7\. Its steps are 0, 10, 200/],
    ['@/r --emergence-from tau', /'tau' is invalid\. Allowed choices are alpha0, exact/],
    ['@/r --json --csv', /'--csv' cannot be used with option '--json'/],
    ['@/r --store /dev/null/x', /--store: \/dev\/null\/x cannot be used \(not a directory\)\. .*--no-store/],
    ['@/r --store-limit 1XB', /--store-limit <size>' argument '1XB' is invalid\. Give a size such as 512MB/],
    ['@/r --store-limit -1GB', /--store-limit/],
    ['@/r --store-limit 0', /--store-limit/],
    ['@/r --store-limit 1e9TB', /--store-limit/],
    ['@/r --store-limit 99999999TB', /--store-limit/],
    ['@/r --no-store --store-limit 1GB', /--store-limit: there is no store to limit/],
    ['@/r --threads 0', /--threads: 0 is not/],
    ['@/r --neurons 0', /--neurons: 0 is not/],
    ['@/r --out /no/such/x', /--out: the folder/],
  ])('options %j are one line and exit 2, and nothing is done', async (line, message) => {
    threeSteps();
    const { exit, stdout, stderr, analyzed } = await run(line);
    expect(stderr).toMatch(/^neuromfa: [^\n]+\.\n$/);
    expect(stderr).toMatch(message);
    expect({ exit, stdout, analyzed }).toEqual({ exit: 2, stdout: '', analyzed: [] });
  });

  it('Ctrl-C prints no result, keeps what is done and is exit 130', async () => {
    const [, second] = threeSteps();
    const stopped = await run('@/r', { interruptAt: second! });
    expect(stopped).toMatchObject({ exit: 130, stdout: '', stderr: 'neuromfa: canceled\n', disposed: 1 });
    expect((await run('@/r')).analyzed).toHaveLength(2);
  });
});

describe('several series in one folder', () => {
  const shownRun = (stdout: string): [string, string[]] => {
    const [{ run: info, points }] = parse(stdout) as [RunSeries];
    return [info.name, points.map(({ checkpoint: { path } }) => path.slice(root.length + 1))];
  };
  const inSteps = (...below: string[]): void => {
    for (const step of [10, 20])
      for (const file of below) checkpoint(`r/checkpoint-${step}/${file}.safetensors`, 1);
  };

  it('the main one is taken, and the others are named as --series takes them', async () => {
    inSteps('unet_ema/diffusion_pytorch_model', 'unet/diffusion_pytorch_model');
    const main = await run('@/r --json');
    expect(main.exit).toBe(0);
    expect(main.stderr).toMatch(
      /^neuromfa: note: \S+: this is the series 'checkpoint-#\/unet'; another one is there\. Take it with --series 'checkpoint-#\/unet_ema'\.\n$/,
    );
    const unet = (name: string): string[] =>
      [10, 20].map((step) => `r/checkpoint-${step}/${name}/diffusion_pytorch_model.safetensors`);
    expect(shownRun(main.stdout)).toEqual(['r (checkpoint-#/unet)', unet('unet')]);
    const other = await run('@/r --json --series checkpoint-#/unet_ema');
    expect({ exit: other.exit, stderr: other.stderr }).toEqual({ exit: 0, stderr: '' });
    expect(shownRun(other.stdout)).toEqual(['r (checkpoint-#/unet_ema)', unet('unet_ema')]);
  });

  it('of a folder inside a run the model is taken', async () => {
    inSteps('adapter_model', 'model');
    const { exit, stdout, stderr } = await run('@/r/checkpoint-10 --json');
    expect(exit).toBe(0);
    expect(shownRun(stdout)).toEqual(['checkpoint-10', ['r/checkpoint-10/model.safetensors']]);
    expect(stderr).toMatch(
      /single checkpoint 'model'; another one is there\. Take it with --series 'adapter_model'/,
    );
  });

  it('below a folder of trainings each can be named', async () => {
    threeSteps('sweep/a');
    for (const who of ['actor', 'critic'])
      for (const step of [1, 2]) checkpoint(`sweep/ppo/global_step_${step}/${who}/model.safetensors`, 1);
    const { exit, stderr } = await run('@/sweep');
    expect(exit).toBe(1);
    const names = [...stderr.matchAll(/--series '([^']+)'/g)].map(([, name]) => name!);
    expect(names).toEqual(['a/step#', 'ppo/global_step_#/actor', 'ppo/global_step_#/critic']);
    for (const name of names) expect((await run(`@/sweep --json --series ${name}`)).exit).toBe(0);
  });

  it('the folder’s own checkpoint is taken before those below it', async () => {
    checkpoint('repo/model.safetensors', 1);
    checkpoint('repo/original/consolidated.safetensors', 1);
    const { exit, stdout, stderr } = await run('@/repo --json');
    expect(exit).toBe(0);
    expect(shownRun(stdout)).toEqual(['repo', ['repo/model.safetensors']]);
    expect(stderr).toMatch(/single checkpoint 'model'; .*--series 'original\/consolidated'/);
  });

  it('what is no training is refused with its names and sizes', async () => {
    for (const name of ['flux', 'clip'])
      writeFileSync(checkpoint(`models/${name}.safetensors`, 1), name.repeat(name === 'flux' ? 9 : 1));
    const { exit, stderr } = await run('@/models');
    expect(exit).toBe(1);
    expect(stderr).toMatch(
      /no names of its 2 checkpoints and no notes beside them tell that they are steps of one training: clip \(4\sB\), flux \(36\sB\)\. .*take one with --series 'flux' or --series 'clip'/,
    );
  });

  it('what is called by sizes is refused with that reason and with what to do', async () => {
    for (const [i, name] of ['64', '128', '256'].entries())
      writeFileSync(checkpoint(`sizes/${name}/model.safetensors`, 1), 'x'.repeat(i + 1));
    const { exit, stdout, stderr } = await run('@/sizes');
    expect([exit, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /the numbers of its 3 checkpoints may be sizes of models or resolutions, seeds and the like, and no notes beside them tell that they are steps of one training: 64 \(1\sB\), 128 \(2\sB\), 256 \(3\sB\)\. Compare them with: neuromfa analyze '\S+\/sizes\/64\/model\.safetensors' .*--order '64' '128' '256'/,
    );
  });

  it('what has no steps is no run: it is compared, or its order is named, as the message says', async () => {
    const paths = ['base', 'dpo', 'sft'].map((name) => checkpoint(`models/${name}/model.safetensors`, 1));
    const { exit, stdout, stderr } = await run('@/models');
    expect([exit, stdout]).toEqual([1, '']);
    const [, compared] = /Compare them with: neuromfa (analyze [^;]+);/.exec(stderr)!;
    expect(compared).toBe(`analyze ${paths.map((path) => `'${path}'`).join(' ')}`);
    const [, order] = /name their order, such as (--order [^;]+);/.exec(stderr)!;
    const named = await run(`@/models --json ${order!.replaceAll("'", '')}`);
    expect(parse(named.stdout)[0]!.run).toEqual({
      name: 'models',
      path: join(root, 'models'),
      orderedBy: 'given',
    });
    expect(shownRun(named.stdout)).toEqual([
      'models',
      ['models/base/model.safetensors', 'models/dpo/model.safetensors', 'models/sft/model.safetensors'],
    ]);
  });

  it.each([
    ['base base', /"base" is there twice/],
    ['base nobody', /models has no series "nobody"\. It has --order 'dpo' or --order 'base'/],
    ['base --series dpo', /cannot be used with/],
  ])('an order of %s is a wrong option', async (words, message) => {
    for (const name of ['base', 'dpo']) checkpoint(`models/${name}/model.safetensors`, 1);
    const { exit, stderr } = await run(`@/models --order ${words}`);
    expect(exit).not.toBe(0);
    expect(stderr).toMatch(message);
  });

  it('an order is of one folder', async () => {
    checkpoint('models/base/model.safetensors', 1);
    const { exit, stderr } = await run('@/models @/models --order base');
    expect(exit).not.toBe(0);
    expect(stderr).toMatch(/--order: it names checkpoints of one folder, and 2 are given/);
  });

  it('one that is not there is a wrong option', async () => {
    threeSteps();
    const { exit, stderr } = await run('@/r --series nothing');
    expect(exit).toBe(1);
    expect(stderr).toMatch(/--series: \S+\/r has no series "nothing"\. It has --series 'step#'/);
  });

  it('a series with an index beside each file says so', async () => {
    inSteps('model', 'model-00001-of-00001');
    for (const step of [10, 20])
      writeFileSync(join(root, `r/checkpoint-${step}/model.safetensors.index.json`), '{}');
    const { exit, stderr } = await run('@/r');
    expect(exit).toBe(0);
    expect(stderr).toMatch(
      /model\.safetensors \(written .*\) is taken, as libraries do, but model\.safetensors\.index\.json .*\n.*same is true of 1 more/,
    );
  });

  it('what is saved in a layout that is not read is named beside what is', async () => {
    threeSteps();
    mkdirSync(join(root, 'r/step300'));
    writeFileSync(join(root, 'r/step300/model_world_size_2_rank_0.pt'), 'x');
    const { exit, stderr } = await run('@/r');
    expect(exit).toBe(0);
    expect(stderr).toMatch(
      /note: \S+\/r: a checkpoint of verl .* is in this folder, which cannot be read yet: step300/,
    );
  });
});

it('one checkpoint is a run of one, for comparing it with its initialization', async () => {
  checkpoint('final/model.safetensors', 0.9);
  const { exit, stdout } = await run('@/final --json --baseline init', {
    initial: analysis(1.5, 's', { kind: 'init', source: 'drawn' }),
  });
  const [series] = parse(stdout);
  expect(exit).toBe(0);
  expect(series!.run).toMatchObject({ name: 'final', orderedBy: 'time' });
  expect(series!.points[0]!.emergence.value).toBeGreaterThan(0);
});

it('a run in the folder itself comes before those below it', async () => {
  threeSteps('r');
  threeSteps('r/old');
  expect(parse((await run('@/r --json')).stdout)[0]!.run.path).toBe(join(root, 'r'));
});

it('progress counts the checkpoints of all runs, on a terminal only', async () => {
  threeSteps();
  const { stderr } = await run('@/r', { interactive: true });
  expect(stderr).toMatch(/\[1\/3\] .*\[2\/3\] .*\[3\/3\] [^:]+: 3 of 10 samples/s);
  expect((await run('@/r --no-store')).stderr).toBe('');
});

it('--out takes the series whole', async () => {
  threeSteps();
  const out = join(root, 'series.json');
  const { stdout } = await run(`@/r --json --out ${out}`);
  expect(stdout).toBe('');
  expect(parse(readFileSync(out, 'utf8'))).toHaveLength(1);
});
