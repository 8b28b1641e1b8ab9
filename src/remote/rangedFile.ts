/** Ranges of a remote file. All bytes that it returns belong to the state in which the file was found. */
import type { ByteRange } from '../core/storage/storage';
import { NeuroMfaError } from '../protocol/errors';
import type { Location } from '../protocol/subject';
import { withoutSecrets } from './address';
import { changed } from './changed';
import { expired, expiredKeys, isExpiredKeys } from './expiry';
import { PassingFault, textOf } from './faults';
import type { CachedHeaders } from './cachedHeaders';
import { remembered } from './remembered';
import type { RemoteFile, SignedUrl } from './remoteFile';
import type { Speed } from './speed';
import { bodyOf, MAX_RETRIES, type Answer, type Transport } from './transport';
import { noRanges } from './web';

/** The signature of an address has expired. */
class Expired extends Error {
  constructor(
    readonly used: SignedUrl,
    /** Whether it was signed with temporary keys whose time is over. */
    readonly keys = false,
  ) {
    super('expired');
  }
}

/** Whether a server of buckets says that temporary keys have expired. */
async function saysExpired(answer: Answer): Promise<boolean> {
  const body = await bodyOf(answer, 65_536).catch(() => Buffer.alloc(0));
  return isExpiredKeys(/<Code>(\w{1,40})<\/Code>/.exec(body.toString('utf8'))?.[1] ?? null);
}

/** What the first answer with a part of the file said about its state: all later ones have to say the same. */
export interface FirstAnswer {
  etag: string | null;
  modified: string | null;
}

export interface RangedFileUse {
  /** Identifies its state among all states of the file at its location. */
  stamp?: string;
  headers?: CachedHeaders | null;
  /** Of files with one stamp, however often they are found anew; null before the first answer. */
  first?: { answer: FirstAnswer | null };
  /** Called if the file has changed since it was found. */
  onChanged?: () => void;
}

export class RangedFile {
  readonly #signing = new Map<string, Promise<SignedUrl>>();
  #signed: SignedUrl | null = null;
  /** Number of signatures that were requested, including the first one. */
  signatures = 0;
  readonly #first: { answer: FirstAnswer | null };

  constructor(
    readonly location: Location,
    readonly file: RemoteFile,
    private readonly transport: Transport,
    private readonly speed: Speed,
    private readonly use: RangedFileUse = {},
  ) {
    this.#first = use.first ?? { answer: null };
  }

  get stamp(): string {
    return this.use.stamp ?? '';
  }

  /** Null if nothing of it is cached. */
  get headers(): CachedHeaders | null {
    return this.use.headers ?? null;
  }

  /**
   * Reads one range in one request.
   * @throws NeuroMfaError `changed` for another state of the file, `forbidden`, `missing`, `unsupported`, `unreachable` or `cancelled`.
   */
  async read(range: ByteRange, signal: AbortSignal | undefined): Promise<Buffer> {
    if (range.bytes === 0) return Buffer.alloc(0);
    try {
      return await this.#read(range, signal);
    } catch (error) {
      if (error instanceof NeuroMfaError && error.code === 'changed') this.use.onChanged?.();
      throw this.#unreached(error);
    }
  }

  async #read(range: ByteRange, signal: AbortSignal | undefined): Promise<Buffer> {
    let signed = this.#signed ?? (await this.#sign(null, signal));
    for (let renewals = 0; ;) {
      try {
        return await this.transport.retried(signed.url, signal, () =>
          this.speed.during(() => this.#ask(signed, range, signal)),
        );
      } catch (error) {
        if (!(error instanceof Expired)) throw error;
        const fault = error.keys ? expiredKeys(this.location) : expired(error.used.url, this.location);
        // Renewals by other requests do not count as its own.
        if (error.used === this.#signed && renewals++ === MAX_RETRIES)
          throw (
            fault ??
            new NeuroMfaError(
              'forbidden',
              this.location,
              'the server refuses new addresses of the file as well (403)',
              'Check who may read it, and the clock of this machine',
            )
          );
        signed = await this.#sign(error.used, signal);
        // The user's own address has no other one.
        if (fault && !error.keys && signed.url === error.used.url) throw fault;
      }
    }
  }

  /** Without a network, the message names the next step instead of the address of the file. */
  #unreached(error: unknown): unknown {
    const none = error instanceof NeuroMfaError && error.code === 'unreachable';
    if (!none || !(error.cause instanceof PassingFault && error.cause.unreached)) return error;
    return new NeuroMfaError(
      'unreachable',
      this.location,
      `${error.data.cause}, and these weights are not kept`,
      'Check the connection; without one, samples that were read before can be analyzed otherwise',
      { cause: error },
    );
  }

