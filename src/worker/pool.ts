/** The worker pool: typed jobs over Piscina. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { NeuroMfaError, type ErrorData } from '../protocol/errors';
import type { Jobs } from './job';

export interface JobRequest {
  name: keyof Jobs;
  params: unknown;
}
export type JobReply =
  { ok: true; value: unknown } | { ok: false; error: ErrorData; stack: string | undefined };

/** An idle worker ends after this long; the next job starts one in some 50 ms. */
const IDLE_MS = 30_000;

export class WorkerPool {
  readonly threads: number;
  readonly #pool: Piscina;

  /**
   * @param directory holds the bundled `job.js`.
   * @param threads default: one less than processors, so that the editor stays responsive.
   */
  constructor(directory: string, threads: number | undefined, onError: (error: Error) => void) {
    this.threads = threads ?? Math.max(1, availableParallelism() - 1);
    this.#pool = new Piscina({
      filename: join(directory, 'job.js'),
      minThreads: 0,
      maxThreads: this.threads,
      concurrentTasksPerWorker: 1,
      idleTimeout: IDLE_MS,
    });
    // Without a listener, a fault between jobs would end the whole process.
    this.#pool.on('error', (error: unknown) => {
      onError(error instanceof Error ? error : new Error(String(error)));
    });
  }

  /**
   * Runs one job on any worker.
   *
   * @param subject what the job is about, for messages.
   * @param kill ends the worker that runs the job; a last resort, jobs stop by themselves when asked to.
   * @throws NeuroMfaError of the job, `worker-died` when its worker did not survive it, or `cancelled`.
   */
  async run<K extends keyof Jobs>(
    name: K,
    params: Parameters<Jobs[K]>[0],
    subject: string,
    kill?: AbortSignal,
  ): Promise<ReturnType<Jobs[K]>> {
    const request: JobRequest = { name, params };
    let reply: JobReply;
    try {
      reply = (await this.#pool.run(request, kill ? { signal: kill } : {})) as JobReply;
    } catch (error) {
      if (kill?.aborted)
        throw new NeuroMfaError('cancelled', subject, 'it was cancelled', '', { cause: error });
      throw new NeuroMfaError(
        'worker-died',
        subject,
        `the worker died in job "${name}" (${error instanceof Error ? error.message : String(error)})`,
        'Try again; if it happens every time, the machine may be short of memory: use fewer threads or smaller samples',
        { cause: error },
      );
    }
    if (reply.ok) return reply.value as ReturnType<Jobs[K]>;
    const failure = NeuroMfaError.from(reply.error);
    if (reply.stack) failure.stack = reply.stack;
    throw failure;
  }

  /**
   * Starts a second worker where a first job has started one: what that job finds will need it. Not more, before it is
   * known how many the memory allows.
   */
  warm(): void {
    if (this.threads < 2 || this.#pool.threads.length > 1) return;
    const request: JobRequest = { name: 'warm', params: null };
    // What is wrong with a worker, the first real job will tell.
    this.#pool.run(request).catch(() => undefined);
  }

  async destroy(): Promise<void> {
    await this.#pool.destroy();
  }
}
