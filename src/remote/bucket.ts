/** Buckets with the API of Amazon S3: https://docs.aws.amazon.com/AmazonS3/latest/API/ */
import { NeuroMfaError } from '../protocol/errors';
import type { Location } from '../protocol/subject';
import { addressOf, type BucketAddress } from './address';
import type { BucketKeys } from './environment';
import { expiredKeys, isExpiredKeys } from './expiry';
import { textOf } from './faults';
import { badList } from './json';
import type { CachedAnswers } from './cachedAnswers';
import { foldersOf, MAX_ENTRIES, MAX_LIST_BYTES, within, type RemoteEntry, type RemotePlace } from './place';
import { remembered } from './remembered';
import type { RemoteFile } from './remoteFile';
import { encoded, signedHeaders } from './signature';
import { bodyOf, type Answer, type Transport } from './transport';

export interface BucketOptions {
  /** Null for Amazon's own servers. */
  endpoint: string | null;
  region: string;
  /** Asked for each signature, because temporary keys are renewed in their files. Null: asks without saying who asks. */
  keys: () => BucketKeys | null;
  /** For tests. */
  now?: () => Date;
}

interface Listed extends RemoteEntry {
  etag: string | null;
}

interface Listing {
  files: Map<Location, Listed>;
  folders: Map<Location, Map<string, RemoteEntry>>;
}

const MAX_PAGES = MAX_ENTRIES / 1000;
const MD5 = /^[0-9a-f]{32}$/;

export class Buckets implements RemotePlace {
  /** All files below a folder, by its location. */
  readonly #listings = new Map<string, Promise<Listing>>();

  constructor(
    private readonly transport: Transport,
    private readonly kept: CachedAnswers,
    private readonly options: BucketOptions,
  ) {}

  /** Asks again from now on. */
  forget(): void {
    this.#listings.clear();
  }

  async list(location: Location, signal: AbortSignal | undefined): Promise<readonly RemoteEntry[] | null> {
    const listing = await this.#around(location, signal);
    const folder = listing?.folders.get(location);
    return folder && folder.size > 0 ? [...folder.values()] : null;
  }

  async below(
    location: Location,
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<Location, RemoteEntry>> {
    const listing = await this.#around(location, signal);
    return new Map([...(listing?.files ?? [])].filter(([each]) => each.startsWith(`${location}/`)));
  }

  async find(location: Location, signal: AbortSignal | undefined): Promise<RemoteEntry | null> {
    const listing = await this.#around(location, signal);
    if (!listing) return null;
    const file = listing.files.get(location);
    if (file) return file;
    const held = listing.folders.get(location)?.size ?? 0;
    return held > 0
      ? { name: location.split('/').at(-1)!, kind: 'folder', bytes: null, modified: 0, content: null }
      : null;
  }

  async file(location: Location, signal: AbortSignal | undefined): Promise<RemoteFile> {
    const found = (await this.#around(location, signal))?.files.get(location);
    const address = bucketAddressOf(location);
    if (!found || !address || found.bytes === null)
      throw new NeuroMfaError('missing', location, 'there is no such file in the bucket', 'Check the name');
    const url = this.#urlOf(address.bucket, address.path);
    return {
      url: location,
      size: found.bytes,
      validator: found.etag,
      sha256: null,
      lasting: found.etag !== null,
      sign: () => Promise.resolve({ url: url.href, headers: this.#signature(url) }),
    };
  }

  /** All files in the folder of a location, listed now if they have not been before; null above the buckets. */
  async #around(location: Location, signal: AbortSignal | undefined): Promise<Listing | null> {
    const address = bucketAddressOf(location);
    if (!address) return null;
    for (const [folder, listing] of this.#listings)
      if (location === folder || location.startsWith(`${folder}/`)) return listing;
    // The name may be that of a file: this also lists the files beside it, but not those of other folders.
    const own = await this.#listed(location, signal);
    if (own.files.size > 0 || address.path === '') return own;
    this.#listings.delete(location);
    return this.#listed(location.slice(0, location.lastIndexOf('/')), signal);
  }

  #listed(folder: Location, signal: AbortSignal | undefined): Promise<Listing> {
    return remembered(this.#listings, folder, signal, async () => {
      const { bucket, path } = bucketAddressOf(folder)!;
      const prefix = path === '' ? '' : `${path}/`;
      const files = new Map<Location, Listed>();
      let after: string | null = null;
      for (let pages = 0; pages === 0 || after !== null; pages++) {
        if (pages === MAX_PAGES) throw badList(folder);
        const url = this.#urlOf(bucket, '');
        url.searchParams.set('list-type', '2');
        url.searchParams.set('prefix', prefix);
        if (after !== null) url.searchParams.set('continuation-token', after);
        // Encoded as in the signature.
        url.search = [...url.searchParams]
          .map(([key, value]) => `${encoded(key)}=${encoded(value)}`)
          .sort()
          .join('&');
        const page = await this.#page(url, folder, signal);
        for (const { key, ...entry } of page.entries) {
          const below = key.slice(prefix.length);
          if (!key.startsWith(prefix) || !isPlain(below)) continue;
          files.set(within(folder, below), { ...entry, name: below.split('/').at(-1)! });
        }
        after = page.next;
      }
      return { files, folders: foldersOf(folder, files) };
    });
  }

  async #page(url: URL, folder: Location, signal: AbortSignal | undefined): Promise<Page> {
    const text = await this.kept.text(`bucket ${url.href}`, { place: url.host }, () =>
      this.transport.retried(url.origin + url.pathname, signal, () =>
        this.transport.ask({ url: url.href, headers: this.#signature(url), signal }, async (answer) => {
          if (answer.status !== 200) throw await this.refusal(answer, folder);
          const body = (await bodyOf(answer, MAX_LIST_BYTES)).toString('utf8');
          pageIn(body, folder);
          return body;
        }),
      ),
    );
    return pageIn(text ?? '', folder);
  }

  /** Why a bucket server refused a request. */
  async refusal(answer: Answer, location: Location): Promise<NeuroMfaError> {
    const text =
      answer.status < 500 ? (await bodyOf(answer, 65_536).catch(() => Buffer.alloc(0))).toString('utf8') : '';
    const code = elementIn(text, 'Code');
    const said = code === null ? `${answer.status}` : `${answer.status} ${code}`;
    if (answer.status === 301 || code === 'PermanentRedirect' || code === 'AuthorizationHeaderMalformed')
      return new NeuroMfaError(
        'unreachable',
        location,
        `the bucket is in another region (${textOf(answer.headers['x-amz-bucket-region']) ?? said})`,
        'Set AWS_REGION to it',
      );
    if (isExpiredKeys(code)) return expiredKeys(location);
    if (answer.status === 404)
      return new NeuroMfaError(
        'missing',
        location,
        code === 'NoSuchBucket' ? 'there is no such bucket' : `the server has no such thing (${said})`,
        'Check the address, and AWS_ENDPOINT_URL',
      );
    if (answer.status === 401 || answer.status === 403)
      return this.options.keys() === null
        ? new NeuroMfaError(
            'forbidden',
            location,
            `not everybody may read this (${said}), and no keys are given`,
            'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE',
          )
        : new NeuroMfaError(
            'forbidden',
            location,
            `the keys are wrong, or may not read this (${said})`,
            'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_PROFILE, and what they may read',
          );
    return new NeuroMfaError(
      'unreadable',
      location,
      `the server answered ${said}`,
      'Check the address, and AWS_ENDPOINT_URL',
    );
  }

  #urlOf(bucket: string, key: string): URL {
    const { endpoint, region } = this.options;
    const path = key.split('/').map(encoded).join('/');
    // Certificates do not cover names with dots.
    if (endpoint !== null || bucket.includes('.'))
      return new URL(
        `${endpoint ?? `https://s3.${region}.amazonaws.com`}/${encoded(bucket)}${path === '' ? '' : `/${path}`}`,
      );
    return new URL(`https://${bucket}.s3.${region}.amazonaws.com/${path}`);
  }

