/**
 * The interface of remote files to the rest of the program. An address from a user is passed here first; from then on its
 * checkpoints are locations, which everything that takes a subject accepts.
 */
import type { AnswerCacheOptions, RemoteCredentials } from './options';
import type { RemoteListing } from '../protocol/remote';
import type { Location } from '../protocol/subject';
import type { Traffic } from './messages';

export interface LocateOptions {
  signal?: AbortSignal | undefined;
  /** Reads files even from servers that send nothing that would reveal a change. */
  trustServer?: boolean | undefined;
}

export interface ListOptions extends LocateOptions {
  /** Asks the server, even if it was asked minutes ago. */
  anew?: boolean | undefined;
  /** Called with the number of branches with a step that have been listed. */
  onListed?: ((done: number, total: number) => void) | undefined;
  /** Selects one of several series of checkpoints, by its name in messages. */
  series?: string | undefined;
  order?: readonly string[] | undefined;
}

/** Called while a server asks to wait, for example with "waiting 40 s for huggingface.co"; with null when requests continue. */
export type OnWaiting = (words: string | null) => void;

export interface RemoteEntrance {
  /** Applies to all later requests. */
  use(credentials: RemoteCredentials): void;
  /** Applies from now on; nothing is cached before the first call. */
  keep(options: AnswerCacheOptions): void;
  /**
   * Lists the checkpoints at an address that a user has typed or chosen, with their steps, sizes and hashes. Reads no weights.
   * @throws NeuroMfaError `usage` if it is not an address; `missing`, `forbidden`, `unreachable`, `unsupported`, `damaged`; or
   *   `cancelled`.
   */
  list(word: string, options?: ListOptions): Promise<RemoteListing>;
  /**
   * The location of a checkpoint that a user names. Reads nothing. Keeps its secrets in memory until the program ends.
   * @throws NeuroMfaError `usage` or `unsupported` if it is not an address.
   */
  locate(word: string, options?: LocateOptions): Promise<Location>;
  /** Requests and bytes since the program started. */
  traffic(): Promise<Traffic>;
  /** Ends the fetching thread and closes its connections. */
  dispose(): Promise<void>;
}
