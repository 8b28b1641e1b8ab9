/** What a checkpoint holds, from its headers. A file that can be read is told of even where it makes no network. */
import { describeCheckpoint } from '../core/analysis/describe';
import type { Checkpoint, TensorInfo } from '../core/checkpoint/types';
import { readNetwork, type NetworkReading } from '../core/network/adapters';
import { indexTensors, type TensorIndex } from '../core/network/names';
import { selectProjections } from '../core/network/select';
import type { Subset } from '../protocol/analysis';
import type { PackedInspection } from '../protocol/inspect';
import { INSPECTION_SCHEMA, type Inspection } from '../protocol/inspection';
import { packTensors } from '../protocol/tensorTable';
import { withCheckpoint } from './withCheckpoint';

/** Stands for the family of tensors that make no network. */
const UNKNOWN = 'unknown';

function inspect({ path, subset }: { path: string; subset: Subset | null }): Inspection {
  return withCheckpoint(path, (checkpoint) => {
    const { reading } = read(checkpoint);
    const selected = reading.network
      ? { ...reading, network: selectProjections(reading.network, subset, checkpoint.path) }
      : reading;
    return {
      schema: INSPECTION_SCHEMA,
      checkpoint: describeCheckpoint(checkpoint, reading.network?.architecture ?? UNKNOWN),
      metadata: { ...checkpoint.metadata },
      tensors: checkpoint.tensors.map(listed),
      ...networkFacts(selected),
    };
  });
}

function inspectPacked({ path }: { path: string }): PackedInspection {
  return withCheckpoint(path, (checkpoint) => {
    const { reading, index } = read(checkpoint);
    const facts = networkFacts(reading);
    return {
      checkpoint: describeCheckpoint(checkpoint, reading.network?.architecture ?? UNKNOWN),
      metadata: Object.entries(checkpoint.metadata),
      blocks: facts.blocks,
      fault: facts.fault,
      tensors: packTensors(
        index.all.map(({ tensor }) => listed(tensor)),
        facts,
      ),
    };
  });
}

function read(checkpoint: Checkpoint): { reading: NetworkReading; index: TensorIndex<TensorInfo> } {
  const index = indexTensors(checkpoint.tensors);
  return { reading: readNetwork(checkpoint, index, checkpoint.path), index };
}

function listed({ name, dtype, shape, bytes }: TensorInfo): Inspection['tensors'][number] {
  return { name, dtype, shape: [...shape], bytes };
}

function networkFacts(
  reading: NetworkReading,
): Pick<Inspection, 'blocks' | 'projections' | 'skipped' | 'fault'> {
  if (!reading.network) {
    return { blocks: 0, projections: [], skipped: reading.skipped, fault: reading.fault.data };
  }
  const { blocks, projections, skipped } = reading.network;
  return {
    blocks,
    projections: projections.map(({ name, block, role, parts, sources, targets, layout }) => ({
      name,
      block,
      role,
      tensors: parts.map(({ tensor }) => tensor),
      sources,
      targets,
      layout,
    })),
    skipped: [...skipped],
    fault: null,
  };
}

export const inspectJobs = { inspect, inspectPacked };
