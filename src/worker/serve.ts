/** The worker's side of the pool: requests come in, replies go out, one at a time. */
import { parentPort } from 'node:worker_threads';
import type { ErrorData } from '../protocol/errors';
import type { Jobs } from './job';

export interface JobRequest {
  name: keyof Jobs;
  params: unknown;
}
export type JobReply =
  { ok: true; value: unknown } | { ok: false; error: ErrorData; stack: string | undefined };

/** The first thing that a worker says: its script has been loaded. A thread that ends before is none of a job's fault. */
export const READY = 'ready';
export type WorkerMessage = typeof READY | JobReply;

/** Answers every request; what `handle` throws ends the worker. */
export function serve(handle: (request: JobRequest) => JobReply | Promise<JobReply>): void {
  const port = parentPort!;
  const say = (message: WorkerMessage): void => {
    port.postMessage(message);
  };
  port.on('message', (request: JobRequest) => {
    void Promise.resolve(handle(request)).then(say);
  });
  say(READY);
}
