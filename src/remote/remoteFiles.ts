/** Remote files, read by position in a thread that waits while the fetching thread gets the bytes. */
import { receiveMessageOnPort } from 'node:worker_threads';
import { changedWhileRead, type StampedFile } from '../core/storage/stamp';
import type { ByteRange, ByteSource, Entry, EntryState, Storage } from '../core/storage/storage';
import { NeuroMfaError } from '../protocol/errors';
import { integer } from '../protocol/format';
import type { Location } from '../protocol/subject';
import type { AheadCall, Connection, Reply, WaitingAnswers, WaitingCall } from './messages';

/** Limit for one request to the fetching thread, in bytes. */
const MAX_BUFFER_BYTES = 8 * 2 ** 20;
/** How often a waiting thread checks that the fetching thread is still alive. */
const LOOK_MS = 1000;

export class RemoteFiles implements Storage {
  readonly #wake = new SharedArrayBuffer(4);
  #buffer = new SharedArrayBuffer(0);

  constructor(private readonly connection: Connection) {}

  list(location: Location): Entry[] {
    const entries = this.#ask({ op: 'list', location });
    if (entries) return entries;
    throw new NeuroMfaError(
      'unsupported',
      location,
      'nothing is there, or its server does not list what is',
      'Name a file, or a folder that lists its files as nginx does (autoindex_format json) or in a run.json',
    );
  }

  stat(location: Location): EntryState | null {
    return this.#ask({ op: 'stat', location });
  }

  open(location: Location, stamp: string | null = null): ByteSource {
    const found = this.stat(location);
    if (!found) throw new NeuroMfaError('missing', location, 'there is no such file', 'Check the address');
    if (found.kind !== 'file')
      throw new NeuroMfaError('unreadable', location, 'this is not a file', 'Choose a checkpoint file');
    if (stamp !== null && stamp !== found.stamp) throw changedWhileRead(location);
    // A file that is opened in a known state has been planned, and is read for its values.
    return new RemoteSource({ path: location, stamp: found.stamp }, found.bytes, this, stamp === null);
  }

  /** Tells what will be read of a file, in that order. */
  ahead(
    location: Location,
    ranges: readonly ByteRange[],
    { header, shared = null }: { header: boolean; shared?: string | null },
  ): void {
    this.connection.port.postMessage({ ahead: { location, ranges, header, shared } } satisfies AheadCall);
  }

  /** Waits until the headers that were read are cached: the program may end at any time after that. */
  done(location: Location): void {
    this.#ask({ op: 'close', location });
  }

  /** Fills `into` with ranges that fit {@link MAX_BUFFER_BYTES} together. */
  fill(
    { path: location, stamp }: StampedFile,
    ranges: readonly ByteRange[],
    into: Uint8Array,
    header: boolean,
  ): void {
    if (this.#buffer.byteLength < into.length)
      this.#buffer = new SharedArrayBuffer(Math.min(MAX_BUFFER_BYTES, Math.max(65_536, 2 * into.length)));
    this.#ask({ op: 'read', location, stamp, ranges, buffer: this.#buffer, header });
    into.set(new Uint8Array(this.#buffer, 0, into.length));
  }

  /** Waits for the answer. @throws NeuroMfaError. */
  #ask<A extends WaitingCall['ask']>(ask: A): WaitingAnswers[A['op']] {
    const { port, alive } = this.connection;
    const flag = new Int32Array(this.#wake);
    Atomics.store(flag, 0, 0);
    port.postMessage({ wake: this.#wake, ask } satisfies WaitingCall);
    // Only the flag counts, not a wake-up: a wake-up for the previous answer may arrive this late.
    while (Atomics.load(flag, 0) === 0) {
      if (Atomics.wait(flag, 0, 0, LOOK_MS) === 'timed-out' && Atomics.load(new Int32Array(alive), 0) === 0)
        throw new NeuroMfaError(
          'worker-died',
          ask.location,
          'the thread that fetches it has ended',
          'Try again',
        );
    }
    const { message } = receiveMessageOnPort(port) as { message: Reply<WaitingAnswers[A['op']]> };
    if (message.ok) return message.value;
    throw NeuroMfaError.from(message.error);
  }
}

class RemoteSource implements ByteSource {
  #bytesRead = 0;
  #closed = false;

  constructor(
    readonly id: StampedFile,
    readonly size: number,
    private readonly files: RemoteFiles,
    private readonly header: boolean,
  ) {}

  get bytesRead(): number {
    return this.#bytesRead;
  }

  ahead(ranges: readonly ByteRange[], shared: string | null = null): void {
    this.files.ahead(this.id.path, ranges, { header: this.header, shared });
  }

  read(ranges: readonly ByteRange[], into: Uint8Array): void {
    let at = 0;
    let together: ByteRange[] = [];
    let length = 0;
    const flush = (): void => {
      if (length > 0) this.files.fill(this.id, together, into.subarray(at, at + length), this.header);
      at += length;
      [together, length] = [[], 0];
    };
    for (const { offset, bytes } of ranges) {
      const missing = offset + bytes - this.size;
      if (missing > 0)
        throw new NeuroMfaError(
          'damaged',
          this.id.path,
          `the file ended ${integer(missing)} bytes too early while it was read`,
          'Check the file on its server',
        );
      for (let done = 0; done < bytes;) {
        if (length === MAX_BUFFER_BYTES) flush();
        const part = Math.min(bytes - done, MAX_BUFFER_BYTES - length);
        together.push({ offset: offset + done, bytes: part });
        length += part;
        done += part;
      }
    }
    flush();
    this.#bytesRead += at;
  }

  close(): void {
    if (!this.header) this.files.ahead(this.id.path, [], { header: false });
    else if (!this.#closed) this.files.done(this.id.path);
    this.#closed = true;
  }
}
