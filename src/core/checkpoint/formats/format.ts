/** What the program knows about a checkpoint format. Each format is one file that exports a row for `table.ts`. */
import type { ByteSource } from '../../storage/storage';
import type { Checkpoint } from '../types';

/** A kind of file that opens a checkpoint: a file that holds all of it, or the index of several files. */
export interface CheckpointFile {
  /** Names the kind in results, so it never changes: lower-case letters, digits and hyphens. */
  id: string;
  /** What people call it. */
  label: string;
  /**
   * Names that only such files have: searches look for them. Each is a whole name, or one with `*` for any text in it.
   */
  sureNames: readonly string[];
  /**
   * Names that other files have as well: such a file is opened where a user names it or its folder, but searches ignore
   * it.
   */
  namesOnRequest: readonly string[];
  /** Names that mostly belong to files of other programs: treated as those on request, and offered in no menu. */
  namesOfOthers?: readonly string[];
  /**
   * Whether a file that begins with these bytes is of this kind. Content takes precedence over names; the name
   * distinguishes kinds that begin alike.
   */
  sniffs(head: Uint8Array, fileName: string): boolean;
  /**
   * The same for content that may begin later in the file: called only where the name is one of this kind, including
   * names on request.
   */
  isFoundIn?(source: ByteSource): boolean;
  /**
   * @param onTensors called now and then with the number of tensors found so far, also when only bytes have been read.
   * @throws NeuroMfaError naming the file, the cause and the next step.
   */
  open(path: string, onTensors?: (count: number) => void): Checkpoint;
}

export interface CheckpointFormat extends CheckpointFile {
  /** The index that joins several files of this format (shards) into one checkpoint, where the format has one. */
  sharded?: CheckpointFile;
  /** Set where the files of a checkpoint in several (`-00001-of-00003`) need no index: any of them opens all. */
  shardsJoinThemselves?: true;
  /**
   * Set where all files of this format in a folder are one checkpoint; the name of the file among or beside them that
   * opens it.
   */
  openedBy?: string;
}
