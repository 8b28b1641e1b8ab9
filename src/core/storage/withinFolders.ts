/**
 * Whether a path stays inside folders, wherever the links on the way lead. Nothing outside of them is even looked up.
 */
import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import nodePath, { isAbsolute, join, relative, resolve, sep } from 'node:path';

/** No system follows more links than this for one path. */
const MAX_LINKS = 40;

/** A folder as the user names it, and its path without links. */
interface Root {
  named: string;
  real: string;
}

/**
 * Whether `path` exists and is in one of `folders`, links in it followed. A link that leads outside is not followed,
 * and nothing outside is looked up.
 */
export function liesWithin(path: string, folders: readonly string[]): boolean {
  try {
    return staysIn(resolve(path), folders.flatMap(rootOf));
  } catch {
    // Something on the way cannot be looked up.
    return false;
  }
}

/** Whether `path` is `folder` or below it, by the words alone. @param system the system whose path syntax applies. */
export function isBelow(
  path: string,
  folder: string,
  system: Pick<typeof nodePath, 'relative' | 'isAbsolute' | 'sep'> = nodePath,
): boolean {
  const way = system.relative(folder, path);
  return way !== '..' && !way.startsWith(`..${system.sep}`) && !system.isAbsolute(way);
}

/** Empty where the folder does not exist. */
function rootOf(folder: string): Root[] {
  try {
    return [{ named: resolve(folder), real: realpathSync(folder) }];
  } catch {
    return [];
  }
}

/** Walks to `path` from the root that contains it, one name after another. */
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
    // An empty name is no step: two separators count as one.
    const next = join(way.at, name);
    if (!roots.some(({ real }) => isBelow(next, real))) return false;
    const stats = lstatSync(next, { throwIfNoEntry: false });
    if (!stats) return false;
    if (!stats.isSymbolicLink()) {
      way = { at: next, rest };
      continue;
    }
    if (++links > MAX_LINKS) return false;
    const target = readlinkSync(next);
    // Not normalized by its words: `link/..` is the parent of what the link leads to.
    const start = isAbsolute(target) ? begin(target) : { at: way.at, rest: target.split(sep) };
    way = start && { at: start.at, rest: [...start.rest, ...rest] };
  }
  return way !== null;
}

/** Whether `path`, as spelled, begins with `folder`. */
function startsIn(path: string, folder: string): boolean {
  const { length } = folder;
  const bounded = folder.endsWith(sep) || path.length === length || path[length] === sep;
  return bounded && relative(folder, path.slice(0, length)) === '';
}
