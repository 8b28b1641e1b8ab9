/** Runs over the network, from servers on this machine: the same results under the same keys as from the disk, and nothing is told to others. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Location } from '../../src/protocol/subject';
import { Buckets } from '../../src/remote/bucket';
import { CachedAnswers } from '../../src/remote/cachedAnswers';
import { proxiesOf } from '../../src/remote/proxy';
import { RangedFile } from '../../src/remote/rangedFile';
import { Speed } from '../../src/remote/speed';
import { Transport } from '../../src/remote/transport';
import { bundleCli } from '../unit/support/bundleCli';
import { ROOT } from '../unit/support/golden';
import { run, type Ended } from './cli';
import { PASSING } from './faults';
import { folders } from './folders';
import { Hub } from './hub';
import { missingForNginx, Nginx } from './nginx';
import { numbersOf, storedResults } from './sameResults';
import { skipWithout } from './skipWithout';
import { signedAddress } from './signed';
import { KEYS, missingForSwift, Swift } from './swift';

const SAMPLE = join(ROOT, 'samples/neox-1m');
const STEPS = [0, 64, 256, 512, 1000, 2000, 3000, 4000];
// Logs beside a run are read from disks alone.
const OPTIONS = ['--samples', '2', '--csv', '--threads', '1', '--no-metrics'];
const TOKEN = 'hf_token_of_this_test';

const { own } = folders('remote-run');
let cli: string;
const analyzed: { local?: { csv: string; store: string } } = {};
/** What the disk gives. */
const local = (): { csv: string; store: string } => analyzed.local!;
/** Without a cache of this machine's user. */
const environment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({ ...env, XDG_CACHE_HOME: own('cache') });
const runOf = (address: string, store: string, env: NodeJS.ProcessEnv, ...more: string[]): Promise<Ended> =>
  run(cli, ['run', address, ...OPTIONS, '--store', store, ...more], environment(env));

/** That a run at an address gives what the disk gave, and is stored under the same keys. */
async function expectSame(address: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  const store = own('store');
  const ended = await runOf(address, store, env);
  expect(ended.status, ended.stderr).toBe(0);
  expect(numbersOf(ended.stdout)).toEqual(numbersOf(local().csv));
  const [expected, found] = [storedResults(local().store), storedResults(store)];
  expect([...found.keys()]).toEqual([...expected.keys()]);
  expect(found).toEqual(expected);
  return ended;
}

