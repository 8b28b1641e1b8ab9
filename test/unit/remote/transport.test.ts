/** Requests against small servers of this test: what is followed, tried again, refused, and never taken for the bytes of a file. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { NeuroMfaError } from '../../../src/protocol/errors';
import { askedDelay } from '../../../src/remote/faults';
import { isPrivateAddress } from '../../../src/remote/privateAddress';
import { proxiesOf, proxyFor } from '../../../src/remote/proxy';
import { RangedFile } from '../../../src/remote/rangedFile';
import { Speed } from '../../../src/remote/speed';
import { bodyOf, Transport, type TransportOptions } from '../../../src/remote/transport';

const servers: Server[] = [];
const transports: Transport[] = [];
afterEach(async () => {
  for (const transport of transports.splice(0)) transport.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
});

async function serve(answer: RequestListener, host = '127.0.0.1'): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, host, ready));
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}

/** Waits for nothing, and tells how long it would have waited. */
function transport(options: Partial<TransportOptions> = {}): { transport: Transport; waited: number[] } {
  const waited: number[] = [];
  const made = new Transport({
    proxies: proxiesOf({}),
    random: () => 0.5,
    sleep: (seconds) => {
      waited.push(seconds);
      return Promise.resolve();
    },
    ...options,
  });
  transports.push(made);
  return { transport: made, waited };
}

const text = (made: Transport, url: string, headers = {}): Promise<string> =>
  made.retried(url, undefined, () =>
    made.ask({ url, headers }, async (answer) => (await bodyOf(answer, 1000)).toString()),
  );

async function refusal(promise: Promise<unknown>): Promise<NeuroMfaError> {
  return promise.then(
    () => {
      throw new Error('it was taken');
    },
    (error: unknown) => error as NeuroMfaError,
  );
}

describe('redirects', () => {
  it('are followed without what tells who asks', async () => {
    const seen: (string | undefined)[] = [];
    const other = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.end('here');
    });
    const first = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(302, { location: request.url === '/a' ? '/b' : `${other}/c` }).end();
    });
    expect(await text(transport().transport, `${first}/a`, { authorization: 'Bearer secret' })).toBe('here');
    expect(seen).toEqual(['Bearer secret', 'Bearer secret', undefined]);
  });

  it('are followed five times at most', async () => {
    let asked = 0;
    const origin = await serve((_request, response) => {
      response.writeHead(302, { location: `/${++asked}` }).end();
    });
    const error = await refusal(text(transport().transport, `${origin}/0?sig=secret`));
    expect([error.code, asked]).toEqual(['unreachable', 6]);
    expect(error.message).not.toContain('secret');
  });

  it('do not lead from a public server into a private network, by an address or by a name', async () => {
    let asked = 0;
    const inside = await serve((_request, response) => {
      asked++;
      response.end('secrets');
    }, '127.0.0.2');
    const { port } = new URL(inside);
    for (const target of [inside, `http://inside.test:${port}`]) {
      const outside = await serve((_request, response) => {
        response.writeHead(302, { location: `${target}/x` }).end();
      });
      const lookup: LookupFunction = (host, options, callback) => {
        const address = host === 'inside.test' ? '127.0.0.2' : '127.0.0.1';
        if (options.all) callback(null, [{ address, family: 4 }]);
        else callback(null, address, 4);
      };
      const isPrivate = (address: string): boolean => address !== '127.0.0.1';
      const public_ = `http://outside.test:${new URL(outside).port}/`;
      const error = await refusal(text(transport({ lookup, isPrivate }).transport, public_));
      expect(error.code).toBe('unreachable');
      expect(error.message).toContain('private network');
    }
    expect(asked).toBe(0);
  });

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '::1',
    'fd00::1',
    '[fe80::1]',
    '::ffff:10.0.0.1',
    '::ffff:a00:1',
    'x',
  ])('%s is private', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  it.each(['1.1.1.1', '172.32.0.1', '2606:4700::1111'])('%s is not', (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  });
});

