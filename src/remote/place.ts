/** A kind of remote place: it lists and opens its folders and files, by location. */
import type { Location } from '../protocol/subject';
import type { RemoteFile } from './remoteFile';

export interface RemoteEntry {
  /** The last part of its location. */
  name: string;
  kind: 'file' | 'folder';
  /** Size of a file in bytes; null if it is not known before a request for the file. */
  bytes: number | null;
  /** In milliseconds since 1970; 0 if it is not known. */
  modified: number;
  /** Identifies the content of a file, at any place: equal identifiers mean equal bytes. Null if the server sends none. */
  content: string | null;
}

export interface RemotePlace {
  /** The entries of a folder; null if there is no such folder. @throws NeuroMfaError. */
  list(location: Location, signal: AbortSignal | undefined): Promise<readonly RemoteEntry[] | null>;
  /** Every file below a folder, by its location. @throws NeuroMfaError. */
  below(location: Location, signal: AbortSignal | undefined): Promise<ReadonlyMap<Location, RemoteEntry>>;
  /** The file or folder at a location; null if there is none. @throws NeuroMfaError. */
  find(location: Location, signal: AbortSignal | undefined): Promise<RemoteEntry | null>;
  /** A file that {@link find} found. @throws NeuroMfaError. */
  file(location: Location, signal: AbortSignal | undefined): Promise<RemoteFile>;
}

/** Limit for the number of files and folders below a folder. */
export const MAX_ENTRIES = 100_000;
/** Limit for the size of a listing, in bytes. */
export const MAX_LIST_BYTES = 64 * 2 ** 20;

/** The location of an entry of a folder. */
export const within = (folder: Location, name: string): Location => `${folder.replace(/\/+$/, '')}/${name}`;

/** The entries of all folders of these files, by the folder's location. @param root location that contains all of them. */
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
