/** The store of results, which the editor shares with the command line. */
import { stat } from 'node:fs/promises';
import { DEFAULT_STORE_BYTES, setStoreLimit } from '../../core/store/limit';
import { moveResults } from '../../core/store/moveResults';
import { defaultStore } from '../../core/store/place';
import { ResultStore } from '../../core/store/resultStore';
import { StoreFailure } from '../../core/store/storeFailure';
import type { Log } from './analyses';

export interface StoreChoice {
  /**
   * A folder of the user's choice; undefined for the one in the user's cache.
   * @throws StoreFailure where it is invalid.
   */
  folder: () => string | undefined;
  /** In bytes; undefined where the user has not set it. */
  maxBytes: number | undefined;
  /** The former folders of results; their results are moved. */
  former: readonly string[];
}

/**
 * Opens it. Without a store the extension works, and computes everything each time.
 * @param onOverLimit see {@link ResultStore.open}.
 */
export async function openStore(
  { folder, maxBytes, former }: StoreChoice,
  log: Log,
  onOverLimit: (message: string) => void,
): Promise<{ store?: ResultStore; fault: StoreFailure | null }> {
  let directory = '';
  try {
    const chosen = folder();
    directory = chosen ?? defaultStore();
    const onDropped = (message: string): void => {
      log.warn(message);
    };
    const limit = maxBytes ?? (chosen === undefined ? DEFAULT_STORE_BYTES : Infinity);
    const store = await ResultStore.open(directory, onDropped, limit, onOverLimit);
    log.info(`Results are stored in ${directory}`);
    if (chosen === undefined) await limitOthers(directory, maxBytes, log);
    for (const each of former) await move(each, store, log);
    return { store, fault: null };
  } catch (error) {
    log.warn(`Results cannot be stored in ${directory}: ${String(error)}`);
    return { fault: StoreFailure.of(error, directory) };
  }
}

/** Writes the limit for the command line. In a read-only folder, nobody frees space. */
async function limitOthers(directory: string, maxBytes: number | undefined, log: Log): Promise<void> {
  await setStoreLimit(directory, maxBytes).catch((error: unknown) => {
    log.warn(`The limit of the stored results cannot be written in ${directory}: ${String(error)}`);
  });
}

async function move(from: string, store: ResultStore, log: Log): Promise<void> {
  const { moved, failures } = await moveResults(from, store);
  if (moved > 0) log.info(`Results from ${from} are stored in ${store.directory} now: ${moved}`);
  for (const failure of failures) log.warn(`A result stays in ${from}: ${String(failure)}`);
}

/**
 * Calls back where results were stored or removed since the last look, because not every file system sends events.
 * @returns a function that looks, and never rejects.
 */
export function watchStore(store: ResultStore | undefined, onChange: () => void): () => Promise<void> {
  let seen: number | undefined;
  return async () => {
    const changed = store && (await stat(store.directory).catch(() => undefined))?.mtimeMs;
    if (changed === undefined || changed === seen) return;
    seen = changed;
    onChange();
  };
}
