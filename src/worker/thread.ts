/**
 * One worker: a Piscina of one thread, so that a thread that cannot start, does not load its script, dies or is ended
 * affects its own job alone. Its end is reported once, whatever the cause.
 */
import { Piscina } from 'piscina';
import type { JobReply, JobRequest } from './entry';

export interface ThreadEvents {
  onReply: (reply: JobReply) => void;
  /** Called where the job could not be sent or gave no reply, although the worker is alive. */
  onRefusal: (error: unknown) => void;
  /**
   * @param ready whether its script had been loaded.
   * @param fault what ended it; null where it ended by itself, with this exit code.
   */
  onEnd: (ready: boolean, fault: Error | null, exitCode: number) => void;
}

/** A request that loads the script and does nothing else. */
const LOADED: JobRequest = { name: 'loaded', params: null };

export class WorkerThread {
  readonly #pool: Piscina;
  #events: ThreadEvents | null = null;
  #ready = false;
  #fault: Error | null = null;
  /** Null until it has ended. */
  #exitCode: number | null = null;

  /** Starts it and has it load the script. @throws the system's refusal, where it starts no more threads. */
  constructor(script: string) {
    this.#pool = new Piscina({
      filename: script,
      minThreads: 0,
      maxThreads: 1,
      concurrentTasksPerWorker: 1,
      idleTimeout: Infinity,
      // What jobs leave behind is short-lived and small: a larger young generation takes memory and saves no time.
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    // The thread reports the same fault; without this listener the event would end the process.
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
      this.#exitCode = exitCode;
      this.#events?.onEnd(this.#ready, this.#fault, exitCode);
      void this.end();
    });
  }

  /** Whether it is alive, as far as is known. */
  get lives(): boolean {
    return this.#exitCode === null && !this.#fault;
  }

  /** Reports to `events` from now on: to be called before the first request. */
  listen(events: ThreadEvents): void {
    this.#events = events;
  }

  /** Sends a request; the process stays alive until the reply. */
  post(request: JobRequest): void {
    const { onReply, onRefusal } = this.#events!;
    const transferList = request.remote ? [request.remote.port] : [];
    this.#pool.run(request, { transferList }).then(onReply as (reply: unknown) => void, (error: unknown) => {
      // The end of the thread has been reported already.
      if (this.lives) onRefusal(error);
    });
  }

  async end(): Promise<void> {
    await this.#pool.destroy();
  }

  #failed(error: unknown): void {
    this.#fault ??= error instanceof Error ? error : new Error(String(error));
  }
}
