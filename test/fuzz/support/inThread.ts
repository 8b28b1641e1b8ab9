/** Stands for `src/worker/thread.ts`: jobs run in this thread, on copies as between threads. */
import run, { type JobRequest } from '../../../src/worker/entry';
import type { ThreadEvents, WorkerThread as RealThread } from '../../../src/worker/thread';

/** All that the pool uses of a thread. */
type Used = Pick<RealThread, 'lives' | 'listen' | 'post' | 'end'>;

export class WorkerThread implements Used {
  readonly lives = true;
  #events: Pick<ThreadEvents, 'onReply'> | null = null;

  listen(events: ThreadEvents): void {
    this.#events = events;
  }

  post(request: JobRequest): void {
    const copy = structuredClone(request);
    void Promise.resolve().then(() => {
      this.#events!.onReply(structuredClone(run(copy)));
    });
  }

  end(): Promise<void> {
    return Promise.resolve();
  }
}