beforeAll(async () => {
  const program = own('program');
  cli = await bundleCli(program);
  // What reports are around: their figures are no matter here.
  mkdirSync(join(program, 'webview'));
  for (const name of ['report.js.br', 'report.css.br'])
    writeFileSync(join(program, 'webview', name), brotliCompressSync(''));
  const store = own('local');
  const { status, stdout } = await run(cli, ['run', SAMPLE, ...OPTIONS, '--store', store]);
  expect(status).toBe(0);
  analyzed.local = { csv: stdout, store };
});
describe('a run on the Hub', () => {
  let hub: Hub;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    hub = await Hub.start();
    env = { HF_ENDPOINT: hub.origin };
    for (const step of STEPS) {
      hub.add('lab/neox', `step${step}`, join(SAMPLE, `step${step}`));
      hub.add('lab/gated', `step${step}`, join(SAMPLE, `step${step}`), [TOKEN]);
    }
    hub.add('lab/twice', 'step0', join(SAMPLE, 'step0'));
    hub.add('lab/twice', 'step1', join(SAMPLE, 'step0'));
    hub.add('lab/twice', 'step64', join(SAMPLE, 'step64'));
  });
  afterEach(() => {
    hub.faults.set([]);
    hub.lifetimeMs = 3_600_000;
    hub.asked.length = 0;
  });
  afterAll(() => hub.close());

  it('is the run on the disk, bit for bit and key for key', async () => {
    await expectSame('hf://lab/neox', env);
  });

  it('is it with a tenth of all answers at fault, signatures of short life and too many requests', async () => {
    hub.faults.set(PASSING, 0.1, 1);
    hub.lifetimeMs = 150;
    hub.tooMany = 10;
    hub.signings.length = 0;
    await expectSame('hf://lab/neox', env);
    expect(hub.tooMany).toBe(0);
    // An address is signed again only once it has expired, and once however many requests wait for it.
    const until = new Map<string, number>();
    for (const { hash, at, expires } of hub.signings) {
      expect(at).toBeGreaterThanOrEqual(until.get(hash) ?? 0);
      until.set(hash, expires);
    }
    expect(hub.signings.length).toBeGreaterThan(until.size);
    const faults = [...hub.faults.happened.values()].reduce((sum, count) => sum + count, 0);
    expect(faults).toBeGreaterThan(0);
  });

  it('is left by Ctrl-C while no bytes come', async () => {
    const open = hub.hold();
    const asked = (async () => {
      while (hub.ranges.length === 0) await new Promise((later) => setTimeout(later, 10));
    })();
    const words = ['analyze', 'hf://lab/neox@step64', '--samples', '2', '--json'];
    const { status, stdout, stderr } = await run(cli, words, environment(env), undefined, asked);
    open();
    expect([status, stdout]).toEqual([130, '']);
    expect(stderr).toContain('canceled');
  });

  it.each([
    ['samples', '1', ['--samples', '2']],
    ['samples, with two threads', '2', ['--samples', '2']],
    ['full networks, with two threads', '2', ['--mode', 'full', '--yes']],
  ])('tells its price first, and reads what it told: %s', async (_, threads, mode) => {
    const words = ['run', 'hf://lab/neox', ...mode, '--threads', threads, '--no-store'];
    const told = await run(cli, [...words, '--dry-run', '--json'], environment(env));
    expect(told.status, told.stderr).toBe(0);
    const [price] = JSON.parse(told.stdout) as [Record<string, number>];
    const read = (): number => hub.asked.reduce((sum, each) => sum + each.sent, 0);
    // The headers of one checkpoint.
    expect(read()).toBeLessThan(price['bytes']! / 4);
    hub.asked.length = 0;
    const ended = await run(cli, [...words, '--no-metrics', '--csv'], environment(env));
    expect(ended.status, ended.stderr).toBe(0);
    expect(price['checkpoints']).toBe(STEPS.length);
    expect(read() / price['bytes']!).toBeGreaterThan(0.9);
    expect(read() / price['bytes']!).toBeLessThan(1.1);
  });

  it('is read in fewer requests with contiguous draws, whose results are those of the disk and say so', async () => {
    const words = ['--samples', '2', '--neurons', '8', '--json', '--threads', '1'];
    const stores = [own('store'), own('store'), own('store')] as const;
    const asked = async (place: string, store: string, ...more: string[]): Promise<Ended> => {
      hub.asked.length = 0;
      const ended = await run(cli, ['analyze', place, ...words, ...more, '--store', store], environment(env));
      expect(ended.status, ended.stderr).toBe(0);
      return ended;
    };
    const remote = 'hf://lab/neox@step64';
    await asked(remote, stores[0]);
    const scattered = hub.ranges.reduce((sum, { sent }) => sum + sent, 0);
    const runs = await asked(remote, stores[1], '--draws', 'runs');
    expect(hub.ranges.reduce((sum, { sent }) => sum + sent, 0)).toBeLessThan(scattered);
    expect(JSON.parse(runs.stdout)).toMatchObject([{ settings: { draws: 'runs' } }]);
    await asked(join(SAMPLE, 'step64'), stores[2], '--draws', 'runs');
    expect(storedResults(stores[1])).toEqual(storedResults(stores[2]));
    expect([...storedResults(stores[0]).keys()]).not.toEqual([...storedResults(stores[1]).keys()]);
  });

  it.each([
    ['run', 'hf://lab/neox', '--mode', 'full'],
    ['run', 'hf://lab/neox', '--samples', '2', '--baseline', 'gaussian'],
    ['analyze', 'hf://lab/neox@step64', '--mode', 'full'],
    ['inspect', 'hf://lab/neox@step64', '--facts'],
    ['compare', 'hf://lab/neox@step64', 'hf://lab/neox@step512', '--samples', '2'],
  ])('does not read all weights where nobody is asked: %s %s', async (...words) => {
    const { status, stderr } = await run(cli, words, environment(env));
    expect(status).not.toBe(0);
    expect(stderr.match(/there is no terminal to ask at/g)).toHaveLength(1);
    expect(stderr).toContain('Add --yes, or look at the price first with --dry-run');
    if (words.includes('gaussian')) return;
    // Headers and the blocks of the fingerprint alone, which are most of so small a file.
    const named = words.filter((word) => word.startsWith('hf://')).length;
    const read = hub.ranges.reduce((sum, { sent }) => sum + sent, 0);
    expect(read).toBeLessThan(1.2 * named * hub.fileBytes('lab/neox', 'step64'));
  });

  it('tells the price of a checkpoint', async () => {
    const { stdout } = await run(cli, ['analyze', 'hf://lab/neox@step64', '--dry-run'], environment(env));
    expect(stdout).toMatch(/^hf:\/\/lab\/neox@step64: reads .* in \d+ requests .*\n$/);
  });

  it.each(['changed', 'elsewhere', 'pointer'] as const)(
    'never is a result of answers that are %s',
    async (fault) => {
      // Right are the header and the fingerprint.
      hub.faults.set([fault], 1, 2);
      const store = own('store');
      const { status, stderr } = await run(
        cli,
        ['analyze', 'hf://lab/neox@step64', '--samples', '2', '--json', '--store', store],
        environment(env),
      );
      expect(hub.faults.happened.size).toBe(1);
      expect([status, storedResults(store).size]).toEqual([1, 0]);
      expect(stderr).toContain('hf://lab/neox@step64');
    },
  );

  it('sends the token to the Hub alone, and writes it nowhere', async () => {
    const [store, cache] = [own('store'), own('cache')];
    const refused = await runOf('hf://lab/gated', store, env);
    expect([refused.status, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain('access to this model is restricted');
    const report = join(own('report'), 'run.html');
    const words = ['run', 'hf://lab/gated', ...OPTIONS, '--store', store, '--html', report];
    const ended = await run(cli, words, { ...env, HF_TOKEN: TOKEN, XDG_CACHE_HOME: cache });
    expect(ended.status, ended.stderr).toBe(0);
    expect(hub.asked.some(({ authorization }) => authorization === `Bearer ${TOKEN}`)).toBe(true);
    expect(hub.ranges.length).toBeGreaterThan(0);
    expect(hub.ranges.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
    const written = [store, cache, join(report, '..')].flatMap(filesIn);
    expect(written.length).toBeGreaterThan(STEPS.length);
    expect(readFileSync(report, 'utf8')).toContain('hf://lab/gated');
    expect(written.filter((path) => readFileSync(path).includes(TOKEN))).toEqual([]);
    expect(ended.stdout + ended.stderr).not.toContain(TOKEN);
  });

  it('tells which steps hold the same weights before it reads any', async () => {
    let sentWhenTold: number | undefined;
    const sent = (): number => hub.ranges.reduce((sum, each) => sum + each.sent, 0);
    const ended = await run(
      cli,
      ['run', 'hf://lab/twice', ...OPTIONS, '--no-store'],
      environment(env),
      (text) => {
        if (text.includes('same weights')) sentWhenTold ??= sent();
      },
    );
    expect(ended.status, ended.stderr).toBe(0);
    expect(ended.stderr).toMatch(/hold the same weights: .*step0, step1/);
    expect(sentWhenTold).toBe(0);
  });
});

describe.skipIf(skipWithout('nginx', missingForNginx()))('a run on a web server', () => {
  let nginx: Nginx;
  beforeAll(async () => {
    nginx = await Nginx.start(own('nginx'), SAMPLE);
  });
  afterAll(() => nginx.stop());

  it('is the run on the disk, bit for bit and key for key', async () => {
    await expectSame(`${nginx.origin}/`, { NODE_EXTRA_CA_CERTS: nginx.certificate });
  });

  it('is it through a proxy, and of the full network', async () => {
    const targets: string[] = [];
    const proxy = createServer().on('connect', (request, socket: Socket, head: Buffer) => {
      targets.push(request.url!);
      const { hostname, port } = new URL(`http://${request.url!}`);
      const way = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        way.write(head);
        way.pipe(socket).pipe(way);
      });
      for (const each of [way, socket]) each.on('error', () => way.destroy());
    });
    await new Promise<void>((ready) => proxy.listen(0, '127.0.0.1', ready));
    const { port } = proxy.address() as AddressInfo;
    const env = { NODE_EXTRA_CA_CERTS: nginx.certificate, HTTPS_PROXY: `http://127.0.0.1:${port}` };
    const [stores, words] = [
      [own('store'), own('store')],
      ['--mode', 'full', '--yes', '--json', '--store'],
    ] as const;
    const remote = await run(
      cli,
      ['analyze', `${nginx.origin}/step64/`, ...words, stores[0]],
      environment(env),
    );
    const disk = await run(cli, ['analyze', join(SAMPLE, 'step64'), ...words, stores[1]], environment({}));
    proxy.close();
    proxy.closeAllConnections();
    expect(remote.status, remote.stderr).toBe(0);
    expect(disk.status, disk.stderr).toBe(0);
    expect(new Set(targets)).toEqual(new Set([new URL(nginx.origin).host]));
    expect(storedResults(stores[0])).toEqual(storedResults(stores[1]));
    expect(storedResults(stores[0]).size).toBe(1);
  });

  it('is refused without the certificate of its server', async () => {
    const { status, stdout, stderr } = await runOf(`${nginx.origin}/`, own('store'), {});
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('certificate');
  });
});

