/** Whether a path stays in folders, wherever the links on the way lead. Nothing outside of them is so much as looked up. */
import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import nodePath, { isAbsolute, join, relative, resolve, sep } from 'node:path';

/** No system follows more links than these for one path. */
const MOST_LINKS = 40;

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
