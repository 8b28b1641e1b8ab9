/** What anybody can put into names and arguments reaches the terminal as visible text only. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Analysis } from '../../../src/protocol/analysis';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { visible } from '../../../src/protocol/visible';
import { makeAnalysis } from '../support/analysis';
import { inspection, run, type FakeOptions, type Outcome } from './fake';
import { spokenInspection, spokenResult } from '../../../src/protocol/factWords';

/** Erases the line, colors, turns the direction, has no width, is a tag: raw, each would do something. */
const EVIL = '\r\x1b[2K\x1b]0;title\x07\x9b31m\u061c\u200b\u200f\u2028\u202e\u2066\ufeff\u{e0001}\udc00';
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** Every text in it ends with {@link EVIL}, keys of records of free keys too. */
function poisoned<T>(value: T, freeKeys = false): T {
  if (typeof value === 'string') return `${value}${EVIL}` as T;
  if (Array.isArray(value)) return value.map((each) => poisoned<unknown>(each)) as T;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const entries = Object.entries(value).map(([key, each]) =>
    WORDS.has(key)
      ? [key, each as unknown]
      : [freeKeys ? key + EVIL : key, poisoned<unknown>(each, key === 'metadata')],
  );
  return Object.fromEntries(entries) as T;
}
/** Of our own choice, and looked at. */
const WORDS = new Set(['schema', 'outcome', 'mode', 'transfer', 'kind', 'code', 'fault']);

function poisonedAnalysis(): Analysis {
  const { result, arrays } = makeAnalysis();
  const checkpoint = {
    ...result.checkpoint,
    adapter: { updates: 1, rank: [4, 4] as [number, number], scale: null, base: null, baseName: 'base' },
  };
  const subset = { include: ['a'], exclude: [], blocks: [], roles: [] };
  const summary = { ...result.summary, reason: { code: 'text' as const, text: 'a reason' } };
  const settings = { ...result.settings, subset };
  return {
    result: poisoned({
      ...result,
      checkpoint,
      summary,
      settings,
      warnings: [{ code: 'unreadable-type', dtype: 'a type' }],
    }),
    arrays,
  };
}

/** @param lines what ends a line. */
function expectPlain({ stdout, stderr }: Outcome, lines = '\n'): void {
  expect(HIDDEN.exec(stdout.replaceAll(lines, ''))).toBeNull();
  // The progress rewrites its own line.
  expect(HIDDEN.exec(stderr.replaceAll('\r\x1b[K', '').replaceAll('\n', ''))).toBeNull();
}

/** Titles of tests go to a terminal as well. */
const titled = (cases: readonly string[][]): [string, string[]][] =>
  cases.map((words) => [visible(words.map((word) => `'${word}'`).join(' ')), words]);

let root: string;
const folder = (): string => join(root, `run\x1b[2K\x9b31m\u202e\u200b`);
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'neuromfa-terminal-'));
  for (const step of [0, 1]) {
    const own = join(folder(), `step${step}`);
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, 'model.safetensors'), 'x');
  }
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

const path = `bad${EVIL}`;
const failing = new NeuroMfaError('damaged', path, `a dtype "${EVIL}" is unknown`, 'Save it again');
function options(): FakeOptions {
  const at = (step: number): string => join(folder(), `step${step}/model.safetensors`);
  return {
    answers: {
      [`good${EVIL}`]: poisonedAnalysis(),
      [at(0)]: poisonedAnalysis(),
      [at(1)]: poisonedAnalysis(),
      [path]: failing,
    },
    interactive: true,
    initial: poisonedAnalysis(),
    inspection: {
      ...poisoned({ ...inspection, fault: failing.data }),
      // Its words are ours.
      projections: inspection.projections.map((each) => ({ ...poisoned(each), layout: each.layout })),
    },
  };
}

