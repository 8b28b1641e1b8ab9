/** What the program knows about a checkpoint format. Each format is one file that exports a row for `table.ts`. */
import type { ByteSource } from '../../storage/storage';
import type { Checkpoint } from '../types';

/** One kind of file that a checkpoint is opened by: a file that holds it whole, or the index of several. */
export interface CheckpointFile {
  /** Names the kind in results, so it never changes: lower-case letters, digits and hyphens. */
  id: string;
  /** What people call it. */
  label: string;
  /**
   * Names that only such files have: searches look for them. Each is a whole name, or one with `*` for any text in it.
   */
  sureNames: readonly string[];
  /** Names that other files have as well: such a file is taken where a user names it or its folder, never searched for. */
  namesOnRequest: readonly string[];
  /** Names that mostly files of other programs have: taken as those on request, and in no menu. */
  namesOfOthers?: readonly string[];
  /**
   * Whether the first bytes of a file are those of this kind. Content decides before any name does; the name tells kinds
   * apart that begin alike.
   */
  sniffs(head: Uint8Array, fileName: string): boolean;
  /** The same for content that may begin further behind: asked only where the name is one of this kind, on request too. */
  isFoundIn?(source: ByteSource): boolean;
  /**
   * @param onTensors called now and then with the number of tensors found so far, also when only bytes have been read.
   * @throws NeuroMfaError naming the file, the cause and the next step.
   */
  open(path: string, onTensors?: (count: number) => void): Checkpoint;
}

export interface CheckpointFormat extends CheckpointFile {
  /** The index that joins several files of this format (shards) to one checkpoint, where the format has one. */
  sharded?: CheckpointFile;
  /** Files of a checkpoint in several (`-00001-of-00003`) need no index: any of them opens all. */
  shardsJoinThemselves?: true;
  /** All files of this format in a folder are one checkpoint, which is opened by the file of this name among or beside them. */
  openedBy?: string;
}
