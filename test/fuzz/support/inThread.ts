/** Stands for `src/worker/thread.ts`: jobs run in this thread, on copies as between threads. */
import run, { type JobRequest } from '../../../src/worker/entry';
import type { ThreadEvents } from '../../../src/worker/thread';

export class WorkerThread {
  constructor(
    _script: string,
    private readonly events: Pick<ThreadEvents, 'onReply'>,
  ) {}

  post(request: JobRequest): void {
    const copy = structuredClone(request);
    void Promise.resolve().then(() => {
      this.events.onReply(structuredClone(run(copy)));
    });
  }

  end(): Promise<void> {
    return Promise.resolve();
  }
}
