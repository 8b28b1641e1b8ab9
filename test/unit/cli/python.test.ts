/** What docs/agents.md shows in Python does what it says, where Python is installed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { bundleCli } from '../support/bundleCli';
import { ROOT } from '../support/golden';

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-python-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

// The snippet is for Python; machines that build and test the rest may have none.
const hasPython = spawnSync('python3', ['--version']).status === 0;

it.skipIf(!hasPython)('reads series and tables, eight steps and the last E', async () => {
  const cli = await bundleCli(folder);
  const [, snippet = ''] =
    /```python\n(.*?)```/s.exec(readFileSync(join(ROOT, 'docs/agents.md'), 'utf8')) ?? [];
  const script = snippet.replace('"dist/cli.js"', JSON.stringify(cli));
  expect(script).toContain(cli);
  const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') };
  const { stdout, stderr, status } = spawnSync('python3', ['-c', script], {
    encoding: 'utf8',
    cwd: ROOT,
    env,
  });
  expect([status, stderr]).toEqual([0, '']);
  const lines = stdout.trim().split('\n');
  expect(lines.slice(0, -1).map((line) => Number(line.split(' ')[0]))).toEqual([
    0, 64, 256, 512, 1000, 2000, 3000, 4000,
  ]);
  expect(Number(lines.at(-1))).toBeCloseTo(Number(lines.at(-2)!.split(' ')[2]), 6);
});
