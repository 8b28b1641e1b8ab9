/** A remote file. */

/** The address of a file's bytes, valid until its signature expires. */
export interface SignedUrl {
  url: string;
  /** Headers that are sent only to the origin of this address, not to redirect targets. */
  headers: Readonly<Record<string, string>>;
}

export interface RemoteFile {
  /** In a form that may be shown: without user, query and signature. */
  readonly url: string;
  /** In bytes. */
  readonly size: number;
  /**
   * Identifies this state of the file: the hash that the Hub sends, or the strong or weak ETag, or the time of the last change if
   * nothing else is sent. Null if the server sends none of these: such a file is refused without `--trust-server`.
   */
  readonly validator: string | null;
  /** SHA-256 of its content in hexadecimal, if the server sends it before a byte is read. */
  readonly sha256: string | null;
  /**
   * Whether its bytes may be cached: not if its state is only a time, or if its address contains a secret.
   */
  readonly lasting: boolean;
  /** Requests a new address of the bytes when the last one has expired, once for all waiting requests. */
  sign(): Promise<SignedUrl>;
}
