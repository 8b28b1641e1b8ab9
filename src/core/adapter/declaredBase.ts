/**
 * The base that an adapter's configuration names. That file comes with the adapter, from anywhere: what it names is opened
 * unasked only inside folders that the user has named (`storage/withinFolders.ts`). Elsewhere it is not even looked up, for
 * a path may lead to another machine.
 */
import { dirname, resolve } from '../storage/paths';

/** Where the base is, as the adapter at `adapter` (a file) names it. By the words alone: nothing is looked up. */
export function namedPlace(adapter: string, baseName: string): string {
  return resolve(dirname(adapter), baseName);
}

/** Whether `path` names another machine (`\\host\share`), by the words alone. */
export function isRemote(path: string): boolean {
  return /^[\\/]{2}/.test(path);
}
