/** Options of the fetching thread, and the events that it reports. */

/** Credentials that the editor has and the environment does not. */
export interface RemoteCredentials {
  /** Token of the Hub. Default: that of the environment, or of the Hub's own file. */
  hubToken?: string | undefined;
  /** Address of a proxy for all hosts except those in `noProxy`. Default: the environment's. */
  proxy?: string | undefined;
  noProxy?: readonly string[] | undefined;
}

/** Whether listings, headers and the weights of samples are cached on the disk. */
export interface AnswerCacheOptions {
  /** Folder of the cache; null to use none. */
  directory: string | null;
  /** Asks servers for listings again, even if the cached ones are fresh. */
  refresh: boolean;
}

/** Reports that a cached listing was used instead of asking its server. */
export interface OldAnswer {
  /** For example a host. */
  place: string;
  /** When the server was asked, in milliseconds since 1970. */
  at: number;
  /** Why the server cannot be asked now; null if the listing is only minutes old. */
  cause: string | null;
}

export type OnOld = (old: OldAnswer) => void;
