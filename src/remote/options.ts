/** What the rest of the program tells the fetching thread once, and what it hears from it. */

/** What the editor knows and the environment does not. */
export interface RemoteCredentials {
  /** Of the Hub; the environment's and the Hub's own file count where it is left out. */
  hubToken?: string | undefined;
  /** Address of a proxy for all that `noProxy` does not name; the environment's counts where it is left out. */
  proxy?: string | undefined;
  noProxy?: readonly string[] | undefined;
}

/** What is read may be kept for the next time: what lies where, headers, and the weights of samples. */
export interface KeptOptions {
  /** Null: nothing is kept, and nothing that was kept is used. */
  directory: string | null;
  /** Asks again what lies where, however short ago that was asked. */
  refresh: boolean;
}

/** Told where it was not asked anew what lies at a place. */
export interface OldAnswer {
  /** Such as a host. */
  place: string;
  /** When it was asked, in milliseconds since 1970. */
  at: number;
  /** Why the place cannot be asked now; null where it was asked minutes ago. */
  cause: string | null;
}

export type OnOld = (old: OldAnswer) => void;
