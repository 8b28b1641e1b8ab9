/** The worker pool: typed jobs, each on a thread of its own while it runs. */
import { join } from 'node:path';
import { NeuroMfaError } from '../protocol/errors';
import { allowance } from './allowance';
import type { Jobs } from './job';
import type { Connection } from '../remote/messages';
import type { JobReply, JobRequest } from './entry';
import { noThread, startFault } from './startFault';
import { WorkerThread } from './thread';

/** An idle worker ends after this long; the next job starts one in some 50 ms. */
const IDLE_MS = 30_000;

interface Job {
  request: JobRequest;
  /** The subject of messages. */
  subject: string;
  /** Both end it; only the first call counts. */
  resolve(reply: JobReply): void;
  reject(error: Error): void;
}

interface Seat {
  thread: WorkerThread;
  job: Job | null;
  idle: NodeJS.Timeout | undefined;
  /**
   * The fetching thread to which it has access, identified by what shows whether that thread is alive; null for none.
   */
  way: SharedArrayBuffer | null;
}

/** Access to remote files for workers. */
export interface Ways {
  /** Whether anything remote has been requested. */
  readonly isOpen: boolean;
  open(): void;
  connect(): Connection;
  /** Ends what was announced under a name, see `ByteSource.ahead`. */
  forget(name: string): void;
}

export class WorkerPool {
  readonly threads: number;
  readonly #script: string;
  readonly #queue: Job[] = [];
  readonly #seats = new Set<Seat>();
  /** Whether the system refused the last thread; the present ones do the work. */
  #refused = false;
  #destroyed = false;
  #begun: WorkerThread | null;

  /**
   * @param directory contains the bundled `job.js`.
   * @param threads default: one less than this process may use, so that the editor stays responsive.
   * @param onError called with faults that belong to no job.
   * @param ways given to each worker once something remote has been requested.
   * @param begun becomes the first worker; the pool ends it.
   */
  constructor(
    directory: string,
    threads: number | undefined,
    private readonly onError: (error: Error) => void,
    private readonly ways: Ways | null = null,
    begun: WorkerThread | null = null,
  ) {
    this.#begun = begun;
    this.threads = threads ?? Math.max(1, allowance().processors - 1);
    this.#script = join(directory, 'job.js');
  }

  /**
   * Runs one job on any worker.
   *
   * @param subject what the job is about, for messages.
   * @param kill ends the worker that runs the job: a last resort, because jobs stop when asked to.
   * @throws NeuroMfaError of the job; `worker-died` when its worker did not survive it, or none could be started;
   *   `missing`, `damaged` or `unreadable` about the worker's script; or `cancelled`.
   */
  async run<K extends keyof Jobs>(
    name: K,
    params: Parameters<Jobs[K]>[0],
    subject: string,
    kill?: AbortSignal,
  ): Promise<ReturnType<Jobs[K]>> {
    const reply = await this.#reply({ name, params }, subject, kill);
    if (reply.ok) return reply.value as ReturnType<Jobs[K]>;
    const failure = NeuroMfaError.from(reply.error);
    if (reply.stack) failure.stack = reply.stack;
    throw failure;
  }