describe.skipIf(skipWithout('Swift', missingForSwift()))('a run in a bucket', () => {
  let swift: Swift;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    swift = await Swift.start(own('swift'));
    await swift.fill('checkpoints', 'runs/neox/', SAMPLE);
    const { id, secret } = KEYS;
    env = { AWS_ENDPOINT_URL: swift.origin, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret };
  });
  afterAll(() => swift.stop());

  it('is the run on the disk, bit for bit and key for key', async () => {
    await expectSame('s3://checkpoints/runs/neox/', env);
  });

  it('is refused to a wrong key', async () => {
    const wrong = { ...env, AWS_SECRET_ACCESS_KEY: 'another' };
    const { status, stdout, stderr } = await runOf('s3://checkpoints/runs/neox/', own('store'), wrong);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/s3:\/\/checkpoints\/runs\/neox.*(key|signature)/i);
  });

  it('is read by the signed address of a file, and refused with what to do once that has expired', async () => {
    const object = new URL('/checkpoints/runs/neox/step64/model.safetensors', swift.origin);
    const analyze = (at: Date, store: string): Promise<Ended> => {
      const address = signedAddress(KEYS, object, at, 600);
      const words = ['analyze', address, '--samples', '2', '--threads', '1', '--store', store];
      return run(cli, words, environment({}));
    };
    const [now, disk] = [own('store'), own('store')];
    const held = await analyze(new Date(), now);
    expect(held.status, held.stderr).toBe(0);
    // Nothing tells of the configuration beside a file whose address is signed.
    const alone = join(own('alone'), 'step64/model.safetensors');
    mkdirSync(dirname(alone));
    copyFileSync(join(SAMPLE, 'step64/model.safetensors'), alone);
    const words = ['--samples', '2', '--threads', '1', '--store', disk];
    expect((await run(cli, ['analyze', alone, ...words])).status).toBe(0);
    expect([...storedResults(now).values()]).toEqual([...storedResults(disk).values()]);
    const late = await analyze(new Date(Date.now() - 3_600_000), own('store'));
    expect([late.status, late.stdout]).toEqual([1, '']);
    expect(late.stderr).toMatch(/the address has expired \(.* UTC\).*Get a new signed address/s);
    expect(late.stderr).not.toContain('X-Amz');
  });

  it('gets a new signature where the one in hand has expired, with the keys of then', async () => {
    const transport = new Transport({ proxies: proxiesOf({}) });
    const { id, secret } = KEYS;
    // A quarter of an hour ago, and keys that have been replaced since.
    const times = [new Date(Date.now() - 3_600_000)];
    const keys = [{ id, secret: 'of yesterday', session: null }];
    let listed = false;
    const bucket = new Buckets(transport, new CachedAnswers(), {
      endpoint: swift.origin,
      region: 'us-east-1',
      keys: () => (listed ? keys.pop() : undefined) ?? { id, secret, session: null },
      now: () => (listed && keys.length === 0 ? times.pop() : undefined) ?? new Date(),
    });
    const location = 's3://checkpoints/runs/neox/step64/model.safetensors' as Location;
    const found = await bucket.file(location, undefined);
    listed = true;
    const file = new RangedFile(location, found, transport, new Speed());
    const read = await file.read({ offset: 1000, bytes: 500 }, undefined);
    transport.close();
    expect(read.equals(readFileSync(join(SAMPLE, 'step64/model.safetensors')).subarray(1000, 1500))).toBe(
      true,
    );
    expect([file.signatures, keys.length, times.length]).toEqual([2, 0, 0]);
  });
});

const filesIn = (place: string): string[] =>
  readdirSync(place, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );
