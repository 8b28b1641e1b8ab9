/**
 * Addresses of remote checkpoints, as users type them and as locations. A location never contains a secret: a query, a user
 * and a password are removed from the address and passed separately.
 */
import { NeuroMfaError } from '../protocol/errors';
import type { Location } from '../protocol/subject';

/** A model of the Hugging Face Hub, or a file or folder in it. */
export interface HubAddress {
  scheme: 'hf';
  /** `owner/model`. */
  repository: string;
  /** A branch, a tag or a commit; null if none is named: then a run has all branches with a step, anything else the main branch. */
  revision: string | null;
  /** Path in the repository, without slashes at either end; empty for the whole repository. */
  path: string;
}

/** A file, or everything below a prefix, in a bucket. */
export interface BucketAddress {
  scheme: 's3';
  bucket: string;
  /** Without slashes at either end; empty for the whole bucket. */
  path: string;
  /** Whether the address ends in a slash, which means a folder. */
  folder: boolean;
}

/** A file or a folder of a web server. */
export interface WebAddress {
  scheme: 'https' | 'http';
  /** Host, and port if it is not the default one of the scheme. */
  host: string;
  /** Encoded as in the address, without slashes at either end. */
  path: string;
  /** Whether the address ends in a slash, which means a folder. */
  folder: boolean;
}

export type RemoteAddress = HubAddress | BucketAddress | WebAddress;

/** The secrets in an address. They are sent only to its own host: never shown, stored or forwarded. */
export interface AddressSecret {
  /** Without the question mark, for example a shared access signature. */
  query: string | null;
  /** `user:password`. */
  user: string | null;
}

export interface ParsedAddress {
  address: RemoteAddress;
  /** Null if the address contains no secret. */
  secret: AddressSecret | null;
}

/** Hosts whose pages are addresses of the Hub. */
const HUB_HOSTS = ['huggingface.co', 'www.huggingface.co', 'hf.co'];
const NEXT_STEP =
  'Name it as hf://owner/model, hf://owner/model@revision, s3://bucket/prefix/ or https://host/path';
const SCHEME = /^([a-z][a-z0-9+.-]+):\/\//i;
/** Names of the Hub's owners and models. */
const NAME = /^[\w.-]{1,96}$/;
const BUCKET = /^[a-z0-9][a-z0-9._-]{1,253}[a-z0-9]$/i;
/** Longer than any meaningful address. */
const MAX_CHARACTERS = 2000;

/** Whether a word is an address, not a path on this machine. */
export const isAddress = (word: string): boolean => SCHEME.test(word);

/**
 * Parses an address.
 * @param hubHost host of the Hub if it is not the public one, see `HF_ENDPOINT`.
 * @throws NeuroMfaError `unsupported` or `usage`. Messages never contain a query or a user.
 */
export function parseAddress(word: string, hubHost?: string): ParsedAddress {
  const text = word.trim();
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) throw wrong(withoutSecrets(text), 'this is not an address');
  if (text.length > MAX_CHARACTERS) throw wrong(withoutSecrets(text), 'it is longer than any address');
  // eslint-disable-next-line no-control-regex -- this pattern looks for control characters
  if (/[\s\x00-\x1f\x7f\\]/.test(text))
    throw wrong(withoutSecrets(text), 'it has characters that no address has');
  if (scheme === 'hf') return { address: hubAddress(text.slice('hf://'.length), text), secret: null };
  if (scheme === 's3') return { address: bucketAddress(text.slice('s3://'.length), text), secret: null };
  if (scheme === 'https' || scheme === 'http') return webAddress(text, hubHost);
  throw new NeuroMfaError(
    'unsupported',
    withoutSecrets(text),
    `NeuroMFA reads no "${scheme}" addresses`,
    NEXT_STEP,
  );
}

/** The location of an address: without secrets, and equal for equal places. */
export function locationOf(address: RemoteAddress): Location {
  const below = address.path === '' ? '' : `/${address.path}`;
  switch (address.scheme) {
    case 'hf': {
      const { repository, revision } = address;
      return `hf://${repository}${revision === null ? '' : `@${encodeURIComponent(revision)}`}${below}`;
    }
    case 's3':
      return `s3://${address.bucket}${below}`;
    default:
      return `${address.scheme}://${address.host}${below}`;
  }
}

/** The address of a location that `locationOf` made. @throws NeuroMfaError as {@link parseAddress}. */
export function addressOf(location: Location): RemoteAddress {
  const { address, secret } = parseAddress(location);
  if (secret) throw wrong(withoutSecrets(location), 'a location holds no query and no user');
  return address;
}

/** An address without user and query, which may be shown and stored. Other words are returned unchanged. */
export function withoutSecrets(word: string): string {
  const scheme = SCHEME.exec(word.trim())?.[1]?.toLowerCase();
  if (scheme === undefined) return word;
  // The Hub's revisions also follow an @.
  if (scheme === 'hf') return word.replace(/[?#].*$/s, '');
  try {
    const { host, pathname } = new URL(word);
    return `${scheme}://${host}${pathname}`;
  } catch {
    // Any part of it may be secret.
    return `${scheme}://…`;
  }
}

function hubAddress(rest: string, text: string): HubAddress {
  if (/[?#]/.test(rest)) throw wrong(withoutSecrets(text), 'an address of the Hub has no query');
  const [owner = '', name = '', ...below] = rest.replace(/\/+$/, '').split('/');
  if (['datasets', 'spaces', 'buckets'].includes(owner))
    throw wrong(text, `checkpoints are in models, and this names one of the Hub's ${owner}`);
  const at = name.indexOf('@');
  const model = at < 0 ? name : name.slice(0, at);
  let revision = at < 0 ? null : decoded(name.slice(at + 1), text);
  let path = below;
  // References of pull requests and conversions contain slashes; their prefix identifies them.
  if (revision === 'refs' && below.length >= 2) {
    revision = ['refs', ...below.slice(0, 2)].join('/');
    path = below.slice(2);
  }
  if (revision === '') throw wrong(text, 'it names an empty revision');
  return {
    scheme: 'hf',
    repository: checkedRepository(owner, model, text),
    revision,
    path: checkedPath(path, text),
  };
}

function checkedRepository(owner: string, model: string, text: string): string {
  const isName = (name: string): boolean => NAME.test(name) && !/^\.+$/.test(name);
  if (!isName(owner) || !isName(model))
    throw wrong(text, 'it does not name a model of the Hub as owner/model');
  return `${owner}/${model}`;
}

function bucketAddress(rest: string, text: string): BucketAddress {
  if (/[?#]/.test(rest)) throw wrong(withoutSecrets(text), 'an address of a bucket has no query');
  const [bucket = '', ...below] = rest.split('/');
  if (!BUCKET.test(bucket)) throw wrong(text, 'it does not name a bucket');
  const folder = below.length === 0 || below.at(-1) === '';
  return {
    scheme: 's3',
    bucket,
    path: checkedPath(
      below.filter((part, i) => part || i < below.length - 1),
      text,
    ),
    folder,
  };
}

function webAddress(text: string, hubHost: string | undefined): ParsedAddress {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw wrong(withoutSecrets(text), 'this is not an address');
  }
  const hosts = hubHost === undefined ? HUB_HOSTS : [...HUB_HOSTS, hubHost];
  const scheme = url.protocol === 'http:' ? 'http' : 'https';
  if (hosts.includes(url.host)) {
    const address = hubPage(url, withoutSecrets(text));
    if (address) return { address, secret: null };
  }
  const query = url.search.slice(1);
  const user =
    url.username || url.password
      ? `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
      : null;
  const parts = url.pathname.split('/').slice(1);
  const folder = parts.at(-1) === '';
  const path = parts.filter((part, i) => part || i < parts.length - 1).join('/');
  if (path.includes('//') || path.startsWith('/'))
    throw wrong(withoutSecrets(text), 'it has an empty name between two slashes');
  const secret = query || user ? { query: query || null, user } : null;
  return { address: { scheme, host: url.host, path, folder }, secret };
}

/** The model on a page of the Hub; null for other pages. */
function hubPage({ pathname }: URL, text: string): HubAddress | null {
  const [owner = '', model = '', page, ...rest] = pathname.replace(/\/+$/, '').slice(1).split('/');
  if (owner === 'datasets' || owner === 'spaces')
    throw wrong(text, `checkpoints are in models, and this names one of the Hub's ${owner}`);
  // The Hub's API, and its files by hash, are not pages.
  if (owner === 'api' || model === '') return null;
  const repository = checkedRepository(owner, model, text);
  if (page === undefined) return { scheme: 'hf', repository, revision: null, path: '' };
  if (!['tree', 'blob', 'resolve', 'raw', 'commit'].includes(page) || rest.length === 0)
    return { scheme: 'hf', repository, revision: null, path: '' };
  const [first = '', ...below] = rest.map((part) => decoded(part, text));
  const isReference = first === 'refs' && below.length >= 2;
  const revision = isReference ? [first, ...below.slice(0, 2)].join('/') : first;
  return {
    scheme: 'hf',
    repository,
    revision,
    path: checkedPath(isReference ? below.slice(2) : below, text),
  };
}

/** Names that cannot lead out of their folder. */
function checkedPath(parts: readonly string[], text: string): string {
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    throw wrong(text, 'it has an empty name, or one of dots alone, between two slashes');
  return parts.join('/');
}

function decoded(word: string, text: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    throw wrong(text, 'it has a percent sign that encodes nothing');
  }
}

const wrong = (text: string, cause: string): NeuroMfaError =>
  new NeuroMfaError('usage', text, cause, NEXT_STEP);