  /** A new address for all waiting requests, unless one has been requested meanwhile. @param used the address that has expired. */
  async #sign(used: SignedUrl | null, signal: AbortSignal | undefined): Promise<SignedUrl> {
    if (this.#signed !== used && this.#signed !== null) return this.#signed;
    return remembered(this.#signing, 'now', signal, async () => {
      this.signatures++;
      try {
        return (this.#signed = await this.file.sign());
      } finally {
        this.#signing.delete('now');
      }
    });
  }

  #ask(signed: SignedUrl, range: ByteRange, signal: AbortSignal | undefined): Promise<Buffer> {
    const last = range.offset + range.bytes - 1;
    const etag = this.#first.answer?.etag ?? null;
    const strong = etag?.startsWith('"') ? etag : null;
    const open = { range: `bytes=${range.offset}-${last}`, ...(strong !== null && { 'if-range': strong }) };
    const { origin } = new URL(signed.url);
    let sent = signed;
    // Another request may have got a new address while this one waited for its turn.
    const latest = (): SignedUrl =>
      (sent = this.#signed && new URL(this.#signed.url).origin === origin ? this.#signed : signed);
    return this.transport.ask({ ...signed, open, latest, signal }, async (answer) => {
      if (answer.status === 403 || answer.status === 401) throw new Expired(sent);
      if (answer.status === 400 && (await saysExpired(answer))) throw new Expired(sent, true);
      this.#check(answer, range);
      const bytes = await bodyOf(answer, range.bytes, { exact: true, shown: withoutSecrets(signed.url) });
      this.speed.answered(answer.latency, bytes.length);
      this.transport.bytes += bytes.length;
      return bytes;
    });
  }

  /** @throws if an answer is not exactly the range of the file in its first state. */
  #check(answer: Answer, { offset, bytes }: ByteRange): void {
    const { status, headers } = answer;
    const { location, file } = this;
    if (status === 404 || status === 410)
      throw new NeuroMfaError('missing', location, 'the file is not there any more', 'Check the address');
    if (status === 412 || status === 416) throw changed(location);
    const etag = textOf(headers.etag);
    const modified = textOf(headers['last-modified']);
    if (status === 200) {
      if (this.#isOther(etag, modified)) throw changed(location);
      // A server that has sent parts before, of this file or of another, may have stumbled.
      if (this.#first.answer || this.transport.ranging.has(new URL(answer.url).origin))
        throw new PassingFault(`${new URL(answer.url).host} sent the whole file instead of a part`);
      throw noRanges(answer, location);
    }
    if (status !== 206)
      throw new NeuroMfaError(
        'unreadable',
        location,
        `the server answered ${status}`,
        'Check the address, and try again',
      );
    const encoding = textOf(headers['content-encoding']);
    const [, from, to, total] =
      /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16})$/.exec(textOf(headers['content-range']) ?? '') ?? [];
    if (
      Number(from) !== offset ||
      Number(to) !== offset + bytes - 1 ||
      (encoding !== null && encoding !== 'identity')
    )
      throw new NeuroMfaError(
        'unreadable',
        location,
        'the server sent another part of the file than it was asked for',
        'Download the file, and name it',
      );
    if (Number(total) !== file.size || this.#isOther(etag, modified)) throw changed(location);
    this.transport.ranging.add(new URL(answer.url).origin);
    this.#first.answer ??= { etag, modified };
  }

  /** Whether an answer belongs to another state of the file than the first answer. */
  #isOther(etag: string | null, modified: string | null): boolean {
    // The state is one of these if it is not a hash of the content.
    const { validator } = this.file;
    const own =
      validator !== null &&
      (/^(?:W\/)?"/.test(validator) ? etag : /\bGMT$/.test(validator) ? modified : null);
    if (own && own !== validator) return true;
    const first = this.#first.answer;
    if (!first) return false;
    return first.etag !== null || etag !== null ? etag !== first.etag : modified !== first.modified;
  }
}