describe('names and texts from files', () => {
  const good = `good${EVIL}`;
  it.each(
    titled([
      ['analyze', good],
      ['analyze', good, '--verbose'],
      ['analyze', good, '--dry-run'],
      ['analyze', good, '--dry-run', '--json'],
      ['analyze', good, '--json'],
      ['analyze', good, '--json', '--verbose'],
      ['analyze', path, '--verbose'],
      ['inspect', good],
      ['inspect', good, '--json'],
      ['inspect', `missing${EVIL}`, '--verbose'],
      ['run', 'FOLDER', '--no-store'],
      ['run', 'FOLDER', '--no-store', '--json'],
      ['run', 'FOLDER', '--no-store', '--baseline', 'init'],
      ['run', 'FOLDER', '--baseline', '7'],
      ['run', `missing${EVIL}`, '--verbose'],
    ]),
  )('%s', async (_, words) => {
    const outcome = await run(
      words.map((word) => (word === 'FOLDER' ? folder() : word)),
      options(),
    );
    expect(outcome.stdout + outcome.stderr).toMatch(/\\u202e/);
    expectPlain(outcome);
  });

  it('are so in comma-separated values, whose lines end as RFC 4180 has it', async () => {
    const outcome = await run(['run', folder(), '--no-store', '--csv'], options());
    expect(outcome.stdout).toMatch(/\\u202e/);
    expectPlain(outcome, '\r\n');
  });

  it('are whole in JSON all the same', async () => {
    const { stdout } = await run(['analyze', good, '--json'], options());
    expect(JSON.parse(stdout)).toEqual([spokenResult(poisonedAnalysis().result)]);
    const out = join(root, 'out.json');
    await run(['analyze', good, '--json', '--out', out], options());
    expect(readFileSync(out, 'utf8')).toBe(stdout);
    const shown = await run(['inspect', good, '--json'], options());
    expect(JSON.parse(shown.stdout)).toEqual({
      ...spokenInspection(options().inspection!),
      checkpoint: poisonedAnalysis().result.checkpoint,
    });
  });
});

describe('arguments', () => {
  it.each(
    titled([
      ['analyze', 'good', `--x${EVIL}`],
      ['analyze', 'good', '--samples', `1${EVIL}`],
      ['analyze', 'good', '--mode', EVIL],
      ['analyze', 'good', '--roles', EVIL],
      ['analyze', 'good', '--blocks', EVIL],
      ['analyze', 'good', '--out', `/none${EVIL}/file`],
      ['run', EVIL, '--baseline', EVIL],
      ['run', EVIL, '--store', `/dev/null/${EVIL}`],
      ['inspect', 'good', EVIL],
      [EVIL],
      ['help', EVIL],
      ['analyze', EVIL, '--help'],
    ]),
  )('%s', async (_, words) => {
    expectPlain(await run(words, options()));
  });

  it('of any length are shown in a line that is not', async () => {
    const long = 'x'.repeat(100_000);
    for (const words of [[long], ['analyze', long], ['analyze', 'good', `--${long}`], ['run', long]]) {
      const { stderr } = await run(words);
      expect(stderr).toMatch(/^neuromfa: .*…/);
      expect(stderr.length).toBeLessThan(5000);
    }
  });
});

it('a stack cannot be forged into a line of ours', async () => {
  const error = new TypeError('x\nneuromfa: all is well\n    at forged');
  const { stderr } = await run('analyze bad --verbose', { answers: { bad: error } });
  expect(stderr.split('\n').filter((line) => line.startsWith('neuromfa: '))).toHaveLength(1);
  expect(stderr).toMatch(/^TypeError: x\\nneuromfa: all is well/m);
});

describe('an empty word', () => {
  it.each(
    titled([
      ['analyze', ''],
      ['analyze', 'good', ''],
      ['run', ''],
      ['run', '', 'r'],
      ['inspect', ''],
      ['analyze', 'good', '--out', ''],
      ['analyze', 'good', '--out='],
      ['analyze', 'good', '--base', ''],
      ['inspect', 'good', '--base='],
      ['run', 'r', '--store', ''],
      ['run', 'r', '--html', ''],
      ['run', 'r', '--baseline', ''],
      ['run', 'r', '--emergence-from', ''],
      ['analyze', 'good', '--include', ''],
      ['analyze', 'good', '--include', ' , '],
      ['analyze', 'good', '--exclude', ''],
      ['analyze', 'good', '--blocks', ''],
      ['analyze', 'good', '--roles', ''],
      ['analyze', 'good', '--threads', ''],
      ['analyze', 'good', '--mode', ''],
      [''],
    ]),
  )('is refused, and nothing is done: %s', async (_, words) => {
    const { exit, stdout, stderr, engines } = await run(words);
    expect({ exit, stdout, engines }).toEqual({ exit: 2, stdout: '', engines: [] });
    expect(stderr).toMatch(/^neuromfa: .+\. See neuromfa --help\.\n$/);
  });
  it('where a path belongs is told what the current folder is called', async () => {
    expect((await run(['run', ''])).stderr).toContain("It is empty; the current folder is '.'.");
  });
});
