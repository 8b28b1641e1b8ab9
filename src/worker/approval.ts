/** Asks for approval before a large analysis starts. */
import { NeuroMfaError } from '../protocol/errors';
import { isRemote } from '../protocol/subject';

/** What an analysis will take. */
export interface WorkEstimate {
  /** Size of the checkpoint. */
  fileBytes: number;
  /**
   * Number of bytes read: part of the checkpoint, or more than all of it where lengths are relative to their median.
   */
  bytes: number;
  /** At rates measured on an ordinary machine; a slow disk takes longer. */
  seconds: number;
  threads: number;
  /** Largest memory in bytes: that of all workers and the result. */
  memory: number;
}

/** @returns whether to start. */
export type Approve = (path: string, work: WorkEstimate) => boolean | Promise<boolean>;

/** Reading more than this takes long on any disk. */
export const LARGE_BYTES = 10e9;

/**
 * Asks before more than 10 GB are read, and before all values of a remote checkpoint are read.
 * @param everything whether all weights are read, not only the rows of samples.
 * @throws NeuroMfaError `cancelled` where the answer is no, or `signal` aborts first.
 */
export async function checkApproved(
  path: string,
  work: WorkEstimate,
  approve: Approve | undefined,
  signal: AbortSignal | undefined,
  everything = false,
): Promise<void> {
  const asks = work.bytes > LARGE_BYTES || (everything && isRemote(path) && work.bytes > 0);
  if (!approve || !asks) return;
  const aborted = new Promise<boolean>((resolve) => {
    const no = (): void => {
      resolve(false);
    };
    if (signal?.aborted) no();
    signal?.addEventListener('abort', no, { once: true });
  });
  if (await Promise.race([approve(path, work), aborted])) return;
  throw new NeuroMfaError('cancelled', path, 'it was canceled', '');
}