  /**
   * Starts a second worker while the first job runs, because the jobs that follow need it. Further workers wait until it is
   * known how many the memory allows.
   */
  warm(): void {
    if (this.threads < 2 || this.#seats.size > 1) return;
    // The first real job reports what is wrong with a worker.
    this.#reply({ name: 'warm', params: null }, 'warm', undefined).catch(() => undefined);
  }

  /** See {@link Ways.forget}. */
  forget(name: string): void {
    this.ways?.forget(name);
  }

  /** Ends the workers; jobs that wait or run are cancelled. */
  async destroy(): Promise<void> {
    this.#destroyed = true;
    const seats = [...this.#seats];
    const running = seats.flatMap(({ job }) => job ?? []);
    for (const job of [...this.#queue.splice(0), ...running]) job.reject(cancelled(job.subject));
    await Promise.all([this.#takeBegun()?.end(), ...seats.map((seat) => this.#end(seat))]);
  }

  #reply(request: JobRequest, subject: string, kill: AbortSignal | undefined): Promise<JobReply> {
    if (this.#destroyed || kill?.aborted) return Promise.reject(cancelled(subject));
    const { promise, resolve, reject } = withResolvers<JobReply>();
    const job: Job = { request, subject, resolve, reject };
    const abandon = (): void => {
      this.#abandon(job);
    };
    kill?.addEventListener('abort', abandon, { once: true });
    this.#queue.push(job);
    this.#dispatch();
    return promise.finally(() => {
      kill?.removeEventListener('abort', abandon);
    });
  }

  /** Gives waiting jobs to idle workers, and starts new ones up to the limit. */
  #dispatch(): void {
    while (this.#queue.length > 0) {
      const seat = this.#idleSeat() ?? this.#start();
      if (!seat) return;
      const job = this.#queue.shift()!;
      clearTimeout(seat.idle);
      seat.job = job;
      seat.thread.post(this.#withWay(seat, job.request));
    }
  }

  #withWay(seat: Seat, request: JobRequest): JobRequest {
    if (!this.ways?.isOpen || (seat.way && Atomics.load(new Int32Array(seat.way), 0) === 1)) return request;
    const remote = this.ways.connect();
    seat.way = remote.alive;
    return { ...request, remote };
  }

  #idleSeat(): Seat | undefined {
    for (const seat of this.#seats) if (!seat.job) return seat;
    return undefined;
  }

  #start(): Seat | null {
    if (this.#seats.size === 0) this.#refused = false;
    if (this.#refused || this.#seats.size >= this.threads) return null;
    try {
      const thread = this.#takeBegun() ?? new WorkerThread(this.#script);
      thread.listen({
        onReply: (reply) => {
          this.#onReply(seat, reply);
        },
        onRefusal: (error) => {
          this.#onRefusal(seat, error);
        },
        onEnd: (ready, fault, exitCode) => {
          this.#onEnd(seat, ready, fault, exitCode);
        },
      });
      const seat: Seat = { thread, job: null, idle: undefined, way: null };
      this.#seats.add(seat);
      return seat;
    } catch (error) {
      if (this.#seats.size > 0) this.#refused = true;
      else for (const job of this.#queue.splice(0)) job.reject(noThread(error, job.subject));
      return null;
    }
  }

  /** One that has failed already is of no use: another fails with the reason, and reports it. */
  #takeBegun(): WorkerThread | null {
    const begun = this.#begun;
    this.#begun = null;
    return begun?.lives ? begun : null;
  }

  #onReply(seat: Seat, reply: JobReply): void {
    if (!this.#seats.has(seat)) return;
    seat.job?.resolve(reply);
    this.#rest(seat);
    this.#refused = false;
    this.#dispatch();
  }

  #onRefusal(seat: Seat, error: unknown): void {
    if (!this.#seats.has(seat)) return;
    if (seat.job) seat.job.reject(died(seat.job, error));
    this.#rest(seat);
    this.#dispatch();
  }

  #onEnd(seat: Seat, ready: boolean, fault: Error | null, exitCode: number): void {
    clearTimeout(seat.idle);
    // Workers that this pool ended are no longer in the list.
    if (!this.#seats.delete(seat)) return;
    const { job } = seat;
    if (!ready) this.#notStarted(job, startFault(this.#script, fault, exitCode));
    else if (job) job.reject(died(job, fault ?? `worker exited with code: ${exitCode}`));
    else if (fault) this.onError(fault);
    this.#dispatch();
  }

  /** Handles a worker that ended before it began `job`: another worker takes the job, if there is one. */
  #notStarted(job: Job | null, fault: NeuroMfaError): void {
    if (this.#seats.size > 0) {
      this.#refused = true;
      if (job) this.#queue.unshift(job);
      return;
    }
    const waiting = [...(job ? [job] : []), ...this.#queue.splice(0)];
    if (waiting.length === 0) this.onError(fault);
    for (const each of waiting) each.reject(fault);
  }

  #abandon(job: Job): void {
    const at = this.#queue.indexOf(job);
    if (at >= 0) this.#queue.splice(at, 1);
    job.reject(cancelled(job.subject));
    for (const seat of this.#seats) if (seat.job === job) void this.#end(seat);
    // Other jobs may have waited for this worker.
    this.#dispatch();
  }

  #rest(seat: Seat): void {
    seat.job = null;
    seat.idle = setTimeout(() => void this.#end(seat), IDLE_MS).unref();
  }

  async #end(seat: Seat): Promise<void> {
    this.#seats.delete(seat);
    clearTimeout(seat.idle);
    await seat.thread.end();
  }
}

function cancelled(subject: string): NeuroMfaError {
  return new NeuroMfaError('cancelled', subject, 'it was canceled', '');
}

function died({ request, subject }: Job, cause: unknown): NeuroMfaError {
  return new NeuroMfaError(
    'worker-died',
    subject,
    `the worker died in job "${request.name}" (${cause instanceof Error ? cause.message : String(cause)})`,
    'Try again; if it happens every time, the machine may be short of memory: use fewer threads or smaller samples',
    { cause },
  );
}

/** `Promise.withResolvers`, which Node 20 has not. */
function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
}
