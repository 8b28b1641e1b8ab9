/** Describes a model's network by the names that its tensors have in the files. */
import type { SkippedTensor } from '../../protocol/analysis';
import type { ArchitectureView } from '../network/types';
import type { Model } from './model';
import type { ModelTensor } from './types';

/** What the network is read from. */
export function architectureView({
  checkpoint,
  base,
  adapter,
  tensors,
  undecodable,
  set,
}: Model): ArchitectureView {
  const updates = adapter !== null && base === null;
  return { tensors, undecodable, set, config: (base ?? checkpoint).config, updates };
}

/** Maps a tensor of the network to the names of the stored tensors that it is made of. */
export function storedNames({ tensors }: Model): (tensor: string) => readonly string[] {
  const made = new Map(tensors.filter(isMade).map((tensor) => [tensor.name, partsOf(tensor)]));
  return (tensor) => made.get(tensor) ?? [tensor];
}

function isMade({ update, computed, decodedFrom }: ModelTensor): boolean {
  return update !== undefined || computed !== undefined || decodedFrom !== undefined;
}

function partsOf({ name, update, computed, decodedFrom }: ModelTensor): string[] {
  if (computed) return [...partsOf(computed.of), ...partsOf(computed.by)];
  if (!update) return decodedFrom ? decodedFrom.map((part) => part.name) : [name];
  const { base, a, b } = update;
  return [...(base ? partsOf(base) : []), a.name, b.name];
}

/** The stored tensors left out of the network, and those left out before the model became a network. */
export function storedSkipped(model: Model, skipped: readonly SkippedTensor[]): readonly SkippedTensor[] {
  if (model.tensors === model.checkpoint.tensors) return skipped;
  const names = storedNames(model);
  const own = skipped.flatMap(({ tensor, reason }) =>
    names(tensor).map((name) => ({ tensor: name, reason })),
  );
  return [...own, ...model.skipped];
}
