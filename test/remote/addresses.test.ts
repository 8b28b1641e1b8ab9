/** Every way to name what lies elsewhere and to say who asks; what addresses are not read for is refused with the way that there is. */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { llama, numbers, removeWritten, writeAdapter, writeModel } from '../unit/support/adapters';
import { bundleCli } from '../unit/support/bundleCli';
import { ROOT } from '../unit/support/golden';
import { answerRange } from './answerRange';
import { run, type Ended } from './cli';
import { folders } from './folders';
import { Hub } from './hub';
import { numbersOf } from './sameResults';

const SAMPLE = join(ROOT, 'samples/neox-1m');
const ASKED = ['--samples', '2', '--neurons', '8'];
const { folder, own } = folders('addresses');
let cli: string;
let local: { alphas: unknown; csv: string[][] };
const servers: Server[] = [];

const asked = (words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  run(cli, words, { HOME: own('home'), XDG_CACHE_HOME: own('cache'), ...env });
const analyze = (address: string, env: NodeJS.ProcessEnv = {}, ...more: string[]): Promise<Ended> =>
  asked(['analyze', address, ...ASKED, '--json', ...more], env);
const alphasOf = ({ stdout }: Ended): unknown =>
  (JSON.parse(stdout) as { samples: { alpha0: number }[] }[]).map(({ samples }) =>
    samples.map(({ alpha0 }) => alpha0),
  );
/** That the numbers are those of the disk, and that none of the secrets is told or written. */
async function expectRead(ended: Ended, ...secrets: string[]): Promise<void> {
  expect(ended.status, ended.stderr).toBe(0);
  expect(alphasOf(ended)).toEqual(local.alphas);
  const written = readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() && entry.parentPath.includes('cache-')
      ? [readFileSync(join(entry.parentPath, entry.name), 'latin1')]
      : [],
  );
  for (const secret of secrets)
    expect([ended.stdout, ended.stderr, ...written].some((text) => text.includes(secret))).toBe(false);
  return Promise.resolve();
}

async function listening(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The sample run. @param allowed whether a request is answered; else 401. @param index of `/run.json`. */
function serving(
  allowed: (request: IncomingMessage, url: URL) => boolean = () => true,
  { index, etag = true }: { index?: unknown; etag?: boolean } = {},
): Promise<string> {
  return listening((request, response) => {
    const url = new URL(request.url ?? '/', 'http://host');
    if (!allowed(request, url)) {
      response.writeHead(401).end();
      return;
    }
    if (url.pathname === '/run.json' && index !== undefined) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(index));
      return;
    }
    let bytes: Buffer;
    try {
      bytes = readFileSync(join(SAMPLE, url.pathname));
    } catch {
      response.writeHead(404).end();
      return;
    }
    const tag = `"${createHash('sha256').update(bytes).digest('hex')}"`;
    answerRange(request, response, bytes, etag ? tag : null);
  });
}

beforeAll(async () => {
  cli = await bundleCli(own('program'));
  const run2 = own('run');
  for (const step of ['step0', 'step64']) cpSync(join(SAMPLE, step), join(run2, step), { recursive: true });
  const disk = await analyze(join(SAMPLE, 'step64'));
  const csv = await asked(['run', run2, ...ASKED, '--csv', '--no-store', '--no-metrics']);
  local = { alphas: alphasOf(disk), csv: numbersOf(csv.stdout) };
});
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
afterAll(removeWritten);

