/** What was read once is read no more: other settings for the same rows need no network, and what is not kept is refused there. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundleCli } from '../unit/support/bundleCli';
import { ROOT } from '../unit/support/golden';
import { run, type Ended } from './cli';
import { folders } from './folders';
import { Hub } from './hub';
import { missingForNginx, Nginx } from './nginx';
import { numbersOf, storedResults } from './sameResults';
import { skipWithout } from './skipWithout';

const SAMPLE = join(ROOT, 'samples/neox-1m');
const STEPS = [0, 64, 512];
const TOKEN = 'hf_token_of_kept_things';
const ASKED = ['--samples', '2', '--csv', '--no-metrics'];
/** The same rows, counted otherwise. */
const OTHERWISE = [
  ['--threshold', '60', '--q-min', '-2', '--q-step', '0.5'],
  ['--transfer', 'neglog', '--filter', '2', '--scale-free', '--null-draws', '5'],
];

const { own } = folders('remote-kept');
let cli: string;
let disk: string;
let cache: string;

beforeAll(async () => {
  cli = await bundleCli(own('program'));
  disk = own('disk');
  for (const step of STEPS) copyOf(`step${step}`, join(disk, `step${step}`));
});
beforeEach(() => {
  cache = own('cache');
});

function copyOf(step: string, to: string): void {
  mkdirSync(to);
  for (const name of ['model.safetensors', 'config.json'])
    writeFileSync(join(to, name), readFileSync(join(SAMPLE, step, name)));
}