describe('faults that pass', () => {
  it('are tried again six times, each after twice the time', async () => {
    let asked = 0;
    const origin = await serve((_request, response) => {
      response.writeHead(++asked <= 6 ? 503 : 200).end('late');
    });
    const { transport: made, waited } = transport();
    expect(await text(made, origin)).toBe('late');
    expect(waited).toEqual([0.2, 0.4, 0.8, 1.6, 3.2, 6.4]);
    expect(made.slotsOf(origin).most).toBe(8);
    asked = -10;
    expect((await refusal(text(made, origin))).code).toBe('unreachable');
    expect(asked).toBe(-3);
  });

  it('are tried again when the server says', async () => {
    let asked = 0;
    const words: (string | null)[] = [];
    const origin = await serve((_request, response) => {
      if (asked++ > 0) response.end('late');
      else response.writeHead(429, { ratelimit: '"resolvers";r=0;t=40' }).end();
    });
    const { transport: made, waited } = transport({ onWaiting: (each) => words.push(each) });
    expect(await text(made, origin)).toBe('late');
    expect(waited).toEqual([40.1]);
    expect(words).toEqual([`waiting 41 s for ${new URL(origin).host}`, null]);
  });

  it('are known by what servers send', () => {
    const now = Date.parse('Sun, 06 Nov 1994 08:49:37 GMT');
    expect(askedDelay({ 'retry-after': '7' }, now)).toBe(7);
    expect(askedDelay({ 'retry-after': 'Sun, 06 Nov 1994 08:49:47 GMT' }, now)).toBe(10);
    expect(askedDelay({ ratelimit: '"api";r=12;t=100' }, now)).toBeNull();
    expect(askedDelay({}, now)).toBeNull();
  });

  it('are not where no server is: nobody waits', async () => {
    const { transport: made, waited } = transport();
    const closed = await serve(() => undefined);
    await new Promise((done) => servers.pop()!.close(done));
    const error = await refusal(text(made, `${closed}/x`));
    expect([error.code, waited]).toEqual(['unreachable', []]);
    expect(error.message).toContain('refuses connections');
  });
});

/** As many as the specification of the room asks for; more by hand. */
const MUTATED = Number(process.env['NEUROMFA_MUTATED'] ?? 10_000);

