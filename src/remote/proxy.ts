/** The way to a server: directly, or through the proxy that the environment or the editor names. */
import { Agent as HttpAgent, request as httpRequest, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

export interface ProxyChoice {
  /** For `https:` addresses; null for none. */
  https: URL | null;
  /** For `http:` addresses; null for none. */
  http: URL | null;
  /** Hosts that are asked directly, as `NO_PROXY` writes them. */
  except: readonly string[];
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Variables that are set to nothing are not set. */
const given = (word: string | undefined): string | undefined => (word === '' ? undefined : word);

/** What the environment names. Only lower-case `http_proxy` counts, as for other programs: a server may set the other. */
export function proxiesOf(env: Variables): ProxyChoice {
  const all = env['all_proxy'] ?? env['ALL_PROXY'];
  return {
    https: proxyUrl(given(env['https_proxy']) ?? given(env['HTTPS_PROXY']) ?? all),
    http: proxyUrl(given(env['http_proxy']) ?? all),
    except: (env['no_proxy'] ?? env['NO_PROXY'] ?? '').split(/[\s,]+/).filter(Boolean),
  };
}

/** Null for what is no address of a proxy that this program can use. */
export function proxyUrl(word: string | undefined): URL | null {
  if (!word) return null;
  try {
    const url = new URL(/^[a-z]+:\/\//i.test(word) ? word : `http://${word}`);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : null;
  } catch {
    return null;
  }
}

/** The proxy for an address; null where it is asked directly. */
export function proxyFor(url: URL, { http, https, except }: ProxyChoice): URL | null {
  const proxy = url.protocol === 'https:' ? https : http;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return proxy && !except.some((each) => isExcepted(url.hostname, port, each)) ? proxy : null;
}

/** `*`, `host`, `.domain`, `*.domain`, `domain` (and what is below it), each with a port or without. */
function isExcepted(host: string, port: string, rule: string): boolean {
  if (rule === '*') return true;
  const [, name = rule, only] = /^(.*?)(?::(\d+))?$/.exec(rule) ?? [];
  if (only !== undefined && only !== port) return false;
  const domain = name.replace(/^\*?\./, '').toLowerCase();
  const own = host.replace(/^\[|\]$/g, '').toLowerCase();
  return domain !== '' && (own === domain || own.endsWith(`.${domain}`));
}

/** An agent whose connections go through `CONNECT` of a proxy. */
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

/** A proxy that does not let us through; its message says why. */
export class ProxyRefusal extends Error {}

export function proxyAuthorization({ username, password }: URL): Record<string, string> {
  if (!username) return {};
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` };
}

/** Agents that keep connections to one origin open. */
export function agentFor(url: URL, proxy: URL | null, options: AgentOptions): HttpAgent {
  if (url.protocol !== 'https:') return new HttpAgent(options);
  return proxy ? new TunnelAgent(proxy, options) : new HttpsAgent(options);
}
