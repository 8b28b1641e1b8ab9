/** Any words after `neuromfa`: an exit code with its meaning, and lines that say what is wrong. */
import { chdir, cwd } from 'node:process';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Analysis } from '../../src/protocol/analysis';
import { run } from '../unit/cli/fake';
import { makeAnalysis } from '../unit/support/analysis';
import { Folder } from './support/folder';
import { mutateText } from './support/json';
import { oddNumber, oddText } from './support/odd';
import { Random } from './support/random';
import { fuzz, type Outcome } from './support/target';
import { madeTensor, tensorFile } from './support/tensorFiles';

const folder = new Folder();
const before = cwd();
beforeAll(() => {
  // Words may be relative paths of files that are written.
  chdir(folder.path);
});
afterAll(() => {
  chdir(before);
});

const NUMBERS = [
  '--samples',
  '--neurons',
  '--seed',
  '--threshold',
  '--q-min',
  '--q-max',
  '--q-step',
  '--threads',
  '--memory',
];
const CHOICES = ['--mode', '--transfer', '--filter', '--baseline', '--emergence-from'];
const LISTS = ['--include', '--exclude', '--blocks', '--roles'];
const FLAGS = [
  '--scale-free',
  '--json',
  '--csv',
  '--verbose',
  '--dry-run',
  '--no-store',
  '--help',
  '--version',
  '--',
  '-',
  '-x',
];
const WORDS = [
  'full',
  'sampled',
  'inv',
  'neglog',
  '1',
  '2',
  '3',
  'first',
  'init',
  'gaussian',
  'exact',
  'alpha0',
  'none',
];
/** The engine that stands here knows `good`; `run` is a folder with two checkpoints. */
const PATHS = ['good', 'run', 'run/step0', 'missing', '.', '..', '', 'good/x', '/dev/null', 'a'.repeat(300)];

/** Of one line: what cannot be seen takes up to six characters for each. */
const MAX_CHARACTERS = 30_000;

interface Input {
  words: string[];
}

function make(random: Random): Input {
  const words = [
    random.pick(['analyze', 'analyze', 'run', 'inspect', random.chance(0.3) ? oddText(random) : 'run']),
  ];
  for (let left = random.between(0, 5); left > 0; left--) words.push(...anyOption(random));
  words.push(
    ...random.list(0, 2, () => (random.chance(0.7) ? random.pick(['good', 'run']) : pathWord(random))),
  );
  if (random.chance(0.3)) words.sort(() => random.fraction() - 0.5);
  if (random.chance(0.2)) {
    const at = random.below(words.length);
    words[at] = mutateText(random, words[at]!);
  }
  // No system hands over a word with a NUL.
  return { words: words.map((word) => word.replaceAll('\0', '')) };
}

function anyOption(random: Random): string[] {
  switch (random.below(7)) {
    case 0:
    case 1: {
      const usual = String(random.pick([0, 1, 2, 3, 10, 32, 150, 0.5]));
      return [
        random.pick(NUMBERS),
        random.chance(0.6) ? usual : random.chance(0.5) ? String(oddNumber(random)) : oddText(random),
      ];
    }
    case 2:
      return [random.pick(CHOICES), random.chance(0.8) ? random.pick(WORDS) : oddText(random)];
    case 3:
      return [
        random.pick(LISTS),
        random.pick(['mlp', 'attention', '*', '0-2', '5-2', '1,2', ',', oddText(random)]),
      ];
    case 4:
      return [random.pick(['--out', '--html', '--store', '--base']), pathWord(random)];
    default:
      return [random.pick(FLAGS)];
  }
}

/** None that lies outside the folder and could be written to. */
function pathWord(random: Random): string {
  const word = random.chance(0.8) ? random.pick(PATHS) : oddText(random);
  return /^[/~]|\.\.|:/.test(word) && word !== '..' ? 'elsewhere' : word;
}

const random = new Random(0, 'a checkpoint');
const checkpoint = tensorFile(random, [madeTensor(random, 'h.0.mlp.c_fc.weight', 'F16', [2, 4])], null, {
  space: '',
  newline: '',
  escaped: 0,
});

async function check({ words }: Input): Promise<Outcome> {
  folder.clear();
  folder.fill({ 'run/step0/model.safetensors': checkpoint, 'run/step1/model.safetensors': checkpoint });
  // Words such as "constructor" are paths like any other.
  const answers = Object.assign(Object.create(null) as Record<string, Analysis>, { good: makeAnalysis() });
  const { exit, stdout, stderr, engines, disposed } = await run(words, {
    answers,
    cacheDirectory: folder.at('cache'),
  });
  expect([0, 1, 2]).toContain(exit);
  expect(disposed).toBe(engines.length);
  if (exit !== 0) expect(stderr).not.toBe('');
  if (exit === 2) expect([stdout, engines]).toEqual(['', []]);
  expect(stderr).not.toMatch(/Please report|internal/);
  const lines = stderr.split('\n');
  expect(lines.pop()).toBe('');
  for (const line of lines) {
    expect(line.length).toBeLessThanOrEqual(MAX_CHARACTERS);
    if (!words.includes('--verbose')) expect(line).toMatch(/^neuromfa: .*(\.|characters left out\))$/u);
  }
  // What a terminal would act on.
  expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u); // eslint-disable-line no-control-regex -- control characters are what is looked for
  return exit === 0 ? 'taken' : 'refused';
}

fuzz({ name: 'commandLine', make, check });
