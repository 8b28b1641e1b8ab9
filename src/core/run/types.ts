/** Training runs as plain data; `trainingRun.ts` makes them. */
import type { Fact } from '../../protocol/facts';
import type { Duplicates } from '../../protocol/remote';
import type { RunInfo } from '../../protocol/run';

export interface RunCheckpoint extends Duplicates {
  /** Absolute path of the file or index that represents it. */
  path: string;
  /** Its name within the run, such as `step1000`. */
  name: string;
  step: number | null;
  epoch: number | null;
  /** Tokens trained on, according to names. */
  tokens: number | null;
  /** Milliseconds since 1970. */
  modified: number;
  /** Size on disk of all shards. */
  bytes: number;
}

export interface TrainingRun extends RunInfo {
  /** Identifies the run as long as its folder and its checkpoints' names do not change. */
  id: string;
  /** Distinguishes it from the others of its folder: a path in the folder, with `#` for what changes with training. */
  label: string;
  /** In the order of training; a run has at least two. */
  checkpoints: readonly RunCheckpoint[];
  /** Checkpoints beside these whose position in the order is unknown. */
  leftOut: readonly LeftOut[];
}

export interface LeftOut {
  path: string;
  /** Names it, and says why it is not in the series. */
  fact: Fact;
}
