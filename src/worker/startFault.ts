/** Explains why a worker could not start, with a next step. */
import { existsSync } from 'node:fs';
import { fileError } from '../core/storage/fileError';
import { NeuroMfaError } from '../protocol/errors';
import { shortened } from '../protocol/visible';

const REINSTALL = 'Install NeuroMFA again';

/** The system starts no thread at all. @param subject what the job was about. */
export function noThread(error: unknown, subject: string): NeuroMfaError {
  return new NeuroMfaError(
    'worker-died',
    subject,
    `the system starts no thread for it (${error instanceof Error ? error.message : String(error)})`,
    'End other programs, or raise the limits on processes and memory, and try again',
    { cause: error },
  );
}

/** The thread ended before its script had been loaded: by this fault, or by itself. */
export function startFault(script: string, fault: Error | null, exitCode: number): NeuroMfaError {
  const code = fault && 'code' in fault ? fault.code : undefined;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return noThread(fault, script);
  // The system refused, as with EMFILE and EACCES; a missing file has a better message below.
  if (fault && 'syscall' in fault && code !== 'ENOENT') return fileError(fault, script);
  const missing = existsSync(script) ? otherScript(fault) : script;
  if (missing) return new NeuroMfaError('missing', missing, 'this part of NeuroMFA is not there', REINSTALL);
  const cause = fault ? `${fault.name}: ${fault.message}` : `it ended with exit code ${exitCode}`;
  return new NeuroMfaError(
    'damaged',
    script,
    `this part of NeuroMFA does not start (${shortened(cause)})`,
    REINSTALL,
    { cause: fault },
  );
}

/** Piscina's own script, where that is what the thread could not find. */
function otherScript(fault: Error | null): string | undefined {
  return /^Cannot find module '([^']+worker\.js)'/.exec(fault?.message ?? '')?.[1];
}
