/** Programs of the system that tests need: Debian has daemons where only root looks. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export const SYSTEM_PATH = [process.env['PATH'] ?? '', '/usr/sbin', '/sbin'].join(delimiter);

/** Those of `programs` that cannot be run here. */
export function missingOnPath(programs: readonly string[]): string[] {
  const folders = SYSTEM_PATH.split(delimiter).filter(Boolean);
  return programs.filter((program) => !folders.some((folder) => executable(join(folder, program))));
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
