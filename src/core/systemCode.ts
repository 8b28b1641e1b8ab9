/** The codes that the operating system gives its errors. */
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

/**
 * Returns a code such as "ENOSPC", also where Node knows only a number (as for network disks); undefined for an error
 * that is not the system's.
 */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { errno, code } = error as NodeJS.ErrnoException;
  if (errno === undefined) return code;
  const known = getSystemErrorMap().get(errno)?.[0];
  return known ?? Object.entries(constants.errno).find(([, number]) => number === -errno)?.[0] ?? code;
}
