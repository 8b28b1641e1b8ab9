/**
 * Models of the Hugging Face Hub, by its documented API: https://huggingface.co/docs/hub/api. A revision is resolved to its
 * commit once; all later requests name the commit.
 */
import { NeuroMfaError } from '../protocol/errors';
import type { Location } from '../protocol/subject';
import { addressOf, locationOf, type HubAddress } from './address';
import { codeOf, textOf } from './faults';
import { badList, fields, parseList, sizeIn, textIn } from './json';
import { changed } from './changed';
import type { CachedAnswers } from './cachedAnswers';
import { remembered } from './remembered';
import { foldersOf, MAX_ENTRIES, MAX_LIST_BYTES, type RemoteEntry, type RemotePlace } from './place';
import type { RemoteFile, SignedUrl } from './remoteFile';
import { bodyOf, type Answer, type Transport } from './transport';

const MAIN = 'main';
const COMMIT = /^[0-9a-f]{40}$/;
const SHA256 = /^[0-9a-f]{64}$/;
/** The Hub sends listings in pages of 1,000 files. */
const MAX_PAGES = 200;

interface HubFile extends RemoteEntry {
  kind: 'file';
  bytes: number;
  /** The Hub's hash of the content: SHA-256 for large files, Git's hash for small ones. */
  hash: string;
  sha256: string | null;
}

interface Tree {
  commit: string;
  files: Map<Location, HubFile>;
  folders: Map<Location, Map<string, RemoteEntry>>;
}

export class Hub implements RemotePlace {
  readonly #references = new Map<string, Promise<Map<string, string>>>();
  readonly #trees = new Map<string, Promise<Tree>>();

  constructor(
    private readonly transport: Transport,
    private readonly kept: CachedAnswers,
    private readonly endpoint: string,
    private readonly token: () => string | null,
  ) {}

  /** Asks again from now on. */
  forget(): void {
    this.#references.clear();
    this.#trees.clear();
  }

