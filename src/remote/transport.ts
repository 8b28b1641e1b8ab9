/**
 * HTTP requests: reuses connections, follows redirects only if that is safe, and retries passing faults. It does not interpret
 * the answers.
 */
import { lookup as systemLookup } from 'node:dns';
import {
  request as httpRequest,
  type Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { integer } from '../protocol/format';
import { NeuroMfaError } from '../protocol/errors';
import { askedDelay, connectionFault, isPassing, PassingFault, textOf } from './faults';
import { isPrivateAddress } from './privateAddress';
import { agentFor, proxyAuthorization, proxyFor, type ProxyChoice } from './proxy';
import { Slots } from './slots';
import { withoutSecrets } from './address';
import type { SignedUrl } from './remoteFile';

/** Simultaneous requests to one origin, and to an origin that asks for fewer. */
export const CONNECTIONS = 32;
const FEWER_CONNECTIONS = 8;
/** A connection that receives no byte for this time is closed. */
export const SILENCE_MS = 30_000;
export const MAX_RETRIES = 6;
const MAX_REDIRECTS = 5;
/** The first wait before a retry, in seconds; each later one is twice as long. */
const FIRST_DELAY = 0.2;
const LONGEST_DELAY = 30;
/** The Hub counts the requests of five minutes. If a server asks for a longer wait, the request fails. */
const LONGEST_ASKED = 330;
/** Shorter waits are not reported. */
const REPORTED_FROM = 2;

export interface TransportOptions {
  proxies: ProxyChoice;
  /** Called while a server asks to wait; with null when requests continue. */
  onWaiting?: (words: string | null) => void;
  /** For tests. */
  lookup?: LookupFunction;
  isPrivate?: (address: string) => boolean;
  silence?: number;
  sleep?: (seconds: number, signal: AbortSignal | undefined) => Promise<void>;
  random?: () => number;
}

export interface Asked {
  url: string;
  method?: 'GET' | 'HEAD';
  /** Headers for the first origin only. */
  headers?: Readonly<Record<string, string>>;
  /** Headers for every origin: none that identifies the user. */
  open?: Readonly<Record<string, string>>;
  /** The current address when the request is sent, since it may have waited for others. It has the same origin. */
  latest?: () => SignedUrl;
  /** Whether to return a redirect to another origin instead of following it. */
  stopAtOrigin?: boolean;
  signal?: AbortSignal | undefined;
}

/** An answer whose body has not been read: the receiver reads or destroys it. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: IncomingMessage;
  /** The address that answered, after redirects. */
  url: string;
  /** Seconds from the request to the first byte of the answer. */
  latency: number;
}

export class Transport {
  /** Number of requests that were sent, including redirects and retries. */
  requests = 0;
  /** Bytes of the bodies that were returned. */
  bytes = 0;
  readonly #agents = new Map<string, Agent>();
  readonly #slots = new Map<string, Slots>();
  /** Origins that have sent ranges of files. */
  readonly ranging = new Set<string>();
  /** Origins that have answered. */
  readonly #reached = new Set<string>();
  #proxies: ProxyChoice;

  constructor(private readonly options: TransportOptions) {
    this.#proxies = options.proxies;
  }

  /** Applies to later connections. */
  set proxies(choice: ProxyChoice) {
    this.#proxies = choice;
    this.close();
  }

  /** Limit for simultaneous requests to this origin. */
  slotsOf(url: string): Slots {
    const { origin } = new URL(url);
    let slots = this.#slots.get(origin);
    if (!slots) this.#slots.set(origin, (slots = new Slots(CONNECTIONS)));
    return slots;
  }

  /** Closes all connections. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  /**
   * Sends a request once, follows redirects, and calls `use` with the answer, whatever its status; throws passing faults. Does not
   * retry: see {@link retried}.
   * @throws NeuroMfaError or {@link PassingFault}.
   */
  async ask<T>(asked: Asked, use: (answer: Answer) => Promise<T>): Promise<T> {
    return this.slotsOf(asked.url).run(async () => {
      const answer = await this.#follow({ ...asked, ...asked.latest?.() });
      try {
        if (isPassing(answer.status)) throw this.#passing(answer, asked.url);
        return await use(answer);
      } finally {
        // After a complete body, the connection can be reused.
        if (asked.method === 'HEAD') answer.body.resume();
        else if (!answer.body.readableEnded) answer.body.destroy();
      }
    }, asked.signal);
  }

