/** What a plan consists of; `plan.ts` makes it. */
import type { LayerDraw, Layout, ProjectionSampling } from '../network/types';
import type { PlannedPart } from '../weights/kinds';

export interface PlannedProjection {
  name: string;
  layout: Layout;
  sources: number;
  targets: number;
  /** The targets of one part follow those of the part before it. */
  parts: readonly PlannedPart[];
  sampling: ProjectionSampling;
}

export interface AnalysisPlan {
  projections: readonly PlannedProjection[];
  draws: readonly LayerDraw[];
}
