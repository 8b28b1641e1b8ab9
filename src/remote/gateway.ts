/** Starts the fetching thread at the first remote address, and calls it. */
import { join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { NeuroMfaError } from '../protocol/errors';
import type { OnWaiting } from './entrance';
import type { AnswerCacheOptions, OnOld, RemoteCredentials } from './options';
import type { Calls, Connection, FromStarter, Op, Reply, ToStarter } from './messages';

interface Started {
  worker: Worker;
  alive: SharedArrayBuffer;
}

export class Gateway {
  #started: Started | null = null;
  #credentials: RemoteCredentials | null = null;
  #kept: AnswerCacheOptions | null = null;
  #ids = 0;
  readonly #waiting = new Map<number, (reply: Reply<unknown>) => void>();

  /** @param directory folder of the bundled `remote.js`. */
  constructor(
    private readonly directory: string,
    private readonly onWaiting: OnWaiting = () => undefined,
    private readonly onOld: OnOld = () => undefined,
  ) {}

  /** Whether anything remote has been requested. */
  get isOpen(): boolean {
    return this.#started !== null;
  }

  open(): void {
    this.#start();
  }

  use(credentials: RemoteCredentials): void {
    this.#credentials = credentials;
    if (this.#started) this.#tell('use', { credentials });
  }

  keep(options: AnswerCacheOptions): void {
    this.#kept = options;
    if (this.#started) this.#tell('keep', { options });
  }

  /** @throws NeuroMfaError of the call; `cancelled` if `signal` aborts. */
  async call<K extends Op>(
    op: K,
    takes: Calls[K]['takes'],
    signal: AbortSignal | undefined,
  ): Promise<Calls[K]['answers']> {
    const { worker } = this.#start();
    const id = ++this.#ids;
    const reply = new Promise<Reply<unknown>>((resolve) => this.#waiting.set(id, resolve));
    const cancel = (): void => {
      worker.postMessage({ cancel: id } satisfies FromStarter);
    };
    worker.postMessage({ id, op, takes });
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    // Pending calls keep the process alive.
    worker.ref();
    try {
      const answer = await reply;
      if (!answer.ok) throw NeuroMfaError.from(answer.error);
      return answer.value as Calls[K]['answers'];
    } finally {
      signal?.removeEventListener('abort', cancel);
      if (this.#waiting.size === 0) worker.unref();
    }
  }

  /** Connects a thread that reads. */
  connect(): Connection {
    const { worker, alive } = this.#start();
    const { port1, port2 } = new MessageChannel();
    worker.postMessage({ connect: port1 } satisfies FromStarter, [port1]);
    return { port: port2, alive };
  }

  forget(name: string): void {
    this.#started?.worker.postMessage({ forget: name } satisfies FromStarter);
  }

  async dispose(): Promise<void> {
    const started = this.#started;
    this.#started = null;
    await started?.worker.terminate();
  }

  #tell<K extends Op>(op: K, takes: Calls[K]['takes']): void {
    // Pending calls fail with the reason for which the thread ended.
    this.call(op, takes, undefined).catch(() => undefined);
  }

  #start(): Started {
    if (this.#started) return this.#started;
    const worker = new Worker(join(this.directory, 'remote.js'));
    const alive = new SharedArrayBuffer(4);
    Atomics.store(new Int32Array(alive), 0, 1);
    worker.on('message', (message: ToStarter) => {
      if ('waiting' in message) {
        this.onWaiting(message.waiting);
        return;
      }
      if ('old' in message) {
        this.onOld(message.old);
        return;
      }
      this.#waiting.get(message.id)?.(message.reply);
      this.#waiting.delete(message.id);
    });
    let cause = 'it ended';
    worker.on('error', (error) => {
      cause = error instanceof Error ? error.message : String(error);
    });
    worker.on('exit', () => {
      Atomics.store(new Int32Array(alive), 0, 0);
      if (this.#started?.worker === worker) this.#started = null;
      const words = `the thread that fetches has ended (${cause})`;
      const { data } = new NeuroMfaError('worker-died', 'remote', words, 'Try again');
      for (const end of this.#waiting.values()) end({ ok: false, error: data });
      this.#waiting.clear();
    });
    worker.unref();
    this.#started = { worker, alive };
    if (this.#credentials) this.#tell('use', { credentials: this.#credentials });
    if (this.#kept) this.#tell('keep', { options: this.#kept });
    return this.#started;
  }
}
