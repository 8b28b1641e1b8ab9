/** Addresses and keys that hold for some time: which have expired, and what is to be done then. */
import { NeuroMfaError } from '../protocol/errors';
import type { Location } from '../protocol/subject';

/** Whether this is how servers of buckets refuse temporary keys whose time is over; they answer 400. */
export const isExpiredKeys = (code: string | null): boolean =>
  code === 'ExpiredToken' || code === 'TokenRefreshRequired' || code === 'ExpiredTokenException';

/** When the signature of an address ends, as the address itself says; null where it does not. */
export function expiryOf(url: string): Date | null {
  const query = new Map([...new URL(url).searchParams].map(([name, value]) => [name.toLowerCase(), value]));
  for (const kind of ['amz', 'goog']) {
    const [, ...parts] =
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get(`x-${kind}-date`) ?? '') ?? [];
    const seconds = query.get(`x-${kind}-expires`);
    const [year, month, day, hour, minute, second] = parts.map(Number);
    if (seconds !== undefined && second !== undefined)
      return valid(Date.UTC(year!, month! - 1, day, hour, minute, second) + 1000 * Number(seconds));
  }
  const epoch = query.get('expires');
  if (epoch !== undefined && /^\d{9,11}$/.test(epoch)) return valid(1000 * Number(epoch));
  const end = query.get('se');
  return end === undefined ? null : valid(Date.parse(end));
}

function valid(milliseconds: number): Date | null {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** The refusal of an address whose time is over; null where it does not say so. */
export function expired(url: string, location: Location, now = new Date()): NeuroMfaError | null {
  const end = expiryOf(url);
  if (!end || end > now) return null;
  const time = end.toISOString().slice(0, 19).replace('T', ' ');
  return new NeuroMfaError(
    'forbidden',
    location,
    `the address has expired (${time} UTC)`,
    'Get a new signed address, and name it',
  );
}

/** The refusal of temporary keys whose time is over. */
export function expiredKeys(location: Location): NeuroMfaError {
  return new NeuroMfaError(
    'forbidden',
    location,
    'the temporary keys have expired',
    'Get new ones, such as with "aws sso login" or "aws sts", set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, and try again',
  );
}
