import fc from 'fast-check';
import { setImmediate as turn } from 'node:timers/promises';
import * as v from 'valibot';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { NeuroMfaError, type ErrorData } from '../../../src/protocol/errors';
import { Peer, PROTOCOL_VERSION, type Channel, type Handlers } from '../../../src/protocol/rpc';

const hostMethods = {
  add: { params: v.object({ a: v.number(), b: v.number() }), result: v.number() },
  count: { params: v.null(), result: v.null(), progress: v.number() },
  wait: { params: v.null(), result: v.null() },
  lie: { params: v.null(), result: v.number() },
} as const;
const pageMethods = { shout: { params: v.string(), result: v.string() } } as const;

/** Two ends of a channel that copies messages as the editor does, and one's own hand in it. */
function makeChannel(): {
  host: Channel;
  page: Channel;
  sendToHost: (message: unknown) => void;
  sent: unknown[];
} {
  const listeners = {
    host: new Set<(message: unknown) => void>(),
    page: new Set<(message: unknown) => void>(),
  };
  const sent: unknown[] = [];
  const deliver = (to: 'host' | 'page', message: unknown): void => {
    const copy: unknown = structuredClone(message);
    if (to === 'page') sent.push(copy);
    queueMicrotask(() => {
      for (const listener of listeners[to]) listener(copy);
    });
  };
  const end = (own: 'host' | 'page', other: 'host' | 'page'): Channel => ({
    post: (message) => {
      deliver(other, message);
    },
    listen: (receive) => {
      listeners[own].add(receive);
      return () => listeners[own].delete(receive);
    },
  });
  return {
    host: end('host', 'page'),
    page: end('page', 'host'),
    sendToHost: (message) => {
      deliver('host', message);
    },
    sent,
  };
}

type HostHandlers = Handlers<typeof hostMethods>;
const open: { dispose: () => void }[] = [];

function connect(handlers: Partial<HostHandlers> = {}) {
  const channel = makeChannel();
  const refused = vi.fn<(cause: string) => void>();
  const all: HostHandlers = {
    add: ({ a, b }) => a + b,
    count: (_, { progress }) => {
      for (const value of [1, 2, 3]) progress(value);
      return null;
    },
    wait: () => new Promise(() => undefined),
    lie: () => 'three' as unknown as number,
    ...handlers,
  };
  const host = new Peer(channel.host, hostMethods, all, pageMethods, refused);
  const page = new Peer(channel.page, pageMethods, { shout: (text) => text.toUpperCase() }, hostMethods);
  open.push(host, page);
  return { ...channel, host, page, refused };
}

afterEach(() => {
  for (const peer of open.splice(0)) peer.dispose();
});

describe('a call', () => {
  it('answers, both ways', async () => {
    const { host, page } = connect();
    expect(await page.call('add', { a: 1, b: 2 })).toBe(3);
    expect(await host.call('shout', 'hello')).toBe('HELLO');
  });

  it('keeps calls apart that end in another order', async () => {
    const { page } = connect({
      add: async ({ a, b }) => {
        for (let waited = 0; waited < a; waited++) await turn();
        return a + b;
      },
    });
    expect(await Promise.all([3, 1, 2].map((a) => page.call('add', { a, b: 10 })))).toEqual([13, 11, 12]);
  });

  it('passes an error on as one that users can read', async () => {
    const failure = new NeuroMfaError('damaged', '/a', 'the header is cut short', 'Download it again');
    const { page } = connect({
      add: () => {
        throw failure;
      },
    });
    const caught: unknown = await page.call('add', { a: 1, b: 2 }).catch((error: unknown) => error);
    expect(caught).toBeInstanceOf(NeuroMfaError);
    expect((caught as NeuroMfaError).data).toEqual(failure.data);
  });

  it('makes an internal error of anything else that is thrown', async () => {
    const { page } = connect({ add: () => Promise.reject(new TypeError('x is undefined')) });
    await expect(page.call('add', { a: 1, b: 2 })).rejects.toMatchObject({
      data: { code: 'internal', subject: 'add', cause: 'x is undefined' },
    });
  });

  it('tells progress before its result', async () => {
    const { page } = connect();
    const heard: number[] = [];
    await page.call('count', null, { onProgress: (value) => heard.push(value) });
    expect(heard).toEqual([1, 2, 3]);
  });

  it('fails at once when its parameters cannot be sent', async () => {
    const { page } = connect();
    const params = { a: 1, b: (() => 2) as unknown as number };
    await expect(page.call('add', params)).rejects.toMatchObject({
      code: 'internal',
      data: { subject: 'add' },
    });
  });
});

