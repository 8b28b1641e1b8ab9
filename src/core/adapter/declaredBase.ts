/**
 * The base that an adapter's configuration names. That file comes with the adapter, from anywhere, so without being
 * asked this program opens the base only inside folders that the user has named (`storage/withinFolders.ts`). Elsewhere
 * it does not even look the path up, because the path may lead to another machine.
 */
import { dirname, resolve } from '../storage/paths';

/** Where the base is according to the adapter at `adapter` (a file). Works on the words alone: looks nothing up. */
export function namedPlace(adapter: string, baseName: string): string {
  return resolve(dirname(adapter), baseName);
}

/** Whether `path` names another machine (`\\host\share`). Works on the words alone. */
export function isRemote(path: string): boolean {
  return /^[\\/]{2}/.test(path);
}
