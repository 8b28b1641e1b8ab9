/**
 * The formats of checkpoints. Every list of names, endings or formats derives from this table (`names.ts`), and a test
 * compares `package.json` with it. To add a format, write one file that exports its row, and add it here.
 */
import type { CheckpointFormat } from './format';
import { gguf } from './gguf';
import { keras, kerasArchive } from './keras';
import { npy, npz } from './npy';
import { onnx } from './onnx';
import { safetensors } from './safetensors';
import { shardedSafetensors, shardedTorch } from './sharded';
import { tfjs } from './tfjs';
import { dcp } from './torch/dcp';
import { pytorch } from './torch/pytorch';
import { zero3 } from './torch/zero';

/** In order of preference: where a folder holds files of several formats, those of the first one count. */
export const FORMATS: readonly CheckpointFormat[] = [
  { ...safetensors, sharded: shardedSafetensors },
  dcp,
  // Its weight files are called `.bin` too.
  tfjs,
  // Archives, distinguished by their first member.
  kerasArchive,
  npz,
  zero3,
  { ...pytorch, sharded: shardedTorch },
  gguf,
  onnx,
  keras,
  npy,
];
