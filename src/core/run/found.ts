/** Groups found files into checkpoints. */
import { basename, dirname, join } from 'node:path';
import { largest } from '../../protocol/extremes';
import { checkpointsAmong } from '../checkpoint/checkpointFiles';
import type { FoundFile } from '../storage/walkFolder';

/** A checkpoint: a file, or an index with its shards. */
export interface FoundCheckpoint extends FoundFile {
  folder: string;
  /** The file's name without its endings. */
  stem: string;
  /** Whether its folder stands for it: there is no other checkpoint but editions of it. */
  alone: boolean;
}

export interface FoundFolder {
  checkpoints: readonly FoundCheckpoint[];
  /** Whether the folder itself denotes one of them. */
  standsForOne: boolean;
}

/** The checkpoints that the files of one folder make. One that still lacks an entry is represented by its folder. */
export function checkpointsIn(files: readonly FoundFile[], onRequest = false): FoundFolder {
  const byName = new Map(files.map((file) => [basename(file.path), file]));
  const { checkpoints, own } = checkpointsAmong([...byName.keys()], onRequest);
  return {
    checkpoints: checkpoints.map((checkpoint) => {
      const { entry, stem, files: names } = checkpoint;
      const parts = names.map((name) => byName.get(name)!);
      const folder = dirname(parts[0]!.path);
      const alone = checkpoint === own || checkpoints.length === 1;
      return {
        // Parts that nothing joins: where the folder contains others, one part is opened, to say what is wrong.
        path: entry === null ? (alone ? folder : parts[0]!.path) : join(folder, entry),
        folder,
        stem,
        alone,
        bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
        modified: largest(parts.map(({ modified }) => modified)),
      };
    }),
    standsForOne: own?.entry != null,
  };
}
