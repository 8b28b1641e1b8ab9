/** A result that could not be stored: an error about the store, never about the checkpoint. */
import { getSystemErrorMap } from 'node:util';
import { NeuroMfaError } from '../../protocol/errors';
import { systemCode } from '../systemCode';

/** Errors of network file systems for which Node has neither text nor code. */
const WORDS: Record<string, string> = { EDQUOT: 'disk quota exceeded', ESTALE: 'stale file handle' };

export class StoreFailure extends NeuroMfaError {
  /**
   * @param directory the store's folder.
   * @param reason why nothing could be stored in it, as a clause. @param remedy what may help, as an imperative.
   */
  constructor(
    directory: string,
    readonly reason: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super('unreadable', directory, `a result could not be stored in this store: ${reason}`, remedy, options);
  }

  /** Wraps any error that occurred while writing to `directory`. */
  static of(error: unknown, directory: string): StoreFailure {
    if (error instanceof StoreFailure) return error;
    const full = ['ENOSPC', 'EDQUOT'].includes(systemCode(error) ?? '');
    const remedy = full ? 'Free some space' : 'Check the folder';
    return new StoreFailure(directory, reasonOf(error), remedy, { cause: error });
  }
}

/** "no space left on device": an error of the system in its own words, without paths and numbers. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = systemCode(error);
  if (code === undefined || !('errno' in error)) return error.message;
  return getSystemErrorMap().get(Number((error as NodeJS.ErrnoException).errno))?.[1] ?? WORDS[code] ?? code;
}