describe('web servers', () => {
  it('a run that a run.json lists', async () => {
    const index = ['step0', 'step64'].flatMap((step) =>
      ['config.json', 'model.safetensors'].map((name) => `${step}/${name}`),
    );
    const origin = await serving(() => true, { index });
    const ended = await asked(['run', `${origin}/`, ...ASKED, '--csv', '--no-store', '--no-metrics']);
    expect(ended.status, ended.stderr).toBe(0);
    expect(numbersOf(ended.stdout)).toEqual(local.csv);
    const wrong = await asked(['run', `${await serving(() => true, { index: [1] })}/`, ...ASKED]);
    expect(wrong.stderr).toContain('it is no list of paths in this folder');
    expect(wrong.status).toBe(1);
  });

  it('a user and a password in the address', async () => {
    const expected = `Basic ${Buffer.from('ann:s3cret').toString('base64')}`;
    const origin = await serving(({ headers }) => headers.authorization === expected);
    const place = '/step64/model.safetensors';
    await expectRead(await analyze(`${origin.replace('//', '//ann:s3cret@')}${place}`), 's3cret', 'ann');
    const refused = await analyze(`${origin}${place}`);
    expect([refused.status, refused.stderr]).toEqual([
      1,
      expect.stringContaining('not everybody may read this (401)'),
    ]);
    const wrong = await analyze(`${origin.replace('//', '//ann:other@')}${place}`);
    expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringContaining('check user and password')]);
    expect(wrong.stderr).not.toContain('other');
  });

  it('a signature in the address, of which nothing is kept', async () => {
    const origin = await serving(
      (_, url) => url.pathname.endsWith('.json') || url.search === '?sv=1&sig=Zm9v%2Bbar',
    );
    const cache = own('cache');
    const place = `${origin}/step64/model.safetensors?sv=1&sig=Zm9v%2Bbar`;
    await expectRead(await analyze(place, { XDG_CACHE_HOME: cache }), 'Zm9v', 'sig=');
    servers.at(-1)!.closeAllConnections();
    servers.at(-1)!.close();
    const offline = await analyze(place, { XDG_CACHE_HOME: cache });
    expect([offline.status, offline.stderr]).toEqual([1, expect.stringContaining('cannot be reached')]);
    expect(offline.stderr).not.toContain('Zm9v');
  });

  it('a server that tells no state of its files, only where it is trusted', async () => {
    const origin = await serving(() => true, { etag: false });
    const refused = await analyze(`${origin}/step64/model.safetensors`);
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('--trust-server')]);
    await expectRead(await analyze(`${origin}/step64/model.safetensors`, {}, '--trust-server'));
  });

  it('a proxy for plain http', async () => {
    const origin = await serving();
    const through: string[] = [];
    const proxy = await listening((given, response) => {
      through.push(given.url!);
      const way = request(given.url!, { headers: given.headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      way.end();
    });
    await expectRead(await analyze(`${origin}/step64/model.safetensors`, { http_proxy: proxy }));
    expect(through.length).toBeGreaterThan(3);
    expect(through.every((url) => url.startsWith(`${origin}/step64/`))).toBe(true);
    through.length = 0;
    const direct = { http_proxy: proxy, no_proxy: '127.0.0.1' };
    await expectRead(await analyze(`${origin}/step64/model.safetensors`, direct));
    expect(through).toEqual([]);
  });
});

