/** A checkpoint as it was opened: plain data, which jobs are given. */
import type { AnalysisPlan } from '../core/analysis/plan';
import type { Config, Network } from '../core/network/types';
import type { StampedFile } from '../core/storage/stamp';
import type { CheckpointInfo } from '../protocol/analysis';
import type { WeightKind } from '../protocol/weights';

export interface OpenedCheckpoint {
  info: CheckpointInfo;
  /** All files that it was read from. */
  files: readonly StampedFile[];
  /** What the network was made with. */
  config: Config;
  network: Network;
  plan: AnalysisPlan;
  /** `gaussian`: the plan is that of the stored weights, whose moments are to be found first. */
  weights: WeightKind;
  /** The network whose nodes count alone, see `Subject`. */
  common?: OpenedCheckpoint;
}
