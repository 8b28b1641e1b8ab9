/**
 * A Hub on loopback, by the documented interface of the Hugging Face Hub: branches, trees with the SHA-256 of large files,
 * `resolve` with a redirect to signed addresses of another origin, models that want a token, limits of requests. Tells all that
 * it was asked.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { answerRange } from './answerRange';
import { Faults } from './faults';

/** Files of more bytes are in Git LFS, and have their own origin. */
const LFS_BYTES = 100_000;
const HOUR_MS = 3_600_000;

/** What the server was asked. */
export interface Asked {
  readonly of: 'api' | 'resolve' | 'cdn';
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  /** As answered. */
  status: number;
  /** Of a file. */
  sent: number;
}

interface Branch {
  readonly commit: string;
  readonly files: ReadonlyMap<string, Buffer>;
}

interface Model {
  readonly branches: Map<string, Branch>;
  /** Without one of these the model is gated. */
  readonly tokens: readonly string[] | null;
}

export class Hub {
  /** In the order in which the requests came. */
  readonly asked: Asked[] = [];
  /** Of answers with bytes of large files. */
  readonly faults = new Faults();
  /** How long signed addresses live. */
  lifetimeMs = HOUR_MS;
  /** So many requests to `resolve` are refused, each second one from the next on: too many, wait one second. */
  tooMany = 0;
  /** Signed addresses that were given out, in order: of which file, when, and until when they are good. */
  readonly signings: { hash: string; at: number; expires: number }[] = [];
  /** Entries of a tree in one answer. */
  pageSize = 1000;

  readonly #models = new Map<string, Model>();
  readonly #renamed = new Map<string, string>();
  readonly #stored = new Map<string, Buffer>();
  #gate: Promise<void> = Promise.resolve();
  /** Whether the last request to `resolve` was refused. */
  #refuses = false;

  private constructor(
    private readonly server: Server,
    private readonly cdn: Server,
  ) {}

  static async start(): Promise<Hub> {
    const [server, cdn] = [createServer(), createServer()];
    await Promise.all(
      [server, cdn].map((each) => new Promise<void>((ready) => each.listen(0, '127.0.0.1', ready))),
    );
    const hub = new Hub(server, cdn);
    server.on('request', (request, response) => {
      hub.#answer(request, response);
    });
    cdn.on('request', (request, response) => {
      void hub.#answerFile(request, response);
    });
    return hub;
  }

  /** For `HF_ENDPOINT`. */
  get origin(): string {
    return originOf(this.server);
  }
  /** Where large files come from. */
  get cdnOrigin(): string {
    return originOf(this.cdn);
  }

  /** A branch with the files of `folder`. @param tokens the model is gated for others. */
  add(model: string, branch: string, folder: string, tokens: readonly string[] | null = null): void {
    this.addFiles(model, branch, filesBelow(folder), tokens);
  }

  addFiles(
    model: string,
    branch: string,
    files: ReadonlyMap<string, Buffer>,
    tokens: readonly string[] | null = null,
  ): void {
    const commit = createHash('sha1').update(`${model}@${branch}`);
    for (const [path, bytes] of files) commit.update(path).update(sha256(bytes));
    for (const bytes of files.values()) this.#stored.set(sha256(bytes), bytes);
    const known = this.#models.get(model) ?? { branches: new Map<string, Branch>(), tokens };
    known.branches.set(branch, { commit: commit.digest('hex'), files });
    this.#models.set(model, known);
  }

  /** Of all files of a branch. */
  fileBytes(model: string, branch: string): number {
    const files = this.#models.get(model)?.branches.get(branch)?.files.values() ?? [];
    return [...files].reduce((sum, { length }) => sum + length, 0);
  }

  rename(from: string, to: string): void {
    this.#renamed.set(from, to);
  }

  /** From now on no byte of a large file is sent until the function that is returned is called. */
  hold(): () => void {
    let open!: () => void;
    this.#gate = new Promise((resolve) => (open = resolve));
    return open;
  }

  /** Requests for bytes of large files. */
  get ranges(): Asked[] {
    return this.asked.filter(({ of }) => of === 'cdn');
  }

