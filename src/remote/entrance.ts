/**
 * How the rest of the program gets at what lies elsewhere. Whoever has an address from a user hands it over here first; from then
 * on its checkpoints are locations, which everything that takes a subject takes.
 */
import type { KeptOptions, RemoteCredentials } from './options';
import type { RemoteListing } from '../protocol/remote';
import type { Location } from '../protocol/subject';
import type { Traffic } from './messages';

export interface LocateOptions {
  signal?: AbortSignal | undefined;
  /** Reads files of servers that tell nothing by which a change would show. */
  trustServer?: boolean | undefined;
}

export interface ListOptions extends LocateOptions {
  /** Told how many of the branches that tell a step have been listed. */
  onListed?: ((done: number, total: number) => void) | undefined;
  /** Which of several series of checkpoints is meant, as messages name them. */
  series?: string | undefined;
  order?: readonly string[] | undefined;
}

/** Told while a server asks to wait, such as "waiting 40 s for huggingface.co"; null once it goes on. */
export type OnWaiting = (words: string | null) => void;

export interface RemoteEntrance {
  /** Counts for all requests from then on. */
  use(credentials: RemoteCredentials): void;
  /** Counts from then on; until it is called, nothing is kept. */
  keep(options: KeptOptions): void;
  /**
   * What lies at an address that a user has typed or chosen: its checkpoints with their steps, sizes and hashes. No weights are
   * read.
   * @throws NeuroMfaError `usage` for what is no address; `missing`, `forbidden`, `unreachable`, `unsupported`, `damaged`; or
   *   `cancelled`.
   */
  list(word: string, options?: ListOptions): Promise<RemoteListing>;
  /**
   * The location of a checkpoint that a user names. Nothing is read. Its secrets are kept for it until the program ends.
   * @throws NeuroMfaError `usage` or `unsupported` for what is no address.
   */
  locate(word: string, options?: LocateOptions): Promise<Location>;
  /** What has been sent for since the program began. */
  traffic(): Promise<Traffic>;
  /** Ends the thread that fetches; its connections are closed. */
  dispose(): Promise<void>;
}
