/**
 * The base that an adapter's configuration names. That file comes with the adapter, from anywhere: what it names is opened
 * unasked only inside folders that the user has named. Elsewhere it is not even looked up, for a path may lead to another
 * machine.
 */
import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import nodePath, { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

/** No system follows more links than these for one path. */
const MOST_LINKS = 40;

/** Takes the base that an adapter names where it lies in one of these folders, and else none. */
export interface BaseWithin {
  within: readonly string[];
}

/** Where the base is, as the adapter at `adapter` (a file) names it. By the words alone: nothing is looked up. */
export function namedPlace(adapter: string, baseName: string): string {
  return resolve(dirname(adapter), baseName);
}

/** Whether `path` names another machine (`\\host\share`), by the words alone. */
export function isRemote(path: string): boolean {
  return /^[\\/]{2}/.test(path);
}

/** A folder as the user names it, and where that is without links. */
interface Root {
  named: string;
  real: string;
}

/**
 * Whether `path` is there and lies in one of `folders`, links in it followed. One that leads out of them is not followed,
 * nor is anything looked up that is named outside.
 */
export function liesWithin(path: string, folders: readonly string[]): boolean {
  try {
    return staysIn(resolve(path), folders.flatMap(rootOf));
  } catch {
    // Something on the way cannot be looked up.
    return false;
  }
}

/** Whether `path` is `folder` or below it, by the words alone. @param system whose paths they are. */
export function isBelow(
  path: string,
  folder: string,
  system: Pick<typeof nodePath, 'relative' | 'isAbsolute' | 'sep'> = nodePath,
): boolean {
  const way = system.relative(folder, path);
  return way !== '..' && !way.startsWith(`..${system.sep}`) && !system.isAbsolute(way);
}

/** None where the folder is not there. */
function rootOf(folder: string): Root[] {
  try {
    return [{ named: resolve(folder), real: realpathSync(folder) }];
  } catch {
    return [];
  }
}

/** Walks to `path` from the root that it is in, one name after the other. */
function staysIn(path: string, roots: readonly Root[]): boolean {
  const begin = (place: string): { at: string; rest: string[] } | null => {
    for (const { named, real } of roots) {
      const before = [named, real].find((root) => startsIn(place, root));
      if (before !== undefined) return { at: real, rest: place.slice(before.length).split(sep) };
    }
    return null;
  };
  let way = begin(path);
  for (let links = 0; way && way.rest.length > 0;) {
    const [name = '', ...rest] = way.rest;
    // An empty one is no step: two separators are one.
    const next = join(way.at, name);
    if (!roots.some(({ real }) => isBelow(next, real))) return false;
    const stats = lstatSync(next, { throwIfNoEntry: false });
    if (!stats) return false;
    if (!stats.isSymbolicLink()) {
      way = { at: next, rest };
      continue;
    }
    if (++links > MOST_LINKS) return false;
    const target = readlinkSync(next);
    // Not made shorter by its words: `link/..` is the folder above what the link leads to.
    const start = isAbsolute(target) ? begin(target) : { at: way.at, rest: target.split(sep) };
    way = start && { at: start.at, rest: [...start.rest, ...rest] };
  }
  return way !== null;
}

/** Whether the way to `path`, as it is spelled, begins with `folder`. */
function startsIn(path: string, folder: string): boolean {
  const { length } = folder;
  const bounded = folder.endsWith(sep) || path.length === length || path[length] === sep;
  return bounded && relative(folder, path.slice(0, length)) === '';
}