  /**
   * Retries after passing faults.
   * @param url in a form that may be shown. @throws NeuroMfaError `unreachable` or `unreadable` after the last try.
   */
  async retried<T>(url: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const { host, origin } = new URL(url);
    for (let tries = 0; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (signal?.aborted) throw cancelled(url);
        if (!(error instanceof PassingFault)) throw error;
        if (error.crowded) this.slotsOf(url).most = FEWER_CONNECTIONS;
        // Without a network, it fails at once instead of waiting.
        const hopeless = error.unreached && !this.#reached.has(origin);
        if (hopeless || tries >= MAX_RETRIES || (error.delay ?? 0) > LONGEST_ASKED)
          throw givenUp(url, error, tries);
        await this.#wait(error.delay, tries, host, signal).catch(() => {
          throw cancelled(url);
        });
      }
    }
  }

  async #wait(
    asked: number | null,
    tries: number,
    host: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { random = Math.random, sleep = sleepFor, onWaiting = () => undefined } = this.options;
    const own = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** tries) * (0.5 + random());
    // Otherwise all waiting requests would be sent again at the same time.
    const seconds = asked === null ? own : asked + own * 0.5;
    const isReported = seconds >= REPORTED_FROM;
    if (isReported) onWaiting(`waiting ${Math.ceil(seconds)} s for ${host}`);
    try {
      await sleep(seconds, signal);
    } finally {
      if (isReported) onWaiting(null);
    }
  }

  #passing({ status, headers }: Answer, url: string): PassingFault {
    const { host } = new URL(url);
    return new PassingFault(
      `${host} answered ${status}`,
      askedDelay(headers, Date.now()),
      status === 429 || status === 503,
    );
  }

  async #follow(asked: Asked): Promise<Answer> {
    const first = new URL(asked.url);
    const shown = withoutSecrets(asked.url);
    let url = first;
    for (let redirects = 0; ; redirects++) {
      const own = url.origin === first.origin;
      const answer = await this.#send(url, {
        asked,
        headers: { ...asked.open, ...(own && asked.headers) },
        guarded: !own && !(await this.#leadsInside(first)),
        shown,
      });
      this.#reached.add(url.origin);
      const location = answer.headers.location;
      if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return answer;
      const next = nextUrl(location, url);
      if (next && asked.stopAtOrigin && next.origin !== first.origin) return answer;
      if (asked.method === 'HEAD') answer.body.resume();
      else answer.body.destroy();
      if (redirects >= MAX_REDIRECTS)
        throw refused(shown, `its server redirects more than ${MAX_REDIRECTS} times`);
      if (!next) throw refused(shown, 'its server redirects to what is no address of the web');
      if (url.protocol === 'https:' && next.protocol === 'http:')
        throw refused(shown, `its server redirects to ${next.host} without encryption`);
      url = next;
    }
  }

  /** Whether an origin is on the user's own network, whose servers may redirect to each other. */
  async #leadsInside({ hostname }: URL): Promise<boolean> {
    const { isPrivate = isPrivateAddress, lookup = systemLookup } = this.options;
    const host = hostname.replace(/^\[|\]$/g, '');
    if (isIP(host)) return isPrivate(host);
    return new Promise((resolve) => {
      lookup(host, { all: true }, (error, found) => {
        const addresses = error ? [] : typeof found === 'string' ? [{ address: found }] : found;
        resolve(addresses.length > 0 && addresses.every(({ address }) => isPrivate(address)));
      });
    });
  }

  #send(
    url: URL,
    {
      asked,
      headers,
      guarded,
      shown,
    }: { asked: Asked; headers: Record<string, string>; guarded: boolean; shown: string },
  ): Promise<Answer> {
    const { isPrivate = isPrivateAddress, silence = SILENCE_MS } = this.options;
    const inside = (): NeuroMfaError =>
      refused(shown, `its server redirects to ${url.host}, which is an address of a private network`);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (guarded && isIP(host) && isPrivate(host)) return Promise.reject(inside());
    const proxy = proxyFor(url, this.#proxies);
    const plain = proxy !== null && url.protocol === 'http:';
    const target = plain ? proxy : url;
    this.requests++;
    const begin = performance.now();
    return new Promise((resolve, reject) => {
      const request = (target.protocol === 'https:' ? httpsRequest : httpRequest)({
        protocol: target.protocol,
        host: target.hostname.replace(/^\[|\]$/g, ''),
        port: target.port || undefined,
        path: plain ? url.href : url.pathname + url.search,
        method: asked.method ?? 'GET',
        agent: this.#agentOf(plain ? target : url, plain ? null : proxy, guarded),
        headers: {
          'user-agent': 'neuromfa',
          'accept-encoding': 'identity',
          ...headers,
          ...(plain && { host: url.host, ...proxyAuthorization(proxy) }),
        },
        timeout: silence,
        ...(this.options.lookup || (guarded && !proxy)
          ? { lookup: guarded ? this.#guardedLookup(inside) : this.options.lookup }
          : {}),
        ...(asked.signal && { signal: asked.signal }),
      });
      const fail = (error: unknown): void => {
        reject(asked.signal?.aborted ? cancelled(shown) : connectionFault(error, shown, url.host));
      };
      request.once('timeout', () => {
        request.destroy(new PassingFault(`${url.host} sent nothing for ${Math.round(silence / 1000)} s`));
      });
      request.on('error', fail);
      request.once('response', (body) => {
        // Errors after the reader has left are ignored.
        body.on('error', () => undefined);
        const latency = (performance.now() - begin) / 1000;
        resolve({ status: body.statusCode ?? 0, headers: body.headers, body, url: url.href, latency });
      });
      request.end();
    });
  }

  #guardedLookup(inside: () => Error): LookupFunction {
    const { lookup = systemLookup, isPrivate = isPrivateAddress } = this.options;
    return (host, options, callback) => {
      lookup(host, options, (error, found, family) => {
        const addresses = error ? [] : typeof found === 'string' ? [{ address: found }] : found;
        if (addresses.some(({ address }) => isPrivate(address))) callback(inside(), '', 0);
        else callback(error, found, family);
      });
    };
  }

  #agentOf(url: URL, proxy: URL | null, guarded: boolean): Agent {
    const key = `${url.origin} ${guarded}`;
    let agent = this.#agents.get(key);
    if (!agent) {
      const options = {
        keepAlive: true,
        maxSockets: CONNECTIONS,
        maxFreeSockets: CONNECTIONS,
        keepAliveMsecs: 15_000,
      };
      this.#agents.set(key, (agent = agentFor(url, proxy, options)));
    }
    return agent;
  }
}

