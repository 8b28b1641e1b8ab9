/** The seam for checkpoint formats: each is one file that exports one of these, and one line in open.ts. */
import type { Checkpoint } from './types';

export interface CheckpointFormat {
  /** Whether the first bytes of a file are this format's. Decides before any name does. */
  sniffs(head: Uint8Array): boolean;
  /** Whether a file of this name promises this format: what to look for in a folder. */
  named(fileName: string): boolean;
  /**
   * @param onTensors told now and then how many tensors have been found, also when nothing but bytes have been read.
   * @throws NeuroMfaError naming the file, the cause and the next step.
   */
  open(path: string, onTensors?: (count: number) => void): Checkpoint;
}
