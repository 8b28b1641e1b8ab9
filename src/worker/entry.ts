/** The worker's script: runs one job and turns what it throws into plain data, which an Error would not survive as. */
import { errorData } from '../protocol/errors';
import { jobs } from './job';
import { serve, type JobReply, type JobRequest } from './serve';

function run({ name, params }: JobRequest): JobReply {
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

serve(run);
