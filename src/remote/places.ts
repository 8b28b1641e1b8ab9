/** All remote files by location, at every kind of place. What was found once is not looked for again until that is asked for. */
import { createHash } from 'node:crypto';
import type { EntryState } from '../core/storage/storage';
import { NeuroMfaError } from '../protocol/errors';
import type { Location } from '../protocol/subject';
import { locationOf, parseAddress, type RemoteAddress } from './address';
import { Buckets } from './bucket';
import type { AnswerCacheOptions, OnOld, RemoteCredentials } from './options';
import { bucketEndpoint, bucketKeys, bucketRegion, hubEndpoint, hubToken, ownHubHost } from './environment';
import { Hub } from './hub';
import { CachedAnswers } from './cachedAnswers';
import { CachedHeaders } from './cachedHeaders';
import type { RemoteEntry, RemotePlace } from './place';
import { proxiesOf, proxyUrl } from './proxy';
import { RangedFile, type FirstAnswer } from './rangedFile';
import { remembered } from './remembered';
import type { RemoteFile } from './remoteFile';
import { Speed } from './speed';
import { Transport, type TransportOptions } from './transport';
import { Web } from './web';

type Variables = Readonly<Record<string, string | undefined>>;

/** An address from a user. */
export interface Named {
  address: RemoteAddress;
  location: Location;
}

export class Places {
  readonly transport: Transport;
  readonly speed = new Speed();
  readonly #kept: CachedAnswers;
  readonly #hub: Hub;
  readonly #web: Web;
  #buckets: Buckets | null = null;
  readonly #files = new Map<string, Promise<RangedFile>>();
  readonly #firstAnswers = new Map<string, { answer: FirstAnswer | null }>();
  #credentials: RemoteCredentials = {};

  constructor(
    private readonly env: Variables,
    { onOld, ...options }: Omit<TransportOptions, 'proxies'> & { onOld?: OnOld } = {},
  ) {
    this.#kept = new CachedAnswers(onOld);
    this.transport = new Transport({ ...options, proxies: proxiesOf(env) });
    const token = (): string | null => this.#credentials.hubToken ?? hubToken(env);
    this.#hub = new Hub(this.transport, this.#kept, hubEndpoint(env), token);
    this.#web = new Web(this.transport, this.#kept);
  }

  /** Applies from now on; requests that were refused before are made again. */
  use(credentials: RemoteCredentials): void {
    this.#credentials = credentials;
    const own = proxiesOf(this.env);
    const proxy = proxyUrl(credentials.proxy);
    this.transport.proxies = {
      https: proxy ?? own.https,
      http: proxy ?? own.http,
      except: [...own.except, ...(credentials.noProxy ?? [])],
    };
  }

  /** Applies from now on. */
  keep(options: AnswerCacheOptions): void {
    this.#kept.keep(options);
  }

  /** Asks servers again what is there. Readers of files that are others now fail with `changed`. */
  renew(): void {
    this.#forget();
    this.#firstAnswers.clear();
    this.#kept.renew();
  }

  /** See {@link CachedAnswers.oldest}. */
  get oldest(): number | null {
    return this.#kept.oldest;
  }

  /**
   * Registers an address from a user. Its secrets are kept in memory and sent only to its own host.
   * @throws NeuroMfaError as `parseAddress`.
   */
  name(word: string, trusted: boolean): Named {
    const { address, secret } = parseAddress(word, ownHubHost(this.env));
    const location = locationOf(address);
    if (address.scheme === 'https' || address.scheme === 'http')
      this.#web.choose(location, { secret, trusted });
    return { address, location };
  }

  /** Branches and tags of a model, with their commits. */
  references(repository: string, signal: AbortSignal | undefined): Promise<Map<string, string>> {
    return this.#hub.references(repository, signal);
  }

  list(location: Location, signal: AbortSignal | undefined): Promise<readonly RemoteEntry[] | null> {
    return this.#placeOf(location).list(location, signal);
  }

  below(location: Location, signal: AbortSignal | undefined): Promise<ReadonlyMap<Location, RemoteEntry>> {
    return this.#placeOf(location).below(location, signal);
  }

  find(location: Location, signal: AbortSignal | undefined): Promise<RemoteEntry | null> {
    return this.#placeOf(location).find(location, signal);
  }

  /** State of the file or folder at a location; null if there is none. */
  async stat(location: Location, signal: AbortSignal | undefined): Promise<EntryState | null> {
    const found = await this.find(location, signal);
    if (!found) return null;
    if (found.kind === 'folder')
      return { kind: 'folder', bytes: 0, modified: found.modified, stamp: 'folder 0' };
    const { file, stamp } = await this.file(location, signal);
    return { kind: 'file', bytes: file.size, modified: found.modified, stamp };
  }

  /** A file that is read by range; all readers share it. */
  file(location: Location, signal: AbortSignal | undefined): Promise<RangedFile> {
    return remembered(this.#files, location, signal, async () => {
      const place = this.#placeOf(location);
      const file = await place.file(location, signal);
      const content = (await place.find(location, signal))?.content ?? null;
      const { files } = this.#kept;
      const stamp = stampOf(location, file, content);
      return new RangedFile(location, file, this.transport, this.speed, {
        stamp,
        first: this.#firstAnswer(`${location}\n${stamp}`),
        headers: files && file.lasting ? new CachedHeaders(files, stamp) : null,
        onChanged: () => {
          this.#forget();
          this.#kept.forget();
        },
      });
    });
  }

  /**
   * Of all files with one stamp: a list may give the same as before while the bytes are others. A file that is found anew after
   * that would be read on, though some of it was read of another state.
   */
  #firstAnswer(stamp: string): { answer: FirstAnswer | null } {
    const first = this.#firstAnswers.get(stamp) ?? { answer: null };
    this.#firstAnswers.set(stamp, first);
    return first;
  }

  #forget(): void {
    this.#files.clear();
    this.#hub.forget();
    this.#web.forget();
    this.#buckets?.forget();
  }

  close(): void {
    this.transport.close();
  }

  #placeOf(location: Location): RemotePlace {
    if (location.startsWith('hf://')) return this.#hub;
    if (/^https?:\/\//.test(location)) return this.#web;
    if (!location.startsWith('s3://'))
      throw new NeuroMfaError('unsupported', location, 'NeuroMFA reads no such addresses', 'Download it');
    const { env } = this;
    return (this.#buckets ??= new Buckets(this.transport, this.#kept, {
      endpoint: bucketEndpoint(env),
      region: bucketRegion(env),
      keys: () => bucketKeys(env),
    }));
  }
}

/**
 * Identifies the state of a file, as `stamp.ts` does for local files. If the server sends a hash of the content, equal content has
 * equal stamps at every place. The first word says whether the stamp is unique to this content; the last word would be the time
 * of the change, which is not known.
 */
function stampOf(
  location: Location,
  { size, validator, lasting }: Pick<RemoteFile, 'size' | 'validator' | 'lasting'>,
  content: string | null,
): string {
  const hashed = content?.startsWith('md5:') ? null : content;
  const named = hashed ?? JSON.stringify([location, validator]);
  const digest = createHash('sha256').update(named).digest('hex');
  return `${lasting ? 'remote' : 'elsewhere'} ${digest} ${size} 0`;
}
