/** Files of web servers; folders too if the server lists them as nginx does, or has a `run.json`. */
import { NeuroMfaError } from '../protocol/errors';
import type { Location } from '../protocol/subject';
import { type AddressSecret } from './address';
import { textOf } from './faults';
import { badList, fields, parseList, sizeIn, textIn } from './json';
import type { CachedAnswers } from './cachedAnswers';
import { MAX_ENTRIES, MAX_LIST_BYTES, within, type RemoteEntry, type RemotePlace } from './place';
import { remembered } from './remembered';
import type { RemoteFile, SignedUrl } from './remoteFile';
import { expired } from './expiry';
import { bodyOf, type Answer, type Transport } from './transport';

/** A file according to its server. */
interface Seen {
  size: number;
  validator: string | null;
  modified: number;
}

/** A user's options for a place and everything below it. */
export interface WebChoice {
  secret: AddressSecret | null;
  trusted: boolean;
}

const MAX_LEVELS = 8;
const INDEX = 'run.json';

export class Web implements RemotePlace {
  readonly #choices = new Map<Location, WebChoice>();
  readonly #lists = new Map<string, Promise<readonly RemoteEntry[] | null>>();
  readonly #seen = new Map<string, Promise<Seen | 'folder' | null>>();

  constructor(
    private readonly transport: Transport,
    private readonly kept: CachedAnswers,
  ) {}

  /** @throws NeuroMfaError `unsupported` if the place was named with another secret before: the two could not be told apart. */
  choose(location: Location, choice: WebChoice): void {
    const known = this.#choices.get(location);
    if (known && known.secret?.query !== choice.secret?.query)
      throw new NeuroMfaError(
        'unsupported',
        location,
        'it was named with another query before',
        'Name it alone',
      );
    this.#choices.set(location, choice);
  }

  /** Asks again from now on. Places that the user has named stay known. */
  forget(): void {
    this.#lists.clear();
    this.#seen.clear();
  }

  list(location: Location, signal: AbortSignal | undefined): Promise<readonly RemoteEntry[] | null> {
    if (!isBelowHost(location)) return Promise.resolve(null);
    return remembered(this.#lists, location, signal, async () => {
      const own = await this.#nginxList(location, signal);
      return own ?? (await this.#indexed(location, signal));
    });
  }