/**
 * Reads a body.
 * @param most limit in bytes. @param exact whether fewer bytes are a broken answer.
 * @throws PassingFault if it ends early or breaks; NeuroMfaError `damaged` if it is longer.
 */
export async function bodyOf(
  { body, headers, url }: Answer,
  most: number,
  { exact = false, shown = withoutSecrets(url) }: { exact?: boolean; shown?: string } = {},
): Promise<Buffer> {
  const declared = textOf(headers['content-length']);
  const { host } = new URL(url);
  if (declared !== null && (exact ? Number(declared) !== most : Number(declared) > most))
    throw exact
      ? new PassingFault(`${host} announced ${declared} bytes instead of ${integer(most)}`)
      : tooLong(shown, most);
  const into = Buffer.allocUnsafe(exact ? most : Math.min(most, Number(declared ?? 65_536)));
  let filled: Buffer = into;
  let done = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (done + chunk.length > most)
        throw exact
          ? new PassingFault(`${host} sent more than the ${integer(most)} bytes that it was asked for`)
          : tooLong(shown, most);
      if (done + chunk.length > filled.length) {
        const larger = Buffer.allocUnsafe(Math.min(most, 2 * (done + chunk.length)));
        filled.copy(larger, 0, 0, done);
        filled = larger;
      }
      chunk.copy(filled, done);
      done += chunk.length;
    }
  } catch (error) {
    throw connectionFault(error, shown, host);
  }
  const expected = exact ? most : declared === null ? done : Number(declared);
  if (done !== expected)
    throw new PassingFault(`${host} sent ${integer(done)} of ${integer(expected)} bytes`);
  return filled.subarray(0, done);
}

export function cancelled(url: string): NeuroMfaError {
  return new NeuroMfaError('cancelled', url, 'it was canceled', '');
}

function refused(url: string, cause: string): NeuroMfaError {
  return new NeuroMfaError('unreachable', url, cause, 'Name the address at which the file lies');
}

function tooLong(url: string, most: number): NeuroMfaError {
  return new NeuroMfaError(
    'damaged',
    url,
    `its server sends more than ${integer(most)} bytes where it is asked for a list`,
    'Check the address',
  );
}

function givenUp(url: string, fault: PassingFault, tries: number): NeuroMfaError {
  const times = tries === 0 ? '' : `, also after ${tries} more ${tries === 1 ? 'try' : 'tries'}`;
  const asked =
    fault.delay !== null && fault.delay > LONGEST_ASKED
      ? `, and asks to wait ${Math.ceil(fault.delay)} s`
      : '';
  return new NeuroMfaError(
    'unreachable',
    url,
    `${fault.message}${times}${asked}`,
    'Check the connection, and try again later',
    { cause: fault },
  );
}

function nextUrl(location: string, from: URL): URL | null {
  try {
    const url = new URL(location, from);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : null;
  } catch {
    return null;
  }
}

function sleepFor(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(end, seconds * 1000);
    function end(): void {
      signal?.removeEventListener('abort', stop);
      resolve();
    }
    function stop(): void {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    }
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