  #signature(url: URL): Record<string, string> {
    const { region, now = () => new Date() } = this.options;
    const keys = this.options.keys();
    return keys === null ? {} : signedHeaders('GET', url, keys, region, now());
  }
}

interface Page {
  entries: (Omit<Listed, 'name'> & { key: string })[];
  next: string | null;
}

/** One page of the listing of a bucket. */
function pageIn(xml: string, folder: Location): Page {
  if (!/<ListBucketResult[\s>]/.test(xml)) throw badList(folder);
  const entries = [...xml.matchAll(/<Contents>([^]*?)<\/Contents>/g)].flatMap(([, item]) => {
    const key = elementIn(item!, 'Key');
    const size = elementIn(item!, 'Size');
    if (key === null || size === null || !/^\d{1,15}$/.test(size)) return [];
    const etag = elementIn(item!, 'ETag');
    const hash = etag?.replaceAll('"', '') ?? '';
    // For multipart uploads and encrypted files, it is not a hash of the content; equal ETags still mean equal content.
    const content = MD5.test(hash) ? `md5:${hash}` : null;
    const modified = Date.parse(elementIn(item!, 'LastModified') ?? '');
    return [
      {
        key,
        kind: 'file' as const,
        bytes: Number(size),
        modified: Number.isNaN(modified) ? 0 : modified,
        content,
        etag: etag === null ? null : `"${hash}"`,
      },
    ];
  });
  const truncated = elementIn(xml, 'IsTruncated') === 'true';
  return { entries, next: truncated ? elementIn(xml, 'NextContinuationToken') : null };
}

/** Text of the first element with this name. */
function elementIn(xml: string, name: string): string | null {
  const from = xml.indexOf(`<${name}>`);
  const to = xml.indexOf(`</${name}>`, from);
  return from < 0 || to < 0
    ? null
    : xml
        .slice(from + name.length + 2, to)
        .replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,4}));/gi, reference);
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function reference(all: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return NAMED[name] ?? all;
  const code = decimal === undefined ? parseInt(hex!, 16) : Number(decimal);
  return code <= 0x10ffff ? String.fromCodePoint(code) : all;
}

/** Names that a location can contain and that cannot lead out of their folder. */
function isPlain(path: string): boolean {
  // eslint-disable-next-line no-control-regex -- this pattern looks for control characters
  if (/[\s\x00-\x1f\x7f\\?#]/.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** Null above the buckets. */
function bucketAddressOf(location: Location): BucketAddress | null {
  if (!/^s3:\/\/[^/]/.test(location)) return null;
  const address = addressOf(location);
  return address.scheme === 's3' ? address : null;
}