describe('both sides check what arrives', () => {
  it('refuses parameters of another shape', async () => {
    const add = vi.fn(() => 0);
    const { page, refused } = connect({ add });
    await expect(page.call('add', { a: 1, b: '2' as unknown as number })).rejects.toMatchObject({
      code: 'internal',
    });
    expect(add).not.toHaveBeenCalled();
    // Whoever was called knows of it as well: a page would stay as it is.
    expect(refused).toHaveBeenCalledWith(
      expect.stringMatching(/^parameters of another shape for "add": /),
      'add',
    );
  });

  it('refuses a result of another shape', async () => {
    const { page } = connect();
    await expect(page.call('lie', null)).rejects.toMatchObject({ data: { subject: 'reply' } });
  });

  it('reports progress of another shape and goes on', async () => {
    const channel = makeChannel();
    const refused = vi.fn();
    const onProgress = vi.fn();
    const page = new Peer(channel.page, pageMethods, { shout: (text) => text }, hostMethods, refused);
    open.push(page);
    channel.host.listen((message) => {
      const { id } = message as { id: number };
      channel.host.post({ version: PROTOCOL_VERSION, kind: 'progress', id, value: 'half' });
      channel.host.post({ version: PROTOCOL_VERSION, kind: 'ok', id, result: null });
    });
    await page.call('count', null, { onProgress });
    expect(onProgress).not.toHaveBeenCalled();
    expect(refused).toHaveBeenCalledWith(expect.stringContaining('progress'));
  });

  it.each(['nothing', 'constructor', 'toString', '__proto__'])('knows no method "%s"', async (method) => {
    const { sendToHost, sent } = connect();
    sendToHost({ version: PROTOCOL_VERSION, kind: 'call', id: 7, method, params: null });
    await turn();
    expect(sent).toMatchObject([{ kind: 'err', id: 7, error: { cause: 'no such method' } }]);
  });

  it('quotes what it refuses at bounded length, on one line', async () => {
    const { sendToHost, sent, refused } = connect();
    const long = 'x\n'.repeat(50_000);
    const call = { version: PROTOCOL_VERSION, kind: 'call', id: 7 };
    sendToHost({ ...call, method: long, params: null });
    sendToHost({ ...call, method: 'add', params: { a: long, b: long } });
    sendToHost({ ...call, kind: long });
    await turn();
    const errors = sent.map((message) => (message as { error: ErrorData }).error);
    expect(errors).toHaveLength(2);
    const texts = [...errors.flatMap(({ subject, cause }) => [subject, cause]), ...refused.mock.calls.flat()];
    for (const text of texts) {
      expect(text.length).toBeLessThan(3000);
      expect(text).not.toContain('\n');
    }
  });

  it('refuses a peer of another version', async () => {
    const { sendToHost, sent, refused } = connect();
    sendToHost({ version: PROTOCOL_VERSION + 1, kind: 'call', id: 1, method: 'add', params: { a: 1, b: 2 } });
    await turn();
    expect(refused).toHaveBeenCalledWith(expect.stringContaining('version'));
    expect(sent).toEqual([]);
  });

  it('survives any message', async () => {
    const { sendToHost, page } = connect();
    const shaped = fc.record({
      version: fc.constantFrom(PROTOCOL_VERSION, 0, '1'),
      kind: fc.constantFrom('call', 'ok', 'err', 'progress', 'cancel', 'other'),
      id: fc.oneof(fc.integer({ min: -1, max: 3 }), fc.string()),
      method: fc.constantFrom('add', 'count', '__proto__', ''),
      params: fc.jsonValue(),
      result: fc.jsonValue(),
      error: fc.jsonValue(),
      value: fc.jsonValue(),
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(shaped, fc.jsonValue()), async (message) => {
        sendToHost(message);
        await turn();
      }),
      { numRuns: 300 },
    );
    expect(await page.call('add', { a: 1, b: 2 })).toBe(3);
  });

  it('ignores replies to calls that nobody made', async () => {
    const { sendToHost, host } = connect();
    const call = host.call('shout', 'mine');
    sendToHost({ version: PROTOCOL_VERSION, kind: 'ok', id: 99, result: 'forged' });
    expect(await call).toBe('MINE');
  });
});

describe('cancellation', () => {
  it('rejects the call and reaches the handler', async () => {
    let signal: AbortSignal | undefined;
    const { page } = connect({
      wait: (_, context) => {
        ({ signal } = context);
        return new Promise(() => undefined);
      },
    });
    const controller = new AbortController();
    const call = page.call('wait', null, { signal: controller.signal });
    await turn();
    expect(signal?.aborted).toBe(false);
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'cancelled' });
    await turn();
    expect(signal?.aborted).toBe(true);
  });

  it('of a call that has not begun sends nothing', async () => {
    const add = vi.fn(() => 0);
    const { page } = connect({ add });
    await expect(page.call('add', { a: 1, b: 2 }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
    await turn();
    expect(add).not.toHaveBeenCalled();
  });

  it('does nothing after the answer', async () => {
    const { page, refused } = connect();
    const controller = new AbortController();
    expect(await page.call('add', { a: 1, b: 2 }, { signal: controller.signal })).toBe(3);
    controller.abort();
    await turn();
    expect(refused).not.toHaveBeenCalled();
  });
});

describe('disposal', () => {
  it('rejects what is pending and what comes later', async () => {
    const { page } = connect();
    const pending = page.call('wait', null);
    page.dispose();
    await expect(pending).rejects.toMatchObject({ code: 'cancelled' });
    await expect(page.call('add', { a: 1, b: 2 })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('stops the handlers at work and answers no more', async () => {
    let signal: AbortSignal | undefined;
    const { host, page, sent } = connect({
      wait: (_, context) => {
        ({ signal } = context);
        return turn(null);
      },
    });
    page.call('wait', null).catch(() => undefined);
    await Promise.resolve();
    host.dispose();
    expect(signal?.aborted).toBe(true);
    await turn();
    await turn();
    expect(sent).toEqual([]);
  });

  it('may happen twice', () => {
    const { host } = connect();
    host.dispose();
    expect(() => {
      host.dispose();
    }).not.toThrow();
  });
});