  /** Branches and tags of a model, with their commits. @throws NeuroMfaError. */
  references(repository: string, signal: AbortSignal | undefined): Promise<Map<string, string>> {
    return remembered(this.#references, repository, signal, async () => {
      const url = `${this.endpoint}/api/models/${repository}/refs`;
      const { value } = await this.#json(url, repository, null, signal);
      const named = ['branches', 'tags'].flatMap((kind) => {
        const list = fields(value)[kind];
        return Array.isArray(list) ? (list as unknown[]) : [];
      });
      const found = new Map<string, string>();
      for (const each of named.slice(0, MAX_ENTRIES)) {
        const [name, commit] = [textIn(fields(each)['name']), textIn(fields(each)['targetCommit'])];
        // A branch takes precedence over a tag with the same name.
        if (name !== null && commit !== null && COMMIT.test(commit) && !found.has(name))
          found.set(name, commit);
      }
      return found;
    });
  }

  async list(location: Location, signal: AbortSignal | undefined): Promise<readonly RemoteEntry[] | null> {
    const tree = await this.#treeOf(location, signal);
    const folder = tree?.folders.get(location);
    return folder ? [...folder.values()] : null;
  }

  async below(
    location: Location,
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<Location, RemoteEntry>> {
    const tree = await this.#treeOf(location, signal);
    return new Map(
      [...(tree?.files ?? [])].filter(([each]) => each === location || each.startsWith(`${location}/`)),
    );
  }

  async find(location: Location, signal: AbortSignal | undefined): Promise<RemoteEntry | null> {
    const tree = await this.#treeOf(location, signal);
    if (!tree) return null;
    if (!tree.folders.has(location)) return tree.files.get(location) ?? null;
    return { name: location.split('/').at(-1)!, kind: 'folder', bytes: null, modified: 0, content: null };
  }

  async file(location: Location, signal: AbortSignal | undefined): Promise<RemoteFile> {
    const address = hubAddressOf(location);
    const tree = await this.#treeOf(location, signal);
    const found = tree?.files.get(location);
    if (!address || !tree || !found)
      throw new NeuroMfaError(
        'missing',
        location,
        'there is no such file in this revision',
        'Check the name and the revision',
      );
    const { repository, path } = address;
    const url = `${this.endpoint}/${repository}/resolve/${tree.commit}/${path.split('/').map(encodeURIComponent).join('/')}`;
    return {
      url,
      size: found.bytes,
      validator: found.hash,
      sha256: found.sha256,
      lasting: true,
      sign: () => this.#sign(url, location, address, tree.commit, found),
    };
  }

  /** Null above the models. */
  async #treeOf(location: Location, signal: AbortSignal | undefined): Promise<Tree | null> {
    const address = hubAddressOf(location);
    if (!address) return null;
    const { repository, revision } = address;
    const root = locationOf({ ...address, path: '' });
    return remembered(this.#trees, root, signal, async () => {
      const commit = await this.#commitOf(repository, revision ?? MAIN, signal);
      const files = new Map<Location, HubFile>();
      for await (const each of this.#pages(repository, commit, signal)) {
        const file = fileIn(each);
        if (file) files.set(`${root}/${file.path}`, file.entry);
        if (files.size > MAX_ENTRIES) throw badList(root);
      }
      return { commit, files, folders: foldersOf(root, files) };
    });
  }

  async #commitOf(repository: string, revision: string, signal: AbortSignal | undefined): Promise<string> {
    if (COMMIT.test(revision)) return revision;
    const known = (await this.references(repository, signal)).get(revision);
    if (known !== undefined) return known;
    const url = `${this.endpoint}/api/models/${repository}/revision/${encodeURIComponent(revision)}`;
    const { value } = await this.#json(url, repository, revision, signal);
    const commit = textIn(fields(value)['sha']);
    if (commit === null || !COMMIT.test(commit)) throw badList(url);
    return commit;
  }

  async *#pages(repository: string, commit: string, signal: AbortSignal | undefined): AsyncGenerator {
    let url: string | null = `${this.endpoint}/api/models/${repository}/tree/${commit}?recursive=true`;
    for (let pages = 0; url !== null; pages++) {
      if (pages === MAX_PAGES) throw badList(url);
      const page: { value: unknown; next: string | null } = await this.#json(url, repository, commit, signal);
      if (!Array.isArray(page.value)) throw badList(url);
      yield* page.value as unknown[];
      url = page.next;
    }
  }

  async #json(
    url: string,
    repository: string,
    revision: string | null,
    signal: AbortSignal | undefined,
  ): Promise<{ value: unknown; next: string | null }> {
    const headers = this.#authorization();
    const { host, origin } = new URL(url);
    // The content of a commit never changes.
    const lasting = revision !== null && COMMIT.test(revision);
    const text = await this.kept.text(`hub ${url}`, { place: host, lasting }, () =>
      this.transport.retried(url, signal, () =>
        this.transport.ask({ url, headers, open: { accept: 'application/json' }, signal }, async (answer) => {
          if (answer.status !== 200) throw this.#refusal(answer, repository, revision, null);
          const body = await bodyOf(answer, MAX_LIST_BYTES);
          parseList(body, url);
          const next = /<([^>]+)>;\s*rel="?next"?/.exec(textOf(answer.headers['link']) ?? '')?.[1] ?? '';
          return `${next}\n${body.toString('utf8')}`;
        }),
      ),
    );
    const [next = ''] = (text ?? '').split('\n', 1);
    const value = parseList(Buffer.from((text ?? '').slice(next.length + 1)), url);
    if (next === '') return { value, next: null };
    // The next page is requested from the same host: a mirror of the Hub may name the original.
    const { pathname, search } = new URL(next, url);
    return { value, next: origin + pathname + search };
  }

  /** The address of the bytes: the Hub may redirect to another server with a signature that expires. */
  #sign(
    url: string,
    location: Location,
    address: HubAddress,
    commit: string,
    file: HubFile,
  ): Promise<SignedUrl> {
    const headers = this.#authorization();
    return this.transport.retried(url, undefined, () =>
      this.transport.ask({ url, method: 'HEAD', headers, stopAtOrigin: true }, (answer) => {
        const { status, headers: answered } = answer;
        const away = status >= 300 && status < 400;
        if (status !== 200 && !away)
          throw this.#refusal(answer, address.repository, address.revision, address.path);
        const hash = unquoted(textOf(answered['x-linked-etag']) ?? (away ? null : textOf(answered.etag)));
        const size = textOf(answered['x-linked-size']) ?? (away ? null : textOf(answered['content-length']));
        const own = textOf(answered['x-repo-commit']);
        if (
          (hash !== null && hash !== file.hash) ||
          (size !== null && Number(size) !== file.bytes) ||
          (own !== null && own !== commit)
        )
          throw changed(location);
        return Promise.resolve(
          away
            ? { url: new URL(answered.location!, answer.url).href, headers: {} }
            : { url: answer.url, headers: new URL(answer.url).origin === new URL(url).origin ? headers : {} },
        );
      }),
    );
  }

  #authorization(): Record<string, string> {
    const token = this.token();
    return token === null ? {} : { authorization: `Bearer ${token}` };
  }

  #refusal(
    { status, headers }: Answer,
    repository: string,
    revision: string | null,
    path: string | null,
  ): NeuroMfaError {
    const code = codeOf(headers);
    const at = locationOf({ scheme: 'hf', repository, revision, path: path ?? '' });
    const page = `${this.endpoint}/${repository}`;
    const known = this.token() !== null;
    const forbidden = (cause: string, nextStep: string): NeuroMfaError =>
      new NeuroMfaError('forbidden', at, cause, nextStep);
    if (code === 'GatedRepo' && (status === 401 || status === 403))
      return known
        ? forbidden(
            'access to this model is restricted, and the token does not have it',
            `Accept its terms at ${page} with the account of the token`,
          )
        : forbidden(
            'access to this model is restricted, and no token is given',
            `Accept its terms at ${page}, and set HF_TOKEN`,
          );
    if (status === 401)
      return known && code !== 'RepoNotFound'
        ? forbidden('the Hub does not accept the token', 'Set HF_TOKEN to a token that is valid')
        : forbidden(
            'the Hub has no such model that everybody may read',
            known
              ? 'Check the name, and what the token may read'
              : 'Check the name; for a private model, set HF_TOKEN',
          );
    if (status === 403)
      return forbidden(
        'the token may not read this',
        `See what it may read at ${this.endpoint}/settings/tokens`,
      );
    if (status !== 404)
      return new NeuroMfaError('unreadable', at, `the Hub answered ${status}`, 'Try again later');
    if (code === 'RevisionNotFound')
      return new NeuroMfaError(
        'missing',
        at,
        'the model has no such revision',
        `Look at its branches at ${page}/tree/main`,
      );
    if (code === 'EntryNotFound')
      return new NeuroMfaError(
        'missing',
        at,
        'there is no such file in this revision',
        'Check the name and the revision',
      );
    return new NeuroMfaError(
      'missing',
      at,
      'the Hub has no such model, or not for this token',
      'Check the name',
    );
  }
}

