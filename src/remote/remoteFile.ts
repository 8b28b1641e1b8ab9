/** A file that lies elsewhere, as the room of the network knows it. */

/** Where to ask for the bytes of a file, for as long as the signature holds. */
export interface SignedUrl {
  url: string;
  /** Sent to the origin of this address, and to no other that it may redirect to. */
  headers: Readonly<Record<string, string>>;
}

export interface RemoteFile {
  /** As it may be shown: without user, query and signature. */
  readonly url: string;
  /** In bytes. */
  readonly size: number;
  /**
   * What tells this state of the file from any other: the hash that the Hub names, or the strong or weak ETag, or the time of the last
   * change where nothing else is sent. Null where nothing is: such a file is refused without `--trust-server`.
   */
  readonly validator: string | null;
  /** SHA-256 of its content in hexadecimal, where the server tells it before a byte is read. */
  readonly sha256: string | null;
  /**
   * Whether what is read of it may be kept for the next time: not where its state is told by a time alone, or its address holds more
   * than its place.
   */
  readonly lasting: boolean;
  /** A new address of the bytes. It is asked for once for all that wait, when the last one has expired. */
  sign(): Promise<SignedUrl>;
}
