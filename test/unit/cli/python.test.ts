/** What docs/agents.md shows in Python does what it says, where Python and pandas are installed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bundleCli } from '../support/bundleCli';
import { ROOT } from '../support/golden';

const STEPS = [0, 64, 256, 512, 1000, 2000, 3000, 4000];
const folder = mkdtempSync(join(tmpdir(), 'neuromfa-python-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The examples, in their order. */
const examples = [
  ...readFileSync(join(ROOT, 'docs/agents.md'), 'utf8').matchAll(/```python\n(.*?)```/gs),
].map(([, text]) => text!);

/** The first Python that can carry out `words`; Debian's own has Debian's packages. */
const pythonWith = (words: string): string | undefined =>
  ['python3', '/usr/bin/python3'].find((each) => spawnSync(each, ['-c', words]).status === 0);

/** What an example prints. */
async function printed(python: string, example: string): Promise<string[]> {
  const cli = await bundleCli(folder);
  const script = example.replace('"dist/cli.js"', JSON.stringify(cli));
  expect(script).toContain(cli);
  const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') };
  const { stdout, stderr, status } = spawnSync(python, ['-c', script], { encoding: 'utf8', cwd: ROOT, env });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trim().split('\n');
}

/**
 * Machines that build and test the rest may be without, and then this says what was left out; `npm run setup` installs it where that is
 * allowed, so continuous integration has it.
 */
function has(python: string | undefined, what: string): python is string {
  if (python === undefined && process.env['CI']) throw new Error(`${what} is missing: run npm run setup`);
  if (python === undefined) console.warn(`The examples in Python are not tested: ${what} is missing.`);
  return python !== undefined;
}

describe('the examples in Python', () => {
  it('are two', () => {
    expect(examples).toHaveLength(2);
  });

  it('series and tables: eight steps and the last E', async (context) => {
    const python = pythonWith('import json');
    if (!has(python, 'python3')) return context.skip();
    const lines = await printed(python, examples[0]!);
    expect(lines.slice(0, -1).map((line) => Number(line.split(' ')[0]))).toEqual(STEPS);
    expect(Number(lines.at(-1))).toBeCloseTo(Number(lines.at(-2)!.split(' ')[2]), 6);
  });

  it('a cell of a notebook: the table with null models and losses, and the samples of a file of results', async (context) => {
    const python = pythonWith('import pandas');
    if (!has(python, 'python3-pandas')) return context.skip();
    const rows = (await printed(python, examples[1]!)).map((line) => line.trim().split(/\s+/));
    const tables = [rows.slice(0, 10), rows.slice(10)];
    for (const table of tables) expect(table.slice(-8).map(([step]) => Number(step))).toEqual(STEPS);
    expect(tables[0]![0]).toEqual([
      'alpha0',
      'emergence',
      'emergence_gaussian',
      'beyond_width',
      'metric_val_loss',
    ]);
    const last = tables[0]!.at(-1)!.map(Number);
    expect(last.every(Number.isFinite)).toBe(true);
    expect(last[2]).toBeCloseTo(0.101, 2);
    // Means of the samples in the file are the α₀ of the table: those of the sampled network with the paper's settings.
    expect(Number(tables[1]!.at(-1)![1])).toBeCloseTo(last[1]!, 2);
  }, 300_000);
});