/** Null for the Hub itself and for its owners. */
function hubAddressOf(location: Location): HubAddress | null {
  if (!/^hf:\/\/[^/]+\/[^/]/.test(location)) return null;
  const address = addressOf(location);
  return address.scheme === 'hf' ? address : null;
}

function fileIn(item: unknown): { path: string; entry: HubFile } | null {
  const { type, path, size, oid, lfs } = fields(item);
  const [name, own, large] = [textIn(path), textIn(oid), fields(lfs)];
  const bytes = sizeIn(large['size']) ?? sizeIn(size);
  if (type !== 'file' || name === null || bytes === null) return null;
  // No repository contains names that lead out of their folder.
  if (name.split('/').some((part) => part === '' || part === '.' || part === '..')) return null;
  const sha256 = textIn(large['oid']);
  const isHash = sha256 !== null && SHA256.test(sha256);
  const hash = isHash ? sha256 : own;
  if (hash === null) return null;
  const content = isHash ? `sha256:${sha256}` : `git:${hash}`;
  const entry = { name: name.split('/').at(-1)!, kind: 'file' as const, bytes, modified: 0, content, hash };
  return { path: name, entry: { ...entry, sha256: isHash ? sha256 : null } };
}

const unquoted = (etag: string | null): string | null =>
  etag?.replace(/^W\//, '').replace(/^"|"$/g, '') ?? null;