const asked = (words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  run(cli, words, { XDG_CACHE_HOME: cache, ...env });
/** Results are stored elsewhere each time: none of them is used again. */
const runOf = (address: string, env: NodeJS.ProcessEnv, ...more: readonly string[]): Promise<Ended> =>
  asked(['run', address, ...ASKED, '--store', own('store'), ...more], env);

/** That it is what the disk gives with the same settings. */
async function expectAsDisk(ended: Ended, more: readonly string[]): Promise<void> {
  expect(ended.status, ended.stderr).toBe(0);
  const local = await runOf(disk, {}, ...more);
  expect(numbersOf(ended.stdout)).toEqual(numbersOf(local.stdout));
}

const kept = (): string => join(cache, 'neuromfa', 'network');
const keptText = (): string =>
  readdirSync(kept())
    .map((name) => readFileSync(join(kept(), name), 'latin1'))
    .join('\n');

describe('a run on the Hub', () => {
  let hub: Hub;
  let env: NodeJS.ProcessEnv;
  beforeEach(async () => {
    hub = await Hub.start();
    env = { HF_ENDPOINT: hub.origin };
    for (const step of STEPS) hub.add('lab/neox', `step${step}`, join(disk, `step${step}`), [TOKEN]);
    env['HF_TOKEN'] = TOKEN;
  });
  afterEach(() => hub.close());

  it('is analyzed with other settings without a request, and without the Hub', async () => {
    await expectAsDisk(await runOf('hf://lab/neox', env), []);
    hub.asked.length = 0;
    for (const more of OTHERWISE) await expectAsDisk(await runOf('hf://lab/neox', env, ...more), more);
    expect(hub.asked).toEqual([]);
    const { stderr } = await runOf('hf://lab/neox', env);
    expect(stderr).toContain(`what lies on ${new URL(hub.origin).host} was asked minutes ago`);
    await hub.close();
    const offline = await runOf('hf://lab/neox', env, '--refresh', '--threshold', '80');
    await expectAsDisk(offline, ['--threshold', '80']);
    expect(offline.stderr).toContain('cannot be asked now');
    expect((await asked(['inspect', 'hf://lab/neox@step64', '--json'], env)).status).toBe(0);
  });

  it('is refused without the Hub where other rows are needed, and nothing of it is a result', async () => {
    expect((await runOf('hf://lab/neox', env)).status).toBe(0);
    const { host } = new URL(hub.origin);
    await hub.close();
    for (const more of [
      ['--seed', '7'],
      ['--neurons', '16'],
      ['--mode', 'full', '--yes'],
    ]) {
      const store = own('store');
      const words = [
        'analyze',
        'hf://lab/neox@step64',
        '--samples',
        '2',
        '--json',
        '--store',
        store,
        ...more,
      ];
      const { status, stderr } = await asked(words, env);
      expect([status, storedResults(store).size]).toEqual([1, 0]);
      expect(stderr).toContain('hf://lab/neox@step64');
      expect(stderr).toContain(`${host} cannot be reached`);
    }
    const never = await asked(['analyze', 'hf://lab/other@step64', '--json'], env);
    expect([never.status, never.stdout]).toEqual([1, '[]\n']);
    expect(never.stderr).toContain(`${host} cannot be reached`);
  });

  it('reads more samples only where more are asked for, and tells that price', async () => {
    await runOf('hf://lab/neox', env);
    const priceOf = async (...more: string[]): Promise<Record<string, number>> => {
      const told = await asked(['run', 'hf://lab/neox', '--dry-run', '--json', ...more], env);
      expect(told.status, told.stderr).toBe(0);
      return (JSON.parse(told.stdout) as [Record<string, number>])[0];
    };
    hub.asked.length = 0;
    expect(await priceOf('--samples', '2')).toMatchObject({ bytes: 0, requests: 0 });
    expect(hub.asked).toEqual([]);
    const price = await priceOf('--samples', '4');
    await expectAsDisk(await runOf('hf://lab/neox', env, '--samples', '4'), ['--samples', '4']);
    const read = hub.asked.reduce((sum, each) => sum + each.sent, 0);
    expect(read / price['bytes']!).toBeGreaterThan(0.9);
    expect(read / price['bytes']!).toBeLessThan(1.1);
  });

  it('is another once its branch has moved and that is asked for', async () => {
    const before = await runOf('hf://lab/neox', env);
    hub.add('lab/neox', 'step512', join(disk, 'step64'), [TOKEN]);
    expect((await runOf('hf://lab/neox', env)).stdout).toBe(before.stdout);
    const after = await runOf('hf://lab/neox', env, '--refresh', '--keep-identical');
    expect(after.status, after.stderr).toBe(0);
    expect(after.stdout).not.toBe(before.stdout);
  });

  it('keeps no token, no signed address and, without a store, nothing', async () => {
    const without = await asked(['run', 'hf://lab/neox', ...ASKED, '--no-store'], env);
    expect(without.status, without.stderr).toBe(0);
    expect(existsSync(kept())).toBe(false);
    await runOf('hf://lab/neox', env);
    const text = keptText();
    // It would be found.
    expect(text).toContain('step64');
    for (const secret of [TOKEN, 'Signature', 'Expires', 'Bearer']) expect(text).not.toContain(secret);
  });

  it('is read again where what is kept is damaged', async () => {
    await runOf('hf://lab/neox', env);
    for (const name of readdirSync(kept())) {
      const path = join(kept(), name);
      const bytes = readFileSync(path);
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(path, bytes);
    }
    hub.asked.length = 0;
    await expectAsDisk(await runOf('hf://lab/neox', env, '--threshold', '90'), ['--threshold', '90']);
    expect(hub.ranges.length).toBeGreaterThan(0);
  });
});

describe.skipIf(skipWithout('nginx', missingForNginx()))('a run on a web server', () => {
  let nginx: Nginx;
  beforeEach(async () => {
    nginx = await Nginx.start(own('nginx'), disk);
  });
  afterEach(() => nginx.stop());

  it('is analyzed with other settings without the server', async () => {
    const env = { NODE_EXTRA_CA_CERTS: nginx.certificate };
    await expectAsDisk(await runOf(`${nginx.origin}/`, env), []);
    await nginx.stop();
    for (const more of OTHERWISE.slice(0, 1))
      await expectAsDisk(await runOf(`${nginx.origin}/`, env, ...more), more);
    const refused = await runOf(`${nginx.origin}/`, env, '--seed', '9');
    expect([refused.status, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain('cannot be reached');
  });

  it('whose file has changed within minutes is refused where more of it is read, and then found as it is', async () => {
    const env = { NODE_EXTRA_CA_CERTS: nginx.certificate };
    const address = `${nginx.origin}/step64/`;
    const analyze = (...more: string[]): Promise<Ended> =>
      asked(['analyze', address, '--samples', '2', '--json', ...more], env);
    expect((await analyze()).status).toBe(0);
    const path = join(disk, 'step64', 'model.safetensors');
    const former = readFileSync(path);
    try {
      writeFileSync(path, readFileSync(join(SAMPLE, 'step1000', 'model.safetensors')));
      const changed = await analyze('--seed', '3');
      expect([changed.status, changed.stdout]).toEqual([1, '[]\n']);
      expect(changed.stderr).toContain('it has changed since it was opened');
      const local = await asked(['analyze', join(disk, 'step64'), '--samples', '2', '--seed', '3', '--json']);
      const remote = await analyze('--seed', '3');
      expect(remote.status, remote.stderr).toBe(0);
      const alphas = ({ stdout }: Ended): unknown =>
        (JSON.parse(stdout) as { samples: { alpha0: number }[] }[])[0]!.samples.map(({ alpha0 }) => alpha0);
      expect(alphas(remote)).toEqual(alphas(local));
    } finally {
      writeFileSync(path, former);
    }
  });
});
