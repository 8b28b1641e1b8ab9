/** What every checkpoint format offers: named tensors and ranged reads, never a whole file in memory. */
import type { CheckpointInfo } from '../../protocol/analysis';
import type { DType } from './dtype';
import type { TensorShape } from '../network/types';
import type { StampedFile } from '../storage/stamp';
import type { Recipe } from '../weights/recipes/table';

/** Its properties that concern its role in the network are as in `TensorShape`. */
export interface TensorInfo extends Pick<TensorShape, 'axes' | 'groups' | 'order' | 'set' | 'use'> {
  name: string;
  /** Type of the elements after decoding. */
  dtype: DType;
  /** Row-major. */
  shape: readonly number[];
  /** The file with the values; with a recipe, one of the files. */
  file: StampedFile;
  /** Absolute offset of the first value in that file; may exceed 2^32. With a recipe, some position of it. */
  offset: number;
  /** Size of the stored values. */
  bytes: number;
  /** The stored type by its usual name, such as `Q4_K`; absent where it is `dtype`. */
  stored?: string;
  /** How bytes become elements; absent where they are one range of bytes from `offset` on. */
  recipe?: Recipe;
}

export interface Checkpoint {
  /** The absolute path that the user gave: a file, an index, or the folder resolved to one of these. */
  path: string;
  format: CheckpointInfo['format'];
  /** The data files with their sizes in bytes, in a stable order. */
  files: readonly { path: string; bytes: number }[];
  /** Every file that was read, configuration and index included, in a stable order. */
  stamps: readonly StampedFile[];
  /** In file order. Names are unique. */
  tensors: readonly TensorInfo[];
  /** The format's own free-form metadata (`__metadata__` of safetensors). */
  metadata: Readonly<Record<string, string>>;
  /** `config.json` beside the checkpoint, or null where there is none. */
  config: Readonly<Record<string, unknown>> | null;
  /** Reads `into.length` bytes of the elements of `tensor`, `start` bytes after its first one. */
  read(tensor: TensorInfo, start: number, into: Uint8Array): void;
  /** Bytes read from the data files so far, headers included. */
  readonly bytesRead: number;
  /** SHA-256 over sizes, headers and 64 evenly spaced 4 KiB blocks of each file, in hexadecimal. */
  fingerprint(): string;
  close(): void;
}
