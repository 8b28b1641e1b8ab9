/** The network of a checkpoint: known families first, then low-rank adapters, then whatever repeats itself. */
import type { SkippedTensor } from '../../protocol/analysis';
import { NeuroMfaError } from '../../protocol/errors';
import { findBlocks } from './blocks';
import { familyProjections, tensorsOf } from './buildFamily';
import { Draws } from './draws';
import { FAMILIES } from './families/index';
import type { Family } from './family';
import { genericNetwork } from './generic';
import { loraNetwork } from './lora';
import { indexTensors, layerPath, type TensorIndex } from './names';
import { outsideReason, ownReason } from './reasons';
import { countSharedOnce } from './shared';
import { isComplete } from './solve';
import type { ArchitectureView, Config, Network, Projection, TensorShape } from './types';

/** How many tensor names an error message lists. */
const NAMED_TENSORS = 6;

/**
 * @param subject the checkpoint, for messages.
 * @throws NeuroMfaError `unsupported` when nothing in it joins two layers, or when it looks like a family that it does
 * not fit; it lists what was found.
 */
export function buildNetwork(view: ArchitectureView, subject: string): Network {
  const index = indexTensors(view.tensors);
  const network =
    knownNetwork(index, view.config, subject) ?? loraNetwork(index) ?? genericNetwork(index, view.config);
  if (network.projections.length === 0) throw nothingFound(view, network.skipped, subject);
  return countSharedOnce(network, view.tensors);
}

/** Every family that the names fit takes its tensors: a model of several towers is several families. */
function knownNetwork(index: TensorIndex, config: Config, subject: string): Network | null {
  const draws = new Draws();
  const projections: Projection[] = [];
  const taken = new Set<string>();
  const ids: string[] = [];
  let blocks = 0;
  let fault: NeuroMfaError | undefined;
  for (const family of inOrderOfTrial(config)) {
    const found = findBlocks(family, index, taken);
    if (!found.some(isComplete)) continue;
    try {
      const own = familyProjections(found, blocks, config, draws);
      projections.push(...own);
      for (const name of own.flatMap(({ parts }) => tensorsOf(parts))) taken.add(name);
      ids.push(family.id);
      blocks += found.length;
    } catch (error) {
      if (!(error instanceof NeuroMfaError)) throw error;
      fault ??= unfit(family, error, subject);
    }
  }
  if (ids.length === 0) {
    if (fault) throw fault;
    return null;
  }
  const architecture = ids.join(' + ');
  return {
    architecture,
    blocks,
    projections,
    draws: draws.list,
    skipped: leftOut(index, taken, architecture),
  };
}

/** Families that the configuration names come first: names alone may fit several. */
function inOrderOfTrial(config: Config): Family[] {
  const type = config?.['model_type'];
  const named = ({ modelTypes }: Family): boolean => typeof type === 'string' && modelTypes.includes(type);
  return [...FAMILIES].sort((a, b) => Number(named(b)) - Number(named(a)));
}

function leftOut({ all }: TensorIndex, taken: ReadonlySet<string>, architecture: string): SkippedTensor[] {
  return all
    .filter(({ tensor }) => !taken.has(tensor.name))
    .map(({ tensor, path }) => ({
      tensor: tensor.name,
      reason: ownReason(tensor, path) ?? outsideReason(path) ?? `not part of a block of ${architecture}`,
    }));
}

function unfit({ id }: Family, { data }: NeuroMfaError, subject: string): NeuroMfaError {
  return new NeuroMfaError(data.code, subject, `it looks like ${id}, but ${data.cause}`, data.nextStep);
}

function nothingFound(
  { tensors, config }: ArchitectureView,
  skipped: readonly SkippedTensor[],
  subject: string,
): NeuroMfaError {
  const type = config?.['model_type'];
  const reasons = new Map(skipped.map(({ tensor, reason }) => [tensor, reason]));
  const matrices = tensors.filter(({ shape }) => shape.length >= 2);
  const shown = (matrices.length > 0 ? matrices : tensors)
    .slice(0, NAMED_TENSORS)
    .map((tensor) => described(tensor, reasons));
  const found =
    tensors.length === 0
      ? 'it holds no tensors'
      : `it holds ${tensors.length} tensors, ${matrices.length} of them matrices, such as ${shown.join('; ')}`;
  return new NeuroMfaError(
    'unsupported',
    subject,
    `nothing in it joins two layers of neurons${typeof type === 'string' ? ` (model_type "${type}")` : ''}: ${found}`,
    'Choose a checkpoint that holds the weights of a model',
  );
}

function described({ name, shape }: TensorShape, reasons: ReadonlyMap<string, string>): string {
  return `${layerPath(name)} [${shape.join(', ')}] (${reasons.get(name) ?? 'unknown'})`;
}