describe('ranges', () => {
  const content = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251));
  type Mutation = (right: Right) => void;
  interface Right {
    status: number;
    headers: Record<string, string>;
    body: Buffer;
  }

  function file(made: Transport, url: string): RangedFile {
    const remote = {
      url,
      size: content.length,
      validator: '"v1"',
      sha256: null,
      lasting: true,
      sign: () => Promise.resolve({ url, headers: {} }),
    };
    return new RangedFile(url, remote, made, new Speed());
  }

  async function served(mutate: Mutation): Promise<string> {
    return serve((request, response) => {
      const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '')!;
      const body = content.subarray(Number(from), Number(to) + 1);
      const right: Right = {
        status: 206,
        headers: {
          etag: '"v1"',
          'content-range': `bytes ${from!}-${to!}/${content.length}`,
          'content-length': String(body.length),
        },
        body,
      };
      mutate(right);
      const { etag = '', ...others } = right.headers;
      response.writeHead(right.status, { ...others, ...(etag && { etag }) });
      if (Number(right.headers['content-length']) > right.body.length) {
        response.write(right.body);
        setImmediate(() => response.destroy());
      } else response.end(right.body);
    });
  }

  it('are the bytes of the file', async () => {
    const origin = await served(() => undefined);
    const source = file(transport().transport, origin);
    expect(
      (await source.read({ offset: 1234, bytes: 777 }, undefined)).equals(content.subarray(1234, 2011)),
    ).toBe(true);
    expect((await source.read({ offset: 0, bytes: 0 }, undefined)).length).toBe(0);
  });

  it.each<[string, string, Mutation]>([
    ['another ETag', 'changed', (right) => (right.headers['etag'] = '"v2"')],
    ['no ETag any more', 'changed', (right) => (right.headers['etag'] = '')],
    ['another range', 'unreadable', (right) => (right.headers['content-range'] = 'bytes 0-9/5000')],
    ['another total', 'changed', (right) => (right.headers['content-range'] = 'bytes 10-19/5001')],
    ['no range', 'unreadable', (right) => (right.headers['content-range'] = '')],
    ['a whole file', 'unreachable', (right) => (right.status = 200)],
    [
      'a whole file of another state',
      'changed',
      (right) => ([right.status, right.headers['etag']] = [200, '"v2"']),
    ],
    ['another length', 'unreachable', (right) => (right.headers['content-length'] = '9')],
    ['a body that ends early', 'unreachable', (right) => (right.body = right.body.subarray(0, 5))],
    ['a refusal', 'forbidden', (right) => (right.status = 403)],
    ['nothing', 'missing', (right) => (right.status = 404)],
    ['a failed condition', 'changed', (right) => (right.status = 412)],
    ['a coding', 'unreadable', (right) => (right.headers['content-encoding'] = 'gzip')],
  ])('of %s are never taken', async (_what, code, mutate) => {
    let answers = 0;
    const origin = await served((right) => {
      if (answers++ > 0) mutate(right);
    });
    const source = file(transport().transport, origin);
    await source.read({ offset: 100, bytes: 10 }, undefined);
    const error = await refusal(source.read({ offset: 10, bytes: 10 }, undefined));
    expect([error.code, error.message]).toEqual([code, expect.anything()]);
  });

  it(`are right or refused, whatever becomes of ${MUTATED} answers`, async () => {
    let state = 1;
    const random = (): number => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    let mutated = 0;
    const origin = await served((right) => {
      if (random() < 0.3) return;
      mutated++;
      // One thing that is wrong may hide another.
      for (let i = 0; i === 0 || random() < 0.3; i++) mutate(right);
    });
    const mutate = (right: Right): void => {
      pick<() => void>([
        () => (right.status = pick([200, 206, 301, 403, 404, 412, 416, 500, 503])),
        () => (right.headers['etag'] = pick(['', '"v2"', 'W/"v1"', 'v1'])),
        () =>
          (right.headers['content-range'] = pick([
            '',
            'bytes 0-0/5000',
            'bytes */5000',
            'items 1-2/5000',
            right.headers['content-range']!.replace(/\d/, '9'),
          ])),
        () => (right.headers['content-length'] = String(Math.floor(random() * 900))),
        () => (right.body = right.body.subarray(0, Math.floor(random() * right.body.length))),
        () => (right.body = Buffer.concat([right.body, Buffer.from('more')])),
        () => (right.headers['content-encoding'] = pick(['gzip', 'br', 'identity'])),
        () => (right.headers['location'] = pick(['/', '/elsewhere', 'https://[', 'ftp://host/file'])),
        () => (right.headers['retry-after'] = pick(['0', '1', '-1', 'soon', '1e9'])),
        () => (right.headers['content-type'] = 'text/html'),
      ])();
    };
    let taken = 0;
    let refused = 0;
    const { transport: made } = transport();
    for (let i = 0; mutated < MUTATED; i++) {
      const source = file(made, origin);
      const offset = Math.floor(random() * 4000);
      const bytes = 1 + Math.floor(random() * 900);
      try {
        const read = await source.read({ offset, bytes }, undefined);
        expect(read.equals(content.subarray(offset, offset + bytes)), `read ${i}`).toBe(true);
        taken++;
      } catch (error) {
        expect((error as NeuroMfaError).name).toBe('NeuroMfaError');
        refused++;
      }
    }
    expect(Math.min(taken, refused)).toBeGreaterThan(MUTATED / 50);
    if (process.env['NEUROMFA_MUTATED']) console.log({ mutated, taken, refused });
  });

  it('are asked for by a new address once for all that wait', async () => {
    let signatures = 0;
    const origin = await serve((request, response) => {
      const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '')!;
      if (request.url !== '/?sig=2') response.writeHead(403).end();
      else
        response
          .writeHead(206, { etag: '"v1"', 'content-range': `bytes ${from!}-${to!}/5000` })
          .end(content.subarray(Number(from), Number(to) + 1));
    });
    const sign = () => Promise.resolve({ url: `${origin}/?sig=${++signatures}`, headers: {} });
    const remote = { url: origin, size: 5000, validator: '"v1"', sha256: null, lasting: true, sign };
    const source = new RangedFile(origin, remote, transport().transport, new Speed());
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => source.read({ offset: i * 100, bytes: 100 }, undefined)),
    );
    expect(signatures).toBe(2);
  });

  it('are asked for with new keys where temporary ones have expired, and refused where there are none', async () => {
    let good = 2;
    let signatures = 0;
    const origin = await serve((request, response) => {
      const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '')!;
      if (request.headers.authorization !== `key ${good}`)
        response.writeHead(400).end('<?xml version="1.0"?><Error><Code>ExpiredToken</Code></Error>');
      else
        response
          .writeHead(206, { etag: '"v1"', 'content-range': `bytes ${from!}-${to!}/5000` })
          .end(content.subarray(Number(from), Number(to) + 1));
    });
    const sign = () => Promise.resolve({ url: origin, headers: { authorization: `key ${++signatures}` } });
    const remote = { url: origin, size: 5000, validator: '"v1"', sha256: null, lasting: true, sign };
    const source = new RangedFile(origin, remote, transport().transport, new Speed());
    const read = await source.read({ offset: 10, bytes: 20 }, undefined);
    expect([read.equals(content.subarray(10, 30)), signatures]).toEqual([true, 2]);
    good = Infinity;
    const error = await refusal(source.read({ offset: 50, bytes: 20 }, undefined));
    expect(error.code).toBe('forbidden');
    expect(error.message).toMatch(/the temporary keys have expired.*aws sso login/s);
  });

  it('end within half a second where nobody wants them any more', async () => {
    let ended!: () => void;
    const closed = new Promise<void>((resolve) => (ended = resolve));
    const origin = await serve((request) => {
      request.socket.on('close', ended);
      stop.abort();
    });
    const stop = new AbortController();
    const error = await refusal(
      file(transport().transport, origin).read({ offset: 0, bytes: 10 }, stop.signal),
    );
    expect(error.code).toBe('cancelled');
    await closed;
  });

  it('of a server that goes silent are given up', async () => {
    const origin = await serve((_request, response) => {
      response.writeHead(206, { etag: '"v1"', 'content-range': 'bytes 0-9/5000', 'content-length': '10' });
      response.write('x');
    });
    const error = await refusal(
      file(transport({ silence: 20 }).transport, origin).read({ offset: 0, bytes: 10 }, undefined),
    );
    expect(error.code).toBe('unreachable');
  });
});

describe('the way to a server', () => {
  const way = (url: string, env: Record<string, string>): string | null =>
    proxyFor(new URL(url), proxiesOf(env))?.host ?? null;

  it('is through the proxy of the environment, but for hosts that are excepted', () => {
    const env = { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'localhost, .lab.org,other:8443' };
    expect(way('https://huggingface.co/x', env)).toBe('proxy:3128');
    expect(way('https://a.lab.org/', env)).toBeNull();
    expect(way('https://lab.org/', env)).toBeNull();
    expect(way('https://notlab.org/', env)).toBe('proxy:3128');
    expect(way('https://other:8443/', env)).toBeNull();
    expect(way('https://other/', env)).toBe('proxy:3128');
    expect(way('http://huggingface.co/', env)).toBeNull();
    expect(way('https://x/', { HTTPS_PROXY: 'http://proxy', NO_PROXY: '*' })).toBeNull();
    expect(way('https://x/', { HTTPS_PROXY: '' })).toBeNull();
  });
});
