/**
 * What a checkpoint holds and which of it the network takes: the answer of `inspect`, for half a million tensors as well.
 * `inspectionListing.ts` spells it out for people and programs.
 */
import type { CheckpointInfo } from './analysis';
import type { ErrorData } from './errors';
import type { Fact } from './facts';
import type { PackedTensors } from './tensorTable';

export interface Inspection {
  checkpoint: CheckpointInfo;
  metadata: Record<string, string>;
  /** Blocks (layers) of the model. */
  blocks: number;
  /** What a careful reader should know about the network. */
  warnings: Fact[];
  /** Why no network can be made of the tensors; then there are no projections and the architecture is `unknown`. */
  fault: ErrorData | null;
  /** The tensors, the projections, and why tensors are left out. */
  tensors: PackedTensors;
}
