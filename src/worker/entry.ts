/** The function that Piscina calls in a worker: runs one job, and converts errors to plain data, because an Error loses its fields between threads. */
import { useRemoteFiles } from '../core/storage/anywhere';
import type { Connection } from '../remote/messages';
import { RemoteFiles } from '../remote/remoteFiles';
import { errorData, type ErrorData } from '../protocol/errors';
import { jobs, type Jobs } from './job';

export interface JobRequest {
  /** `loaded` only checks that the script loads. */
  name: keyof Jobs | 'loaded';
  params: unknown;
  /** Gives this thread access to remote files from now on. */
  remote?: Connection;
}
export type JobReply =
  { ok: true; value: unknown } | { ok: false; error: ErrorData; stack: string | undefined };

export default function run({ name, params, remote }: JobRequest): JobReply {
  if (remote) useRemoteFiles(new RemoteFiles(remote));
  if (name === 'loaded') return { ok: true, value: null };
  try {
    const job = jobs[name] as (params: unknown) => unknown;
    return { ok: true, value: job(params) };
  } catch (error) {
    return {
      ok: false,
      error: errorData(error, name),
      stack: error instanceof Error ? error.stack : undefined,
    };
  }
}
