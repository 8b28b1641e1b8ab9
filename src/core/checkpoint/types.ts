/** What every checkpoint format offers: named tensors and ranged reads, never a whole file in memory. */
import type { CheckpointInfo } from '../../protocol/analysis';
import type { DType } from './dtype';
import type { TensorShape } from '../network/types';
import type { StampedFile } from '../storage/stamp';

/** What a format says of a tensor's part in the network is as in `TensorShape`. */
export interface TensorInfo extends Pick<TensorShape, 'axes' | 'groups' | 'order' | 'use'> {
  name: string;
  dtype: DType;
  shape: readonly number[];
  /** The file that holds the values. */
  file: StampedFile;
  /** Absolute offset of the first value in that file; may exceed 2^32. */
  offset: number;
  /** Size of the stored values. */
  bytes: number;
}

export interface Checkpoint {
  /** Absolute path as the user gave it: a file, an index, or the folder resolved to one of these. */
  path: string;
  format: CheckpointInfo['format'];
  /** The data files with their sizes in bytes, in a stable order. */
  files: readonly { path: string; bytes: number }[];
  /** Every file that it was read from, configuration and index included, in a stable order. */
  stamps: readonly StampedFile[];
  /** In file order. Names are unique. */
  tensors: readonly TensorInfo[];
  /** The format's own free-form metadata (`__metadata__` of safetensors). */
  metadata: Readonly<Record<string, string>>;
  /** `config.json` beside the checkpoint, or null where there is none. */
  config: Readonly<Record<string, unknown>> | null;
  /** Reads `into.length` bytes of `tensor`, `start` bytes after its first value. */
  read(tensor: TensorInfo, start: number, into: Uint8Array): void;
  /** Bytes read from the data files so far, headers included. */
  readonly bytesRead: number;
  /** SHA-256 over sizes, headers and 64 evenly spaced 4 KiB blocks of each file, in hexadecimal. */
  fingerprint(): string;
  close(): void;
}
