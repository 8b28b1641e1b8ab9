/** Where results are stored unless somebody says otherwise: one folder per user, for the editor and the command line. */
import { homedir } from 'node:os';
import { join, posix, win32 } from 'node:path';

/** The process whose user's folder is meant. */
export interface UserProcess {
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
  /** @throws the system's error where there is none, for example for a user without a name in a container. */
  home: () => string;
}

/**
 * The user's folder for data that can be computed again; it need not exist. `XDG_CACHE_HOME` counts on every system;
 * the XDG Base Directory Specification says that relative paths in it are ignored.
 * @throws the system's error where the user has no home.
 */
export function userCache({ platform, env, home }: UserProcess = { ...process, home: homedir }): string {
  const path = platform === 'win32' ? win32 : posix;
  const named = (value = ''): string | undefined => (path.isAbsolute(value) ? value : undefined);
  const xdg = named(env['XDG_CACHE_HOME']);
  if (xdg !== undefined) return path.join(xdg, 'neuromfa');
  if (platform === 'win32')
    return path.join(
      named(env['LOCALAPPDATA']) ?? path.join(home(), 'AppData', 'Local'),
      'neuromfa',
      'Cache',
    );
  if (platform === 'darwin') return path.join(home(), 'Library', 'Caches', 'neuromfa');
  return path.join(home(), '.cache', 'neuromfa');
}

/** The store in a user's cache. @throws the system's error where the user has no home. */
export const defaultStore = (cache = userCache()): string => join(cache, 'results');
