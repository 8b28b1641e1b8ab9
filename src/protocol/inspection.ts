/** What a checkpoint holds and which of it the network takes: the answer of `inspect`. */
import type { CheckpointInfo, SkippedTensor } from './analysis';

export const INSPECTION_SCHEMA = 'neuromfa/inspection@1';

export interface InspectedProjection {
  name: string;
  block: number | null;
  role: string;
  tensors: string[];
  sources: number;
  targets: number;
  layout: 'out-in' | 'in-out';
}

export interface Inspection {
  schema: typeof INSPECTION_SCHEMA;
  checkpoint: CheckpointInfo;
  metadata: Record<string, string>;
  tensors: { name: string; dtype: string; shape: number[]; bytes: number }[];
  projections: InspectedProjection[];
  skipped: SkippedTensor[];
}
