/** An inspection as JSON has it: one object for each tensor, projection and tensor left out. */
import type { SkippedTensor } from './analysis';
import type { Inspection } from './inspection';
import { nameAt } from './packedNames';
import { NONE, type PackedTensors, type TensorKind } from './tensorTable';

export const INSPECTION_SCHEMA = 'neuromfa/inspection@2';

export interface ListedProjection {
  name: string;
  block: number | null;
  role: string;
  tensors: string[];
  sources: number;
  targets: number;
  layout: 'out-in' | 'in-out';
}

/** Its type is the stored one. */
export interface ListedTensor extends TensorKind {
  name: string;
}

export interface InspectionListing extends Omit<Inspection, 'tensors'> {
  schema: typeof INSPECTION_SCHEMA;
  /** In the order of the files. */
  tensors: ListedTensor[];
  projections: ListedProjection[];
  skipped: SkippedTensor[];
}

/** The projections of a checkpoint's network, or why it makes none. */
export type NetworkListing = Pick<InspectionListing, 'blocks' | 'projections' | 'fault'>;

export function listInspection(inspection: Inspection): InspectionListing {
  const { checkpoint, metadata, blocks, warnings, fault, tensors: packed } = inspection;
  const names = namesOf(packed);
  return {
    schema: INSPECTION_SCHEMA,
    checkpoint,
    metadata,
    tensors: listTensors(packed, names),
    blocks,
    projections: listProjections(packed, names),
    skipped: Array.from(packed.skippedTensors, (tensor, i) => ({
      tensor: names[tensor]!,
      reason: packed.reasonList[packed.skippedReasons[i]!]!,
    })),
    warnings,
    fault,
  };
}

export function listNetwork({ blocks, fault, tensors }: Inspection): NetworkListing {
  return { blocks, fault, projections: listProjections(tensors, namesOf(tensors)) };
}

function namesOf({ names, pieces }: PackedTensors): string[] {
  return Array.from(names.ends, (_, tensor) => nameAt(names, pieces, tensor));
}

function listTensors({ places, kinds, kindList }: PackedTensors, names: readonly string[]): ListedTensor[] {
  const rows = new Uint32Array(places.length);
  for (const [row, place] of places.entries()) rows[place] = row;
  return Array.from(rows, (row) => ({ name: names[row]!, ...kindList[kinds[row]!]! }));
}

function listProjections(packed: PackedTensors, names: readonly string[]): ListedProjection[] {
  const { projectionEnds: ends } = packed;
  return Array.from(ends, (end, i): ListedProjection => {
    const block = packed.projectionBlocks[i]!;
    const tensors = packed.projectionTensors.subarray(i === 0 ? 0 : ends[i - 1]!, end);
    return {
      name: nameAt(packed.projectionNames, packed.pieces, i),
      block: block === NONE ? null : block,
      role: packed.roleList[packed.projectionRoles[i]!]!,
      tensors: Array.from(tensors, (tensor) => names[tensor]!),
      sources: packed.projectionSources[i]!,
      targets: packed.projectionTargets[i]!,
      layout: packed.projectionTurned[i] === 1 ? 'in-out' : 'out-in',
    };
  });
}
