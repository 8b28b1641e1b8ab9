/** Connections to servers: direct, or through the proxy that the environment or the editor names. */
import { Agent as HttpAgent, request as httpRequest, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

export interface ProxyChoice {
  /** Proxy for `https:` addresses; null if there is none. */
  https: URL | null;
  /** Proxy for `http:` addresses; null if there is none. */
  http: URL | null;
  /** Hosts with direct connections, in the syntax of `NO_PROXY`. */
  except: readonly string[];
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Empty variables count as not set. */
const given = (word: string | undefined): string | undefined => (word === '' ? undefined : word);

/** The proxies in the environment. As in other programs, only lowercase `http_proxy` counts: on servers, a request can set the other one. */
export function proxiesOf(env: Variables): ProxyChoice {
  const all = env['all_proxy'] ?? env['ALL_PROXY'];
  return {
    https: proxyUrl(given(env['https_proxy']) ?? given(env['HTTPS_PROXY']) ?? all),
    http: proxyUrl(given(env['http_proxy']) ?? all),
    except: (env['no_proxy'] ?? env['NO_PROXY'] ?? '').split(/[\s,]+/).filter(Boolean),
  };
}

/** Null if it is not the address of a proxy that this program can use. */
export function proxyUrl(word: string | undefined): URL | null {
  if (!word) return null;
  try {
    const url = new URL(/^[a-z]+:\/\//i.test(word) ? word : `http://${word}`);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : null;
  } catch {
    return null;
  }
}

/** The proxy for an address; null for a direct connection. */
export function proxyFor(url: URL, { http, https, except }: ProxyChoice): URL | null {
  const proxy = url.protocol === 'https:' ? https : http;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return proxy && !except.some((each) => isExcepted(url.hostname, port, each)) ? proxy : null;
}

/** `*`, `host`, `.domain`, `*.domain`, `domain` (with its subdomains), each with or without a port. */
function isExcepted(host: string, port: string, rule: string): boolean {
  if (rule === '*') return true;
  const [, name = rule, only] = /^(.*?)(?::(\d+))?$/.exec(rule) ?? [];
  if (only !== undefined && only !== port) return false;
  const domain = name.replace(/^\*?\./, '').toLowerCase();
  const own = host.replace(/^\[|\]$/g, '').toLowerCase();
  return domain !== '' && (own === domain || own.endsWith(`.${domain}`));
}

/** An agent that connects through a proxy with `CONNECT`. */
export class TunnelAgent extends HttpsAgent {
  constructor(
    private readonly proxy: URL,
    options: AgentOptions,
  ) {
    super(options);
  }

  override createConnection(
    options: ConnectionOptions,
    callback: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null {
    const target = `${options.host ?? ''}:${options.port ?? 443}`;
    const { proxy } = this;
    const secure = proxy.protocol === 'https:';
    const request = httpRequest({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port || (secure ? 443 : 80),
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...proxyAuthorization(proxy) },
      timeout: CONNECT_MS,
      ...(secure && {
        createConnection: () =>
          connectTls({ host: proxy.hostname, port: Number(proxy.port || 443), servername: proxy.hostname }),
      }),
    });
    const fail = (error: Error): void => {
      callback(error, undefined as unknown as Duplex);
    };
    request.once('connect', ({ statusCode }, socket) => {
      if (statusCode !== 200) {
        socket.destroy();
        fail(new ProxyRefusal(`the proxy ${proxy.host} answered ${statusCode ?? 'nothing'}`));
        return;
      }
      callback(
        null,
        connectTls({ ...options, socket, servername: options.servername ?? options.host ?? '' }),
      );
    });
    request.once('timeout', () =>
      request.destroy(new ProxyRefusal(`the proxy ${proxy.host} does not answer`)),
    );
    request.once('error', fail);
    request.end();
    return null;
  }
}

const CONNECT_MS = 30_000;

/** The proxy refused the connection; the message says why. */
export class ProxyRefusal extends Error {}

export function proxyAuthorization({ username, password }: URL): Record<string, string> {
  if (!username) return {};
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` };
}

/** Agents that keep connections to an origin open. */
export function agentFor(url: URL, proxy: URL | null, options: AgentOptions): HttpAgent {
  if (url.protocol !== 'https:') return new HttpAgent(options);
  return proxy ? new TunnelAgent(proxy, options) : new HttpsAgent(options);
}
