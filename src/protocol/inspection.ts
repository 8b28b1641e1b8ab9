/** What a checkpoint holds and which of it the network takes: the answer of `inspect`. */
import type { CheckpointInfo, SkippedTensor } from './analysis';
import type { ErrorData } from './errors';
import type { Fact } from './facts';

export const INSPECTION_SCHEMA = 'neuromfa/inspection@2';

export interface InspectedProjection {
  name: string;
  block: number | null;
  role: string;
  tensors: string[];
  sources: number;
  targets: number;
  layout: 'out-in' | 'in-out';
}

export interface ListedTensor {
  name: string;
  /** As it is stored. */
  dtype: string;
  shape: readonly number[];
  bytes: number;
}

export interface Inspection {
  schema: typeof INSPECTION_SCHEMA;
  checkpoint: CheckpointInfo;
  metadata: Record<string, string>;
  tensors: ListedTensor[];
  /** Blocks (layers) of the model. */
  blocks: number;
  projections: InspectedProjection[];
  skipped: SkippedTensor[];
  /** What a careful reader should know about the network. */
  warnings: Fact[];
  /** Why no network can be made of the tensors; then there are no projections and the architecture is `unknown`. */
  fault: ErrorData | null;
}
