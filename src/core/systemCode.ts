/** What the system calls its own errors. */
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

/** "ENOSPC", also where Node knows a number alone, as of network disks; undefined for what is no error of the system. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { errno, code } = error as NodeJS.ErrnoException;
  if (errno === undefined) return code;
  const known = getSystemErrorMap().get(errno)?.[0];
  return known ?? Object.entries(constants.errno).find(([, number]) => number === -errno)?.[0] ?? code;
}