  async close(): Promise<void> {
    await Promise.all(
      [this.server, this.cdn].map((each) => {
        each.closeAllConnections();
        return new Promise((closed) => each.close(closed));
      }),
    );
  }

  #note(of: Asked['of'], request: IncomingMessage, response: ServerResponse): Asked {
    const { method = '', url: path = '', headers } = request;
    const { range, authorization } = headers;
    const asked: Asked = { of, method, path, range, authorization, status: 0, sent: 0 };
    this.asked.push(asked);
    response.on('close', () => (asked.status = response.statusCode));
    return asked;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.origin);
    const parts = url.pathname.split('/').slice(1).map(decodeURIComponent);
    const isApi = parts[0] === 'api';
    this.#note(isApi ? 'api' : 'resolve', request, response);
    const isCached = isApi && parts[1] === 'resolve-cache';
    const [owner, name, verb, revision, ...path] = isApi ? parts.slice(isCached ? 3 : 2) : parts;
    const id = `${owner}/${name}`;
    const renamed = this.#renamed.get(id);
    if (renamed !== undefined) {
      response.writeHead(307, { location: `${url.pathname.replace(id, renamed)}${url.search}` }).end();
      return;
    }
    const model = this.#models.get(id);
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    // The Hub does not tell whether a model is missing or private.
    if (model === undefined) {
      error(response, token === undefined ? 401 : 404, 'RepoNotFound', 'Repository not found');
      return;
    }
    if (isCached) {
      // Here the third part is the commit.
      this.#small(request, response, model, verb!, [revision, ...path].join('/'));
      return;
    }
    if (isApi && verb === 'refs') {
      json(response, {
        tags: [],
        converts: [],
        branches: [...model.branches].map(([branch, { commit }]) => ({
          name: branch,
          ref: `refs/heads/${branch}`,
          targetCommit: commit,
        })),
      });
      return;
    }
    const branch = revisionOf(model, isApi && verb === undefined ? 'main' : revision!);
    if (branch === undefined) {
      error(response, 404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
      return;
    }
    if (isApi && (verb === undefined || verb === 'revision')) {
      const siblings = [...branch.files.keys()].map((rfilename) => ({ rfilename }));
      json(response, { id, modelId: id, sha: branch.commit, gated: model.tokens ? 'auto' : false, siblings });
    } else if (isApi && verb === 'tree') {
      this.#tree(response, url, branch, path.join('/'));
    } else if (!isApi && verb === 'resolve') {
      this.#resolve(response, { id, model, branch, path: path.join('/'), token });
    } else {
      error(response, 404, 'NotFound', 'Sorry, there is nothing here.');
    }
  }

  #tree(response: ServerResponse, url: URL, branch: Branch, below: string): void {
    const entries = treeOf(branch, below, url.searchParams.get('recursive') === 'true');
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const page = entries.slice(from, from + this.pageSize);
    if (from + page.length < entries.length) {
      const next = new URL(url);
      next.searchParams.set('cursor', String(from + page.length));
      response.setHeader('link', `<${next.href}>; rel="next"`);
    }
    response.setHeader('ratelimit', '"api";r=499;t=300');
    response.setHeader('ratelimit-policy', '"fixed window";"api";q=500;w=300');
    json(response, page);
  }

  #resolve(
    response: ServerResponse,
    {
      id,
      model,
      branch,
      path,
      token,
    }: { id: string; model: Model; branch: Branch; path: string; token: string | undefined },
  ): void {
    this.#refuses = this.tooMany > 0 && !this.#refuses;
    if (this.#refuses) {
      this.tooMany--;
      response.writeHead(429, {
        ratelimit: '"resolvers";r=0;t=1',
        'ratelimit-policy': '"fixed window";"resolvers";q=5000;w=300',
      });
      response.end('We had to rate limit you.');
      return;
    }
    if (model.tokens && (token === undefined || !model.tokens.includes(token))) {
      const message = `Access to model ${id} is restricted. You must have access to it and be authenticated to access it.`;
      error(response, token === undefined ? 401 : 403, 'GatedRepo', message);
      return;
    }
    const bytes = branch.files.get(path);
    if (bytes === undefined) {
      error(response, 404, 'EntryNotFound', 'Entry not found');
      return;
    }
    const common = { 'x-repo-commit': branch.commit, 'accept-ranges': 'bytes' };
    if (bytes.length <= LFS_BYTES) {
      const location = `/api/resolve-cache/models/${id}/${branch.commit}/${encodeURI(path)}`;
      const etag = `"${gitOid(bytes)}"`;
      response.writeHead(307, {
        ...common,
        'x-linked-etag': etag,
        'x-linked-size': bytes.length,
        etag,
        location,
      });
      response.end();
      return;
    }
    const hash = sha256(bytes);
    const at = Date.now();
    const expires = at + this.lifetimeMs;
    this.signings.push({ hash, at, expires });
    response.writeHead(302, {
      ...common,
      'x-linked-etag': `"${hash}"`,
      'x-linked-size': bytes.length,
      'x-xet-hash': hash,
      location: `${this.cdnOrigin}/repos/${hash}?Expires=${expires}&Signature=${signature(hash, expires)}`,
    });
    response.end();
  }

  #small(
    request: IncomingMessage,
    response: ServerResponse,
    model: Model,
    commit: string,
    path: string,
  ): void {
    const bytes = revisionOf(model, commit)?.files.get(path);
    if (bytes === undefined) {
      error(response, 404, 'EntryNotFound', 'Entry not found');
      return;
    }
    response.setHeader('x-repo-commit', commit);
    answerRange(request, response, bytes, `"${gitOid(bytes)}"`);
  }

  async #answerFile(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = this.#note('cdn', request, response);
    await this.#gate;
    const url = new URL(request.url ?? '/', this.cdnOrigin);
    const hash = url.pathname.split('/').at(-1)!;
    const expires = Number(url.searchParams.get('Expires'));
    const bytes = this.#stored.get(hash);
    const signed = url.searchParams.get('Signature') === signature(hash, expires);
    if (bytes === undefined || !signed || expires < Date.now()) {
      response.writeHead(403, { 'content-type': 'application/xml' });
      response.end('<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>');
      return;
    }
    asked.sent = answerRange(request, response, bytes, `"${hash}"`, this.faults.next());
  }
}

