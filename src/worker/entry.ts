/** Piscina calls this in a worker: it runs one job and turns what it throws into plain data, which an Error would not survive as. */
import { errorData, type ErrorData } from '../protocol/errors';
import { jobs, type Jobs } from './job';

export interface JobRequest {
  /** `loaded` asks for nothing but the script itself. */
  name: keyof Jobs | 'loaded';
  params: unknown;
}
export type JobReply =
  { ok: true; value: unknown } | { ok: false; error: ErrorData; stack: string | undefined };

export default function run({ name, params }: JobRequest): JobReply {
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
