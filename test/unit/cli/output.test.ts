/** Where results go: `--out` and `--html`, whatever stands there. */
import {
  execFileSync,
  spawn,
  spawnSync,
  type ChildProcess,
  type ChildProcessWithoutNullStreams,
} from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually';
import { bundleCli } from '../support/bundleCli';
import { makeAnalysis } from '../support/analysis';
import { samplePath } from '../support/analyze';
import { run, type FakeOptions, type Outcome } from './fake';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'neuromfa-out-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});
const at = (name: string): string => join(root, name);
// Windows has no modes of files, and its links need rights.
const posix = describe.skipIf(process.platform === 'win32');

/** One run of two steps at `r`. */
function runWith(...words: string[]): Promise<Outcome> {
  const answers: FakeOptions['answers'] = {};
  for (const step of [0, 1]) {
    const path = join(root, 'r', `step${step}`, 'model.safetensors');
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, 'x');
    answers[path] = makeAnalysis();
  }
  const reportBundle = { script: 'draw()', styles: '' };
  return run(['run', at('r'), '--no-store', ...words], { answers, reportBundle });
}

describe('-', () => {
  it('is standard output', async () => {
    const { exit, stdout } = await run('analyze good --json --out -');
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toHaveLength(1);
    expect((await runWith('--csv', '--out', '-')).stdout).toMatch(/^run,step,/);
  });
  it('takes one thing alone: the report, where the result goes elsewhere', async () => {
    const both = await runWith('--html', '-');
    expect(both).toMatchObject({ exit: 2, stdout: '', analyzed: [] });
    expect(both.stderr).toMatch(
      /^neuromfa: --html: it names standard output, where the result goes\. Name another/,
    );
    const apart = await runWith('--html', '-', '--csv', '--out', at('series.csv'));
    expect(apart.exit).toBe(0);
    expect(apart.stdout).toMatch(/^<!DOCTYPE html>/);
    expect(readFileSync(at('series.csv'), 'utf8')).toMatch(/^run,step,/);
  });
});

posix('links', () => {
  it('stay, and what they lead to is written', async () => {
    writeFileSync(at('target'), 'old');
    symlinkSync('target', at('link'));
    symlinkSync('report', at('dangling'));
    await runWith('--csv', '--out', at('link'), '--html', at('dangling'));
    expect([readlinkSync(at('link')), readlinkSync(at('dangling'))]).toEqual(['target', 'report']);
    expect(readFileSync(at('target'), 'utf8')).toMatch(/^run,step,/);
    expect(readFileSync(at('report'), 'utf8')).toMatch(/^<!DOCTYPE/);
  });
  it('to one file are one file', async () => {
    symlinkSync('target', at('a'));
    symlinkSync(at('target'), at('b'));
    const { exit, stderr } = await runWith('--out', at('a'), '--html', at('b'));
    expect([exit, stderr]).toEqual([2, expect.stringMatching(/--html: it names the same file as --out/)]);
  });
});

it('a checkpoint is never written over', async () => {
  writeFileSync(at('b.safetensors'), 'weights');
  symlinkSync('b.safetensors', at('link'));
  for (const out of [at('b.safetensors'), at('link')]) {
    const { exit, stderr } = await run(['analyze', 'good', '--json', '--out', out]);
    expect([exit, stderr]).toEqual([2, `neuromfa: --out: ${out} is a checkpoint. Name another file.\n`]);
  }
  expect(readFileSync(at('b.safetensors'), 'utf8')).toBe('weights');
});

posix('a place where nothing can be written', () => {
  it.each([
    ['--out', 'n'.repeat(256), /its name is longer than the system takes/],
    ['--html', 'n'.repeat(256), /its name is longer than the system takes/],
    ['--out', 'file/x', /a part of its path is a file/],
    ['--html', 'file/x', /a part of its path is a file/],
    ['--out', 'circle', /round in a circle/],
    ['--out', 'r', /is a folder/],
    ['--out', 'new/', /is a folder/],
  ])('is found out before the work, and told in words: %s, case %#', async (option, name, message) => {
    writeFileSync(at('file'), 'old');
    symlinkSync('circle', at('circle'));
    const { exit, stdout, stderr, analyzed } = await runWith(option, at(name));
    expect({ exit, stdout, analyzed }).toEqual({ exit: 2, stdout: '', analyzed: [] });
    expect(stderr).toMatch(new RegExp(`^neuromfa: ${option}: [^\\n]+\\.\\n$`));
    expect(stderr).toMatch(message);
    expect(stderr.replaceAll(root, '')).not.toMatch(/report this|E[A-Z]{4}/);
  });
});

posix('the program', () => {
  let folder: string;
  let cli: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'neuromfa-cli-'));
    cli = await bundleCli(folder);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const words = (): string[] => [
    cli,
    'analyze',
    samplePath(64),
    '--samples',
    '2',
    '--threads',
    '1',
    '--json',
  ];
  const bash = (line: string): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(
      'bash',
      [
        '-c',
        line.replaceAll(
          '$N',
          `"$0" ${words()
            .map((word) => `'${word}'`)
            .join(' ')}`,
        ),
        process.execPath,
      ],
      {
        cwd: root,
        encoding: 'utf8',
      },
    );

  const children: ChildProcess[] = [];
  const started = (program: string, args: readonly string[]): ChildProcessWithoutNullStreams => {
    const child = spawn(program, args);
    children.push(child);
    return child;
  };
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it('writes to standard output by each of its names', () => {
    for (const name of ['-', '/dev/stdout', '/dev/fd/1']) {
      const { status, stderr } = bash(`{ echo '['; $N --out ${name}; echo ']'; } > out`);
      expect([status, stderr]).toEqual([0, '']);
      expect(JSON.parse(readFileSync(at('out'), 'utf8').replace('][', '],['))).toHaveLength(1);
    }
    expect(readdirSync(root)).toEqual(['out']);
  });

  it('is quiet when the reader of standard output goes away, whatever it is called', () => {
    expect(bash('$N --verbose --out /dev/stdout | true; echo "${PIPESTATUS[0]}"')).toMatchObject({
      stdout: '0\n',
      stderr: '',
    });
  });

  it('writes to a program', async () => {
    const { status, stderr } = bash('$N --out >(cat > reading; mv reading out)');
    expect([status, stderr]).toEqual([0, '']);
    // The shell does not wait for it.
    await eventually(() => {
      expect(readdirSync(root)).toEqual(['out']);
    });
    expect(JSON.parse(readFileSync(at('out'), 'utf8'))).toHaveLength(1);
  });

  it('waits for the reader of a pipe, and says so; Ctrl-C ends that', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const child = started(process.execPath, [...words(), '--out', at('pipe')]);
    let errors = '';
    child.stderr.on('data', (chunk) => (errors += String(chunk)));
    const ended = new Promise((done) => child.once('close', done));
    await eventually(() => {
      expect(errors).toBe(
        `neuromfa: ${at('pipe')}: waiting for a program that reads this pipe. Ctrl-C ends it.\n`,
      );
    });
    child.kill('SIGINT');
    expect([await ended, errors.split('\n')[1]]).toEqual([130, 'neuromfa: canceled']);
    expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
  });

  it('is done when the pipe has been read', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const child = started(process.execPath, [...words(), '--out', at('pipe')]);
    const reader = started('cat', [at('pipe')]);
    let read = '';
    reader.stdout.on('data', (chunk) => (read += String(chunk)));
    const [status] = await Promise.all(
      [child, reader].map((each) => new Promise((done) => each.once('close', done))),
    );
    expect(status).toBe(0);
    expect(JSON.parse(read)).toHaveLength(1);
  });
});
