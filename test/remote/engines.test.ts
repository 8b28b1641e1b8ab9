/** The servers of these tests are what they stand for: what is proven with them is worth no more than they are. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../unit/support/golden';
import { FAULTS, Faults } from './faults';
import { filesBelow, Hub } from './hub';
import { missingForNginx, Nginx } from './nginx';
import { signedHeaders } from './signed';
import { KEYS, missingForSwift, Swift } from './swift';
import { skipWithout } from './skipWithout';

const SAMPLE = join(ROOT, 'samples/neox-1m');
const WEIGHTS = readFileSync(join(SAMPLE, 'step64/model.safetensors'));
const folder = mkdtempSync(join(tmpdir(), 'neuromfa-remote-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const own = (name: string): string => {
  mkdirSync(join(folder, name));
  return join(folder, name);
};

describe('the Hub of these tests', () => {
  let hub: Hub;
  beforeAll(async () => {
    hub = await Hub.start();
    for (const step of ['step0', 'step64']) hub.add('lab/run', step, join(SAMPLE, step));
    hub.add('lab/gated', 'main', join(SAMPLE, 'step0'), ['hf_good']);
    hub.rename('old/run', 'lab/run');
  });
  afterAll(() => hub.close());
  const get = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(hub.origin + path, { redirect: 'manual', ...init });

  it('tells branches, and trees with the SHA-256 of what is in LFS, page by page', async () => {
    const refs = (await (await get('/api/models/lab/run/refs')).json()) as { branches: { name: string }[] };
    expect(refs.branches.map(({ name }) => name)).toEqual(['step0', 'step64']);
    hub.pageSize = 1;
    const first = await get('/api/models/lab/run/tree/step64');
    expect(await first.json()).toMatchObject([{ type: 'file', path: 'config.json' }]);
    const next = /<(.+)>; rel="next"/.exec(first.headers.get('link') ?? '')![1]!;
    const oid = createHash('sha256').update(WEIGHTS).digest('hex');
    expect(await (await fetch(next)).json()).toMatchObject([
      { path: 'model.safetensors', size: WEIGHTS.length, lfs: { oid, size: WEIGHTS.length } },
    ]);
    hub.pageSize = 1000;
  });

  it('sends small files itself and large ones from another origin, by ranges', async () => {
    const small = await fetch(`${hub.origin}/lab/run/resolve/step64/config.json`);
    expect(await small.text()).toBe(readFileSync(join(SAMPLE, 'step64/config.json'), 'utf8'));
    expect(small.headers.get('x-repo-commit')).toMatch(/^[0-9a-f]{40}$/);
    const large = await get('/lab/run/resolve/step64/model.safetensors');
    expect(large.status).toBe(302);
    expect(Number(large.headers.get('x-linked-size'))).toBe(WEIGHTS.length);
    const place = large.headers.get('location')!;
    expect(new URL(place).origin).toBe(hub.cdnOrigin);
    const range = await fetch(place, { headers: { range: 'bytes=1000-1999' } });
    expect([range.status, range.headers.get('content-range')]).toEqual([
      206,
      `bytes 1000-1999/${WEIGHTS.length}`,
    ]);
    expect(Buffer.from(await range.arrayBuffer()).equals(WEIGHTS.subarray(1000, 2000))).toBe(true);
    expect((await fetch(`${place}x`)).status).toBe(403);
    expect((await fetch(place, { headers: { range: `bytes=${WEIGHTS.length}-` } })).status).toBe(416);
    expect((await fetch(place, { headers: { 'if-match': '"another"' } })).status).toBe(412);
    const outdated = { range: 'bytes=0-9', 'if-range': '"another"' };
    expect((await fetch(place, { headers: outdated })).status).toBe(200);
  });

  it('refuses as the Hub does', async () => {
    const code = async (path: string, token?: string): Promise<unknown[]> => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const answer = await get(path, { headers });
      return [answer.status, answer.headers.get('x-error-code')];
    };
    const gated = '/lab/gated/resolve/main/model.safetensors';
    expect(await code(gated)).toEqual([401, 'GatedRepo']);
    expect(await code(gated, 'hf_bad')).toEqual([403, 'GatedRepo']);
    expect(await code(gated, 'hf_good')).toEqual([302, null]);
    expect(await code('/api/models/lab/none/refs')).toEqual([401, 'RepoNotFound']);
    expect(await code('/api/models/lab/none/refs', 'hf_good')).toEqual([404, 'RepoNotFound']);
    expect(await code('/api/models/lab/run/tree/main')).toEqual([404, 'RevisionNotFound']);
    expect(await code('/lab/run/resolve/step0/model.bin')).toEqual([404, 'EntryNotFound']);
    const renamed = await get('/api/models/old/run/refs');
    expect([renamed.status, renamed.headers.get('location')]).toEqual([307, '/api/models/lab/run/refs']);
    hub.tooMany = 1;
    const limited = await get('/lab/run/resolve/step0/config.json');
    expect([limited.status, limited.headers.get('ratelimit')]).toEqual([429, '"resolvers";r=0;t=1']);
    hub.lifetimeMs = -1;
    const late = await get('/lab/run/resolve/step0/model.safetensors');
    expect((await fetch(late.headers.get('location')!)).status).toBe(403);
    hub.lifetimeMs = 3_600_000;
  });

  it('does what it is told to do wrong', async () => {
    const place = (await get('/lab/run/resolve/step64/model.safetensors')).headers.get('location')!;
    const init = { headers: { range: 'bytes=0-999' } };
    const body = async (): Promise<unknown[]> => {
      const answer = await fetch(place, { ...init, headers: { ...init.headers, connection: 'close' } });
      const bytes = await answer.arrayBuffer().catch(() => null);
      return [answer.status, answer.headers.get('content-range'), bytes?.byteLength];
    };
    const total = WEIGHTS.length;
    const expected = {
      unavailable: [503, null, 0],
      short: [206, `bytes 0-999/${total}`, undefined],
      whole: [200, null, total],
      elsewhere: [206, `bytes 1-1000/${total}`, 1000],
      changed: [206, `bytes 0-999/${total}`, 1000],
      page: [200, null, 98],
      pointer: [206, `bytes 0-129/${total}`, 130],
    };
    for (const [fault, answer] of Object.entries(expected)) {
      hub.faults.set([fault as keyof typeof expected]);
      expect([fault, ...(await body())]).toEqual([fault, ...answer]);
    }
    hub.faults.set(['reset']);
    await expect(fetch(place, init)).rejects.toThrow('fetch failed');
    for (const [fault, bytes] of [
      ['drip', 2],
      ['endless', 1_000_000],
    ] as const) {
      hub.faults.set([fault]);
      const reader = (await fetch(place, init)).body!.getReader();
      for (let seen = 0; seen < bytes;) seen += ((await reader.read()).value as Uint8Array).length;
      await reader.cancel();
    }
    hub.faults.set([]);
    expect(await body()).toEqual([206, `bytes 0-999/${total}`, 1000]);
  });
});

describe('faults', () => {
  it('are drawn of all kinds, at their rate and from their seed', () => {
    const draw = (seed: number): (string | undefined)[] => {
      const faults = new Faults(seed);
      faults.set(FAULTS, 0.1, 5);
      return Array.from({ length: 2000 }, () => faults.next());
    };
    const drawn = draw(7);
    expect(draw(7)).toEqual(drawn);
    expect(draw(8)).not.toEqual(drawn);
    expect(drawn.slice(0, 5)).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect(new Set(drawn).size).toBe(FAULTS.length + 1);
    const share = drawn.filter(Boolean).length / drawn.length;
    expect(share).toBeGreaterThan(0.07);
    expect(share).toBeLessThan(0.13);
  });
});

describe.skipIf(skipWithout('nginx', missingForNginx()))('nginx', () => {
  let nginx: Nginx;
  beforeAll(async () => {
    nginx = await Nginx.start(own('nginx'), SAMPLE);
  });
  afterAll(() => nginx.stop());

  const get = (path: string, headers = {}): Promise<{ status?: number; headers: object; body: Buffer }> =>
    new Promise((resolve, reject) => {
      const ca = readFileSync(nginx.certificate);
      const asked = request(nginx.origin + path, { headers, ca, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          resolve({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks) });
        });
      });
      asked.on('error', reject);
      asked.end();
    });

  it('lists folders as JSON, and sends ranges with an entity tag, over TLS', async () => {
    const listing = JSON.parse(String((await get('/')).body)) as { name: string; type: string }[];
    expect(listing.find(({ name }) => name === 'step64')?.type).toBe('directory');
    const range = await get('/step64/model.safetensors', { range: 'bytes=1000-1999' });
    expect(range.status).toBe(206);
    expect(range.headers).toMatchObject({ 'content-range': `bytes 1000-1999/${WEIGHTS.length}` });
    expect(range.headers).toHaveProperty('etag');
    expect(range.body.equals(WEIGHTS.subarray(1000, 2000))).toBe(true);
    expect((await get('/step64/model.safetensors', { 'if-match': '"another"' })).status).toBe(412);
  });
});

describe.skipIf(skipWithout('Swift', missingForSwift()))('S3 of Swift', () => {
  let swift: Swift;
  beforeAll(async () => {
    swift = await Swift.start(own('swift'));
    await swift.fill('checkpoints', 'run/step64/', join(SAMPLE, 'step64'));
  });
  afterAll(() => swift.stop());

  const get = (path: string, keys = KEYS, headers = {}): Promise<Response> => {
    const url = new URL(path, swift.origin);
    return fetch(url, { headers: { ...signedHeaders(keys, 'GET', url), ...headers } });
  };

  it('lists by prefix, sends ranges, and checks conditions and signatures', async () => {
    const list = await (await get('/checkpoints?delimiter=%2F&list-type=2&prefix=run%2F')).text();
    expect(list).toContain('<Prefix>run/step64/</Prefix>');
    const file = '/checkpoints/run/step64/model.safetensors';
    const range = await get(file, KEYS, { range: 'bytes=1000-1999' });
    expect([range.status, range.headers.get('content-range')]).toEqual([
      206,
      `bytes 1000-1999/${WEIGHTS.length}`,
    ]);
    expect(Buffer.from(await range.arrayBuffer()).equals(WEIGHTS.subarray(1000, 2000))).toBe(true);
    expect((await get(file, KEYS, { 'if-match': '"another"' })).status).toBe(412);
    const wrong = await get(file, { ...KEYS, secret: 'another' });
    expect([wrong.status, await wrong.text()]).toEqual([
      403,
      expect.stringContaining('SignatureDoesNotMatch'),
    ]);
    expect((await fetch(swift.origin + file)).ok).toBe(false);
    expect([...filesBelow(join(SAMPLE, 'step64')).keys()]).toEqual(['config.json', 'model.safetensors']);
  });
});