/** Path → bytes, of all files below a folder. */
export function filesBelow(folder: string): Map<string, Buffer> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    paths.sort().map((path) => [path.slice(folder.length + 1).replaceAll('\\', '/'), readFileSync(path)]),
  );
}

const hashes = new WeakMap<Buffer, string>();
/** Of the content, as Git LFS has it. */
export function sha256(bytes: Buffer): string {
  const known = hashes.get(bytes) ?? createHash('sha256').update(bytes).digest('hex');
  hashes.set(bytes, known);
  return known;
}

/** Of the content, as Git has it. */
const gitOid = (bytes: Buffer): string =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
const signature = (hash: string, expires: number): string =>
  createHash('sha256').update(`key of this test ${hash} ${expires}`).digest('base64url');
const originOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const revisionOf = (model: Model, revision: string): Branch | undefined =>
  model.branches.get(revision) ?? [...model.branches.values()].find(({ commit }) => commit === revision);

function treeOf(branch: Branch, below: string, isRecursive: boolean): object[] {
  const start = below === '' ? '' : `${below}/`;
  const entries = new Map<string, object>();
  for (const [path, bytes] of branch.files) {
    if (!path.startsWith(start)) continue;
    const folders = path.slice(start.length).split('/').slice(0, -1);
    folders.forEach((_, i) => {
      const folder = start + folders.slice(0, i + 1).join('/');
      if (isRecursive || i === 0) entries.set(folder, { type: 'directory', path: folder, size: 0, oid: '' });
    });
    if (folders.length > 0 && !isRecursive) continue;
    const [size, oid] = [bytes.length, sha256(bytes)];
    const lfs = { lfs: { oid, size, pointerSize: 134 }, xetHash: oid };
    entries.set(path, {
      type: 'file',
      path,
      size,
      oid: gitOid(bytes),
      ...(size > LFS_BYTES ? lfs : undefined),
    });
  }
  return [...entries.values()];
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(value));
}

function error(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-error-code': code,
    'x-error-message': message,
  });
  response.end(JSON.stringify({ error: message }));
}
