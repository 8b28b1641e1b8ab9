/** What a kind of place can be asked: its folders and files, by location. */
import type { Location } from '../protocol/subject';
import type { RemoteFile } from './remoteFile';

export interface RemoteEntry {
  /** The last part of its location. */
  name: string;
  kind: 'file' | 'folder';
  /** Of a file; null where only asking for it would tell. */
  bytes: number | null;
  /** In milliseconds since 1970; 0 where nothing tells. */
  modified: number;
  /** Names the content of a file, wherever it lies: equal names mean equal bytes. Null where the server tells none. */
  content: string | null;
}

export interface RemotePlace {
  /** What a folder holds; null where there is none. @throws NeuroMfaError. */
  list(location: Location, signal: AbortSignal | undefined): Promise<readonly RemoteEntry[] | null>;
  /** Every file below a folder, by its location. @throws NeuroMfaError. */
  below(location: Location, signal: AbortSignal | undefined): Promise<ReadonlyMap<Location, RemoteEntry>>;
  /** What is at a location; null for nothing. @throws NeuroMfaError. */
  find(location: Location, signal: AbortSignal | undefined): Promise<RemoteEntry | null>;
  /** A file that {@link find} has found. @throws NeuroMfaError. */
  file(location: Location, signal: AbortSignal | undefined): Promise<RemoteFile>;
}

/** Folders have at most so many files and folders below them. */
export const MOST_ENTRIES = 100_000;
/** Answers that list something have at most so many bytes. */
export const MOST_LIST_BYTES = 64 * 2 ** 20;

/** The location of something in a folder. */
export const within = (folder: Location, name: string): Location => `${folder.replace(/\/+$/, '')}/${name}`;

/** The entries of every folder among files, by the folder's location. @param root of all of them. */
export function foldersOf(
  root: Location,
  files: ReadonlyMap<Location, RemoteEntry>,
): Map<Location, Map<string, RemoteEntry>> {
  const folders = new Map<Location, Map<string, RemoteEntry>>([[root, new Map<string, RemoteEntry>()]]);
  for (const [location, entry] of files) {
    const parts = location.slice(root.length + 1).split('/');
    let folder = root;
    for (const [i, name] of parts.entries()) {
      const last = i === parts.length - 1;
      const own = last ? entry : { name, kind: 'folder' as const, bytes: null, modified: 0, content: null };
      const known = folders.get(folder)!;
      if (!known.has(name)) known.set(name, own);
      folder = within(folder, name);
      if (!last && !folders.has(folder)) folders.set(folder, new Map<string, RemoteEntry>());
    }
  }
  return folders;
}
