/** Faults of servers and connections, in words that users can act on. */
import { NeuroMfaError } from '../protocol/errors';
import { systemCode } from '../core/systemCode';
import { ProxyRefusal } from './proxy';

/** A fault that a retry may cure. Its message says what was wrong, without the name of the file. */
export class PassingFault extends Error {
  /** @param delay wait in seconds that the server asks for; null if it asks for none. */
  constructor(
    message: string,
    readonly delay: number | null = null,
    /** Whether there should be fewer simultaneous requests. */
    readonly crowded = false,
    /** Whether no server was reached. */
    readonly unreached = false,
  ) {
    super(message);
  }
}

const UNREACHED: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known to the network',
  EAI: 'its name cannot be looked up now',
  ECONNREFUSED: 'it refuses connections',
  EHOSTUNREACH: 'no way leads to it',
  ENETUNREACH: 'the network is not reachable',
  ENETDOWN: 'the network is down',
  ETIMEDOUT: 'it does not answer',
};

const CERTIFICATE =
  /^(?:ERR_TLS_CERT|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_CA|HOSTNAME_MISMATCH|ERR_SSL|EPROTO)/;

/** Classifies a failed connection: a {@link PassingFault}, or an error that a retry cannot cure. */
export function connectionFault(error: unknown, url: string, host: string): Error {
  if (error instanceof NeuroMfaError || error instanceof PassingFault) return error;
  if (error instanceof ProxyRefusal)
    return new NeuroMfaError(
      'unreachable',
      url,
      error.message,
      'Check HTTPS_PROXY and NO_PROXY, and what the proxy lets through',
    );
  const code = systemCode(error) ?? '';
  if (CERTIFICATE.test(code))
    return new NeuroMfaError(
      'unreachable',
      url,
      `the certificate of ${host} cannot be verified (${code})`,
      'Where your network has certificates of its own, name their file in NODE_EXTRA_CA_CERTS; else do not trust the server',
    );
  // The system has a dozen error codes for failed name lookups.
  const words = UNREACHED[code.startsWith('EAI_') ? 'EAI' : code];
  if (words !== undefined) return new PassingFault(`${host} cannot be reached: ${words}`, null, false, true);
  return new PassingFault(`the connection to ${host} broke${code && ` (${code})`}`);
}

/** The server's own code for a refusal, as the Hub sends it. */
export const codeOf = (headers: Readonly<Record<string, string | string[] | undefined>>): string | null =>
  textOf(headers['x-error-code']);

export function textOf(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}

/**
 * Seconds that a server asks to wait, in `Retry-After` or in a header like the Hub's `RateLimit: "api";r=0;t=55`; null if it asks
 * for none.
 */
export function askedDelay(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  now: number,
): number | null {
  const limit = textOf(headers['ratelimit']);
  const left = limit === null ? undefined : /(?:^|[;\s])r=(\d+)/.exec(limit)?.[1];
  const reset = limit === null ? undefined : /(?:^|[;\s])t=(\d+)/.exec(limit)?.[1];
  if (reset !== undefined && (left === undefined || left === '0')) return Number(reset);
  const after = textOf(headers['retry-after'])?.trim();
  if (after === undefined) return null;
  if (/^\d+$/.test(after)) return Number(after);
  const until = Date.parse(after);
  return Number.isNaN(until) ? null : Math.max(0, (until - now) / 1000);
}

/** Statuses that a retry may cure. */
export const isPassing = (status: number): boolean => [408, 425, 429, 500, 502, 503, 504].includes(status);