describe('the Hub', () => {
  const TOKEN = 'hf_in_a_file';
  let hub: Hub;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    hub = await Hub.start();
    env = { HF_ENDPOINT: hub.origin };
    for (const step of ['step0', 'step64']) hub.add('lab/neox', step, join(SAMPLE, step), [TOKEN]);
    for (const step of ['step0', 'step1', 'step64'])
      hub.add('lab/twice', step, join(SAMPLE, step === 'step1' ? 'step0' : step));
  });
  afterAll(() => hub.close());

  it('the address of a page, and a token in the file of its own programs', async () => {
    const home = own('home');
    mkdirSync(join(home, '.cache/huggingface'), { recursive: true });
    writeFileSync(join(home, '.cache/huggingface/token'), `${TOKEN}\n`);
    const pages = ['/lab/neox/tree/step64', '/lab/neox/blob/step64/model.safetensors'];
    for (const page of pages) {
      const place = { HOME: home, XDG_CACHE_HOME: undefined };
      const ended = await asked(['analyze', `${hub.origin}${page}`, ...ASKED, '--json'], {
        ...env,
        ...place,
      });
      await expectRead(ended, TOKEN);
    }
    const named = { HF_TOKEN_PATH: join(home, '.cache/huggingface/token') };
    await expectRead(await analyze('hf://lab/neox@step64', { ...env, ...named }), TOKEN);
    expect((await analyze('hf://lab/neox@step64', env)).stderr).toContain(
      'access to this model is restricted',
    );
  });

  it('checkpoints of equal weights are read once, have no E and say why, or have one where that is wanted', async () => {
    const ran = async (model: string, ...more: string[]) => {
      const before = hub.ranges.length;
      const words = ['run', `hf://lab/${model}`, ...ASKED, '--no-store', '--no-metrics', '--json', ...more];
      const ended = await asked(words, env);
      expect(ended.status, ended.stderr).toBe(0);
      const [series] = JSON.parse(ended.stdout) as [
        {
          baseline: { step: number };
          warnings: { text: string }[];
          points: {
            step: number;
            checkpoint: { name: string };
            alpha0: unknown;
            emergence: { value: number | null; reason: { code: string; checkpoints: string[] } | null };
          }[];
        },
      ];
      const sent = hub.ranges.slice(before).reduce((sum, each) => sum + each.sent, 0);
      return { ...series, sent, stderr: ended.stderr };
    };
    hub.add('lab/once', 'step0', join(SAMPLE, 'step0'));
    hub.add('lab/once', 'step64', join(SAMPLE, 'step64'));
    const once = await ran('once');
    const twice = await ran('twice');
    expect(once.points.map(({ emergence }) => emergence.value)).toEqual([0, expect.any(Number)]);
    expect(twice.points.map(({ step, checkpoint: { name } }) => [step, name])).toEqual([
      [0, 'lab/twice@step0'],
      [1, 'lab/twice@step1'],
      [64, 'lab/twice@step64'],
    ]);
    expect(twice.points.map(({ alpha0 }) => alpha0)).toEqual([0, 0, 1].map((at) => once.points[at]!.alpha0));
    const none = { value: null, reason: { code: 'identical-weights', checkpoints: ['step0', 'step1'] } };
    expect(twice.points[0]!.emergence).toMatchObject(none);
    expect(twice.points[1]!.emergence).toMatchObject(none);
    expect([twice.baseline.step, twice.points[2]!.emergence.value]).toEqual([64, 0]);
    expect(twice.warnings.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('2 checkpoints hold the same weights (step0, step1)'),
        expect.stringContaining('E is relative to lab/twice@step64: lab/twice@step0, the first checkpoint'),
      ]),
    );
    expect(twice.stderr).toContain('2 of 3 checkpoints hold the same weights: step0, step1');
    expect(once.sent).toBeGreaterThan(0);
    expect(twice.sent).toBe(once.sent);
    const all = await ran('twice', '--keep-identical');
    expect(all.points.map(({ emergence }) => emergence.value)).toEqual([
      ...[0, 0, once.points[1]!.emergence.value],
    ]);
    const named = await ran('twice', '--baseline', '1');
    expect(named.warnings.map(({ text }) => text)).toContainEqual(
      expect.stringContaining(
        'the baseline lab/twice@step1 is one of 2 checkpoints that hold the same weights (step0, step1)',
      ),
    );
    expect(named.points[2]!.emergence.value).toBe(once.points[1]!.emergence.value);
    const csv = await asked(['run', 'hf://lab/twice', ...ASKED, '--csv', '--no-store', '--no-metrics'], env);
    expect(csv.stdout.match(/identical-weights/g)).toHaveLength(2);
    const text = await asked(['run', 'hf://lab/twice', ...ASKED, '--no-store', '--no-metrics'], env);
    expect(text.stdout.match(/hold the same weights \(step0, step1\)/g)).toHaveLength(1);
  });

  it('an adapter and its base, as those of the disk', async () => {
    const [a, b] = [numbers(1, [4, 48], 'BF16'), numbers(2, [48, 4], 'BF16')];
    const layer = 'base_model.model.model.layers.0.self_attn.q_proj';
    const adapter = writeAdapter({ [`${layer}.lora_A.weight`]: a, [`${layer}.lora_B.weight`]: b });
    const base = writeModel(llama());
    hub.add('lab/adapter', 'main', adapter);
    hub.add('lab/base', 'main', base);
    const contentOf = (ended: Ended): unknown => {
      expect(ended.status, ended.stderr).toBe(0);
      const [result] = JSON.parse(ended.stdout) as [
        { checkpoint: { adapter: object }; samples: unknown; summary: unknown; perProjection: unknown },
      ];
      expect(result.checkpoint.adapter).toBeDefined();
      const { samples, summary, perProjection } = result;
      return { samples, summary, perProjection };
    };
    const disk = contentOf(await analyze(adapter, {}, '--base', base));
    expect(contentOf(await analyze('hf://lab/adapter', env, '--base', 'hf://lab/base'))).toEqual(disk);
    // The base counts.
    expect(contentOf(await analyze('hf://lab/adapter', env, '--base', 'none'))).not.toEqual(disk);
  });

  it('two checkpoints, and two runs, are compared as those of the disk', async () => {
    const token = { ...env, HF_TOKEN: TOKEN };
    const compare = (a: string, b: string): Promise<Ended> =>
      asked(['compare', a, b, ...ASKED, '--json', '--yes', '--no-store'], token);
    const content = (ended: Ended): unknown => {
      expect(ended.status, ended.stderr).toBe(0);
      const names =
        /"(?:path|name|a|b|created|wall|cpu|bytesRead|threads|run|label)":\s*(?:"[^"]*"|[\d.]+|null),?/g;
      return ended.stdout.replace(names, '');
    };
    const two = [join(SAMPLE, 'step0'), join(SAMPLE, 'step64')] as const;
    expect(content(await compare('hf://lab/neox@step0', 'hf://lab/neox@step64'))).toEqual(
      content(await compare(...two)),
    );
    const runs = await compare('hf://lab/neox', 'hf://lab/neox');
    expect(JSON.parse(runs.stdout)).toMatchObject({ kind: 'runs' });
    const mixed = await compare('hf://lab/neox', 'hf://lab/neox@step64');
    expect([mixed.status, mixed.stderr]).toEqual([2, expect.stringContaining('no single checkpoint')]);
  });

  it.each([
    [['run', 'hf://lab/neox', '--watch'], '--watch: hf://lab/neox is an address'],
    [['run', 'hf://lab/neox', '--on', 'slurm'], '--on slurm: hf://lab/neox is an address'],
    [['analyze', 'hf://lab/neox@step0', '--on', 'slurm'], '--on slurm: hf://lab/neox@step0 is an address'],
    [
      ['run', SAMPLE, '--metrics', 'https://u:p@host/log.csv?k=1'],
      '--metrics: https://host/log.csv is an address',
    ],
    [['run', SAMPLE, '--metrics', `${SAMPLE}=s3://b/log.csv`], '--metrics: s3://b/log.csv is an address'],
  ])('%j is refused with what there is instead', async (words, cause) => {
    const { status, stdout, stderr } = await asked(words, env);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(cause);
    expect(stderr).toContain('Name folders or files of this machine with it');
  });
});

