/** Without an address nothing is connected to, nor is the script loaded that could. */
import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleCli } from '../unit/support/bundleCli';
import { ROOT } from '../unit/support/golden';
import { run, type Ended } from './cli';

const SAMPLE = join(ROOT, 'samples/neox-1m');
/** Goes into every thread, and tells whatever looks a name up or connects. */
const REFUSING = `
  const { writeSync } = require('node:fs');
  const refuse = (what) => () => { writeSync(2, 'REFUSED ' + what + '\\n'); throw new Error('refused'); };
  require('node:net').Socket.prototype.connect = refuse('connect');
  require('node:dns').lookup = refuse('lookup');
  require('node:dgram').createSocket = refuse('socket');
`;

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-no-connection-'));
const preload = join(folder, 'refusing.cjs');
let cli: string;
const refusing = (...words: string[]): Promise<Ended> =>
  run(cli, words, { NODE_OPTIONS: `--require ${preload}`, XDG_CACHE_HOME: join(folder, 'cache') });

beforeAll(async () => {
  writeFileSync(preload, REFUSING);
  cli = await bundleCli(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('a named address is connected to, which this test would see', async () => {
  const { status, stderr } = await refusing('inspect', 'http://127.0.0.1:9/model.safetensors');
  expect(status).toBe(1);
  expect(stderr).toContain('REFUSED connect');
});

it('everything about files of this machine is done without', async () => {
  unlinkSync(join(folder, 'remote.js'));
  const step = join(SAMPLE, 'step64');
  for (const words of [
    ['run', SAMPLE, '--samples', '2', '--csv'],
    ['analyze', step, '--samples', '2', '--nulls', '--json', '--store', join(folder, 'store')],
    ['inspect', step, '--facts'],
    ['compare', step, join(SAMPLE, 'step0'), '--samples', '2', '--no-store'],
  ]) {
    const { status, stderr, stdout } = await refusing(...words);
    expect(stderr).not.toContain('REFUSED');
    expect(status, stderr).toBe(0);
    expect(stdout).not.toBe('');
  }
});
