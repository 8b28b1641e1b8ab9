/**
 * One worker: a Piscina of one thread, so that a thread that cannot be started, does not load its script, dies or is ended
 * concerns nobody but the job that it has. How it ended is told once, whatever ended it.
 */
import { Piscina } from 'piscina';
import type { JobReply, JobRequest } from './entry';

export interface ThreadEvents {
  onReply: (reply: JobReply) => void;
  /** The job could not be handed over or gave no reply, and the worker lives on. */
  onRefusal: (error: unknown) => void;
  /**
   * @param ready whether its script had been loaded.
   * @param fault what ended it; null where it ended by itself, with this exit code.
   */
  onEnd: (ready: boolean, fault: Error | null, exitCode: number) => void;
}

/** Answered by nobody but the loading of the script. */
const LOADED: JobRequest = { name: 'loaded', params: null };

export class WorkerThread {
  readonly #pool: Piscina;
  #ready = false;
  #fault: Error | null = null;
  #ended = false;

  /** @throws the system's refusal, where it starts no more threads. */
  constructor(
    script: string,
    private readonly events: ThreadEvents,
  ) {
    this.#pool = new Piscina({
      filename: script,
      minThreads: 0,
      maxThreads: 1,
      concurrentTasksPerWorker: 1,
      idleTimeout: Infinity,
    });
    // What is told here is told by the thread as well; without a listener it would end the process.
    this.#pool.on('error', (error) => {
      this.#failed(error);
    });
    // The first request starts the thread.
    this.#pool.run(LOADED).then(
      () => {
        this.#ready = true;
      },
      (error: unknown) => {
        // A script without our function in it.
        this.#failed(error);
        void this.end();
      },
    );
    this.#pool.threads[0]!.on('error', (error) => {
      this.#failed(error);
    }).on('exit', (exitCode) => {
      this.#ended = true;
      events.onEnd(this.#ready, this.#fault, exitCode);
      void this.end();
    });
  }

  /** Hands a request over; the process waits for the reply. */
  post(request: JobRequest): void {
    const { onReply, onRefusal } = this.events;
    this.#pool.run(request).then(onReply as (reply: unknown) => void, (error: unknown) => {
      // Where the thread has ended, that says it all.
      if (!this.#ended && !this.#fault) onRefusal(error);
    });
  }

  async end(): Promise<void> {
    await this.#pool.destroy();
  }

  #failed(error: unknown): void {
    this.#fault ??= error instanceof Error ? error : new Error(String(error));
  }
}