  async below(
    location: Location,
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<Location, RemoteEntry>> {
    const files = new Map<Location, RemoteEntry>();
    let level = [location];
    for (let depth = 0; level.length > 0 && depth <= MAX_LEVELS; depth++) {
      const next: Location[] = [];
      const lists = await Promise.all(
        level.map(async (folder) => ({ folder, entries: await this.list(folder, signal) })),
      );
      for (const { folder, entries } of lists) {
        for (const entry of entries ?? []) {
          if (entry.kind === 'folder') next.push(within(folder, entry.name));
          else files.set(within(folder, entry.name), entry);
        }
      }
      if (files.size + next.length > MAX_ENTRIES) throw badList(location);
      level = next;
    }
    return files;
  }

  async find(location: Location, signal: AbortSignal | undefined): Promise<RemoteEntry | null> {
    if (!isBelowHost(location)) return null;
    const name = location.split('/').at(-1)!;
    const folder = location.slice(0, location.lastIndexOf('/'));
    const listed = await this.#lists.get(folder);
    if (listed) return listed.find((each) => each.name === name) ?? null;
    const asFolder = { name, kind: 'folder' as const, bytes: null, modified: 0, content: null };
    const isHost = new URL(location).pathname === '/';
    if (isHost || (await this.#lists.get(location))) return asFolder;
    const seen = await this.#look(location, signal);
    if (seen === 'folder') return asFolder;
    return seen && { name, kind: 'file', bytes: seen.size, modified: seen.modified, content: null };
  }

  async file(location: Location, signal: AbortSignal | undefined): Promise<RemoteFile> {
    const seen = await this.#look(location, signal);
    if (seen === null || seen === 'folder')
      throw new NeuroMfaError('missing', location, 'the server has no such file', 'Check the address');
    if (seen.validator === null && !this.#isTrusted(location))
      throw new NeuroMfaError(
        'unsupported',
        location,
        'its server sends no ETag and no Last-Modified, so a change of the file would go unnoticed',
        'Download it, or read it all the same with --trust-server',
      );
    return {
      url: location,
      size: seen.size,
      validator: seen.validator,
      sha256: null,
      // Only a strong ETag identifies the bytes. Two queries may be two files, and are not part of a location.
      lasting: seen.validator?.startsWith('"') === true && this.#chosen(location).secret?.query == null,
      sign: () => Promise.resolve(this.#signed(location)),
    };
  }

  /** A whole server is trusted, not a single file: files beside the named one are also read. */
  #isTrusted(location: Location): boolean {
    const { origin } = new URL(location);
    return [...this.#choices].some(([each, { trusted }]) => trusted && new URL(each).origin === origin);
  }

  #chosen(location: Location): WebChoice {
    const holding = [...this.#choices.keys()].filter(
      (each) => location === each || location.startsWith(`${each}/`),
    );
    const nearest = holding.sort((a, b) => b.length - a.length)[0];
    return (
      (nearest === undefined ? undefined : this.#choices.get(nearest)) ?? { secret: null, trusted: false }
    );
  }

  #signed(location: Location, slash = ''): SignedUrl {
    const { secret } = this.#chosen(location);
    const user = secret?.user ?? null;
    return {
      url: `${location}${slash}${secret?.query == null ? '' : `?${secret.query}`}`,
      headers: user === null ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` },
    };
  }

  /** The file at a location, found by requesting its first byte. */
  #look(location: Location, signal: AbortSignal | undefined): Promise<Seen | 'folder' | null> {
    return remembered(this.#seen, location, signal, async () => {
      const asked = { ...this.#signed(location), open: { range: 'bytes=0-0' }, stopAtOrigin: false, signal };
      const found = (): Promise<Seen | 'folder' | null> =>
        this.transport.retried(location, signal, () =>
          this.transport.ask(asked, async (answer) => {
            const { pathname } = new URL(answer.url);
            if (pathname.endsWith('/') && pathname.slice(0, -1) === new URL(location).pathname)
              return 'folder';
            const { status, headers } = answer;
            if (status === 404 || status === 410) return null;
            // A signature of one file says nothing of those beside it, which some servers call a bad request.
            const refused = status === 401 || status === 403;
            if ((refused || status === 400) && this.#isBesideNamed(location)) return null;
            if (refused) throw this.#forbidden(location, status);
            const total = /^bytes (?:0-0|\*)\/(\d{1,15})$/.exec(textOf(headers['content-range']) ?? '')?.[1];
            if (status === 416 && total === '0')
              return { size: 0, validator: validatorOf(answer), modified: modifiedOf(answer) };
            if (status === 200) throw noRanges(answer, location);
            if (status !== 206 || total === undefined)
              throw new NeuroMfaError(
                'unreadable',
                location,
                `the server answered ${status}`,
                'Check the address',
              );
            await bodyOf(answer, 1, { exact: true, shown: location });
            return { size: Number(total), validator: validatorOf(answer), modified: modifiedOf(answer) };
          }),
        );
      const text = await this.#kept('file', location, async () => JSON.stringify(await found()));
      const seen = seenIn(text);
      return seen === undefined ? found() : seen;
    });
  }

  /** Whether a location was not named itself and is beside a file that was named with its own secret. */
  #isBesideNamed(location: Location): boolean {
    const folder = location.slice(0, location.lastIndexOf('/') + 1);
    return (
      this.#chosen(location).secret === null &&
      [...this.#choices].some(
        ([each, { secret }]) =>
          secret !== null && each.startsWith(folder) && !each.slice(folder.length).includes('/'),
      )
    );
  }

  #forbidden(location: Location, status: number): NeuroMfaError {
    const known = this.#chosen(location).secret !== null;
    const late = known && expired(this.#signed(location).url, location);
    if (late) return late;
    return known
      ? new NeuroMfaError(
          'forbidden',
          location,
          `the server does not accept what the address says of who asks (${status})`,
          'Get a new address, or check user and password',
        )
      : new NeuroMfaError(
          'forbidden',
          location,
          `not everybody may read this (${status})`,
          'Name the address with its signature, or as https://user:password@host/path',
        );
  }

  /** A folder's listing in nginx's format (`autoindex_format json`); null for other answers. */
  async #nginxList(location: Location, signal: AbortSignal | undefined): Promise<RemoteEntry[] | null> {
    const asked = { ...this.#signed(location, '/'), open: { accept: 'application/json' }, signal };
    const text = await this.#kept('list', location, () =>
      this.transport.retried(location, signal, () =>
        this.transport.ask(asked, async (answer) => {
          if (answer.status === 401 && this.#isBesideNamed(within(location, INDEX))) return null;
          if (answer.status === 401) throw this.#forbidden(location, answer.status);
          if (answer.status !== 200 || !/\bjson\b/i.test(textOf(answer.headers['content-type']) ?? ''))
            return null;
          const body = await bodyOf(answer, MAX_LIST_BYTES, { shown: location });
          parseList(body, location);
          return body.toString('utf8');
        }),
      ),
    );
    const list = text === null ? null : parseList(Buffer.from(text), location);
    return Array.isArray(list) ? list.flatMap((item) => entryIn(item)) : null;
  }

  /** The nearest folder, this one or above it, that has a list of its files. */
  async #indexed(location: Location, signal: AbortSignal | undefined): Promise<RemoteEntry[] | null> {
    const paths = await this.#index(location, signal);
    if (!paths) return null;
    // All folders on the way are now known.
    const folders = new Map<Location, Map<string, RemoteEntry>>([[location, new Map<string, RemoteEntry>()]]);
    for (const path of paths) {
      let folder = location;
      const parts = path.split('/');
      for (const [i, name] of parts.entries()) {
        const kind = i === parts.length - 1 ? ('file' as const) : ('folder' as const);
        folders.get(folder)!.set(name, { name, kind, bytes: null, modified: 0, content: null });
        folder = within(folder, name);
        if (kind === 'folder' && !folders.has(folder)) folders.set(folder, new Map<string, RemoteEntry>());
      }
    }
    for (const [folder, entries] of folders)
      if (folder !== location) this.#lists.set(folder, Promise.resolve([...entries.values()]));
    return [...folders.get(location)!.values()];
  }

  async #index(location: Location, signal: AbortSignal | undefined): Promise<string[] | null> {
    const index = within(location, INDEX);
    const asked = { ...this.#signed(index), open: { accept: 'application/json' }, signal };
    const text = await this.#kept('index', location, () =>
      this.transport.retried(index, signal, () =>
        this.transport.ask(asked, async (answer) => {
          if (answer.status === 404 || answer.status === 403 || answer.status === 410) return null;
          if ((answer.status === 400 || answer.status === 401) && this.#isBesideNamed(index)) return null;
          if (answer.status !== 200)
            throw new NeuroMfaError(
              'unreadable',
              index,
              `the server answered ${answer.status}`,
              'Check the address',
            );
          const body = await bodyOf(answer, MAX_LIST_BYTES, { shown: index });
          parseList(body, index);
          return body.toString('utf8');
        }),
      ),
    );
    if (text === null) return null;
    const list = parseList(Buffer.from(text), index);
    const paths = Array.isArray(list) ? list.map(textIn) : [null];
    if (paths.length > MAX_ENTRIES || !paths.every((path) => path !== null && isPlain(path)))
      throw new NeuroMfaError(
        'damaged',
        index,
        'it is no list of paths in this folder',
        'Write it as ["step0/model.safetensors", …]',
      );
    return paths.map((path) => path!.split('/').map(encodeURIComponent).join('/'));
  }

  /** A server's cached answer about a place; never cached for addresses with a query, since two queries may be two files. */
  #kept(
    of: 'file' | 'list' | 'index',
    location: Location,
    ask: () => Promise<string | null>,
  ): Promise<string | null> {
    if (this.#chosen(location).secret?.query != null) return ask();
    return this.kept.text(`web ${of} ${location}`, { place: new URL(location).host }, ask);
  }
}

/** The cached facts of a file; undefined if they are not valid. */
function seenIn(text: string | null): Seen | 'folder' | null | undefined {
  const value: unknown = JSON.parse(text ?? 'null');
  if (value === null || value === 'folder') return value;
  const { size, validator, modified } = fields(value);
  const [bytes, state] = [sizeIn(size), validator === null ? null : textIn(validator)];
  return bytes !== null && typeof modified === 'number' && (validator === null || state !== null)
    ? { size: bytes, validator: state, modified }
    : undefined;
}

/** Why files cannot be read from a server that sends only whole files. */
export function noRanges({ headers }: Answer, location: Location): NeuroMfaError {
  const page = /\bhtml\b/i.test(textOf(headers['content-type']) ?? '');
  return page
    ? new NeuroMfaError(
        'unsupported',
        location,
        'its server sends a web page instead of a file, such as one to log in',
        'Check the address',
      )
    : new NeuroMfaError(
        'unsupported',
        location,
        'its server does not send parts of files',
        'Download the file, and name it',
      );
}

function validatorOf({ headers }: Answer): string | null {
  return textOf(headers.etag) ?? textOf(headers['last-modified']);
}

function modifiedOf({ headers }: Answer): number {
  const time = Date.parse(textOf(headers['last-modified']) ?? '');
  return Number.isNaN(time) ? 0 : time;
}

function entryIn(item: unknown): RemoteEntry[] {
  const { name, type, mtime, size } = fields(item);
  const own = textIn(name);
  if (own === null || !isPlain(own) || own.includes('/') || (type !== 'file' && type !== 'directory'))
    return [];
  const kind = type === 'file' ? ('file' as const) : ('folder' as const);
  const modified = Date.parse(textIn(mtime) ?? '');
  return [
    {
      name: encodeURIComponent(own),
      kind,
      bytes: kind === 'file' ? sizeIn(size) : null,
      modified: Number.isNaN(modified) ? 0 : modified,
      content: null,
    },
  ];
}

/** Names that cannot lead out of their folder. */
function isPlain(path: string): boolean {
  // eslint-disable-next-line no-control-regex -- this pattern looks for control characters
  if (path.length > 2000 || /[\x00-\x1f\x7f\\]/.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** Null above hosts. */
const isBelowHost = (location: Location): boolean => /^https?:\/\/[^/]/.test(location);