it('keys of a profile sign requests to a bucket', async () => {
  const seen: string[] = [];
  const origin = await listening((given, response) => {
    seen.push(given.headers.authorization ?? '');
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end('<Error><Code>SignatureDoesNotMatch</Code></Error>');
  });
  const home = own('home');
  mkdirSync(join(home, '.aws'));
  writeFileSync(
    join(home, '.aws/credentials'),
    '[default]\naws_access_key_id = AKDEFAULT\naws_secret_access_key = one\n[lab]\naws_access_key_id = AKLAB\naws_secret_access_key = two\n',
  );
  writeFileSync(join(home, '.aws/config'), '[profile lab]\nregion = eu-test-1\n');
  const keys = { HOME: home, AWS_ENDPOINT_URL: origin };
  for (const [env, expected] of [
    [{}, 'Credential=AKDEFAULT/'],
    [{ AWS_PROFILE: 'lab' }, 'Credential=AKLAB/'],
  ] as const) {
    seen.length = 0;
    const { status, stderr } = await analyze('s3://bucket/model.safetensors', { ...keys, ...env });
    expect([status, stderr]).toEqual([1, expect.stringContaining('the keys are wrong')]);
    expect(stderr).not.toContain('two');
    expect(seen[0]).toContain(expected);
    expect(seen[0]!.includes('/eu-test-1/s3/')).toBe('AWS_PROFILE' in env);
  }
});
