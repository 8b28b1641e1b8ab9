/** One worker thread: what it says, and how it ended, which is told once whatever ended it. */
import { Worker } from 'node:worker_threads';
import { READY, type JobReply, type JobRequest, type WorkerMessage } from './serve';

export interface ThreadEvents {
  onReply: (reply: JobReply) => void;
  /**
   * @param ready whether its script had been loaded.
   * @param fault what ended it; null where it ended by itself, with this exit code.
   */
  onEnd: (ready: boolean, fault: Error | null, exitCode: number) => void;
}

export class WorkerThread {
  readonly #worker: Worker;

  /** @throws the system's refusal, where it starts no more threads. */
  constructor(script: string, { onReply, onEnd }: ThreadEvents) {
    let ready = false;
    let fault: Error | null = null;
    const failed = (error: unknown): void => {
      fault ??= error instanceof Error ? error : new Error(String(error));
    };
    this.#worker = new Worker(script)
      .on('message', (message: WorkerMessage) => {
        if (message === READY) ready = true;
        else onReply(message);
      })
      // An end follows each of these.
      .on('error', failed)
      .on('messageerror', (error) => {
        failed(error);
        void this.end();
      })
      .on('exit', (exitCode) => {
        onEnd(ready, fault, exitCode);
      });
  }

  /** The process waits for it until it {@link rest}s. @throws where the request cannot be cloned. */
  post(request: JobRequest): void {
    this.#worker.postMessage(request);
    this.#worker.ref();
  }

  /** The process may end without it. */
  rest(): void {
    this.#worker.unref();
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
