/** Reads the network of a checkpoint: known families first, then whatever repeats itself. */
import type { SkippedTensor } from '../../protocol/analysis';
import { isDecodable } from '../checkpoint/dtype';
import { NeuroMfaError } from '../../protocol/errors';
import { factText } from '../../protocol/factWords';
import type { Fact } from '../../protocol/facts';
import { quoted, shortened } from '../../protocol/visible';
import { siftBeside } from './beside';
import { blockTensors, findBlocks, type Block } from './blocks';
import { familyProjections } from './buildFamily';
import { Draws } from './draws';
import { isOfExperts } from './experts';
import { FAMILIES } from './families/index';
import type { Family } from './family';
import { genericNetwork, unknownTowers } from './generic';
import { headsWarnings } from './heads';
import { NetworkSize, NetworkTooLarge } from './limits';
import { shapeText } from './misfit';
import { indexTensors, layerPath, skeleton, withoutRows, type NamedTensor, type TensorIndex } from './names';
import { because, flatReason, outsideReason, ownReason, vocabularyReason } from './reasons';
import { missedWarning } from './missed';
import { countSharedOnce } from './shared';
import { sieve, sieveReasons, type Sieved } from './sieve/sieve';
import { isComplete } from './solve';
import { storedWarnings } from './stored';
import { moduleOf } from './vocabulary';
import type { ArchitectureView, Config, Network, Projection, TensorShape } from './types';

/** A network of an unknown architecture is refused where it lacks this many weights for each that it has. */
const CRUMBS = 2;

/** An image's channels. */
const RAW_CHANNELS = 4;
/** How many tensor names an error message lists. */
const NAMED_TENSORS = 6;

/**
 * @param subject the checkpoint, for messages.
 * @throws NeuroMfaError `unsupported` when nothing in it joins two layers, or when it looks like a family that it does
 * not fit; it lists what was found.
 */
export function buildNetwork(view: ArchitectureView, subject: string): Network {
  return networkOf(view, indexTensors(view.tensors), subject);
}

/** A network; or why there is none, and why each tensor is left out. */
export type NetworkReading =
  { network: Network; fault: null } | { network: null; fault: NeuroMfaError; skipped: SkippedTensor[] };

/** {@link buildNetwork} for callers that need to know about the tensors even where they make no network. */
export function readNetwork(view: ArchitectureView, index: TensorIndex, subject: string): NetworkReading {
  try {
    return { network: networkOf(view, index, subject), fault: null };
  } catch (fault) {
    if (!(fault instanceof NeuroMfaError)) throw fault;
    return noNetwork(index, fault);
  }
}

/** The reading of tensors that make no network because of `fault`. */
export function noNetwork(index: TensorIndex, fault: NeuroMfaError): NetworkReading {
  const sieved = sieveReasons(index);
  const skipped = index.all.map(({ tensor, path, row }) => ({
    tensor: tensor.name,
    reason: sieved.get(row) ?? ownReason(tensor, path) ?? outsideReason(path) ?? because('no-network'),
  }));
  return { network: null, fault, skipped };
}

function networkOf(view: ArchitectureView, index: TensorIndex, subject: string): Network {
  const { rest, skipped } = siftBeside(index);
  const sieved = sieve(rest, view, subject);
  const read = besideLost(view, sieved, subject);
  const network = {
    ...read,
    skipped: [...read.skipped, ...skipped, ...sieved.skipped],
    warnings: [...read.warnings, ...sieved.warnings],
  };
  if (network.projections.length === 0) throw nothingFound(index, view.config, network.skipped, subject);
  const whole = countSharedOnce(network, view.tensors);
  const stored = storedWarnings(whole, view.tensors, view.config);
  return { ...whole, warnings: [...whole.warnings, ...missedWarning(network, index), ...stored] };
}

function readAny(view: ArchitectureView, index: TensorIndex, subject: string): Network {
  if (view.updates) return updatesNetwork(index, view, subject);
  return knownNetwork(index, view, subject) ?? genericNetwork(index, view.config, subject);
}

/** Reads a network where some weights cannot be read, if most of it remains. */
function besideLost(view: ArchitectureView, { rest, lost }: Sieved, subject: string): Network {
  const [first] = lost;
  if (!first) return readAny(view, rest, subject);
  let network: Network;
  try {
    network = readAny(view, rest, subject);
  } catch (error) {
    throw error instanceof NeuroMfaError ? first.fault : error;
  }
  const count = lost.reduce((sum, { weights }) => sum + weights.length, 0);
  const crumbs = network.architecture === 'generic' && count > CRUMBS * network.projections.length;
  if (crumbs || network.projections.length === 0) throw first.fault;
  return network;
}

/** Every family whose names fit takes its tensors: a model of several towers is several families. */
function knownNetwork(
  index: TensorIndex,
  { config, onBlocks }: ArchitectureView,
  subject: string,
): Network | null {
  const draws = new Draws();
  const size = new NetworkSize(subject);
  let projections: Projection[] = [];
  const taken = new Uint8Array(index.rows.size);
  const ids: string[] = [];
  let blocks = 0;
  let fault: NeuroMfaError | undefined;
  let inNetwork: Block[] = [];
  let unfit: Block[] = [];
  /** Why tensors that look like a family are not read as that family. */
  const unfitting = new Map<string, Fact>();
  for (const family of inOrderOfTrial(config)) {
    const found = blocksOf(family, index, taken);
    if (found.length === 0 || holdsCrossAttention(found, index, taken)) continue;
    try {
      const own = familyProjections(found, blocks, config, draws, size, onBlocks);
      projections = projections.concat(own);
      for (const { parts } of own) for (const { tensor } of parts) taken[index.rows.get(tensor)!] = 1;
      ids.push(family.id);
      blocks += found.length;
      inNetwork = inNetwork.concat(found);
    } catch (error) {
      const failure = misfitOf(family.id, error, index, subject);
      fault ??= failure;
      unfit = unfit.concat(found);
      const reason: Fact = { code: 'misfit', family: family.id, cause: failure.data.cause };
      for (const { name } of found.flatMap(blockTensors)) unfitting.set(name, reason);
    }
  }
  if (ids.length === 0) {
    // Blocks with more tensors than the family knows belong to another one, although they look alike.
    if (fault && strangers(unfit, index, taken).length === 0) throw fault;
    return null;
  }
  const beside = unknownTowers(
    withoutRows(index, rowsBelow([...inNetwork, ...unfit], index, taken)),
    config,
    size,
  );
  if (beside.length > 0) {
    const own = familyProjections(beside, blocks, config, draws, size, onBlocks);
    projections = projections.concat(own);
    for (const { parts } of own) for (const { tensor } of parts) taken[index.rows.get(tensor)!] = 1;
    ids.push('generic');
    blocks += beside.length;
  }
  const architecture = ids.join(' + ');
  const strange = new Set(strangers(inNetwork, index, taken));
  // Experts are the larger part of a model: a family that does not know them is the wrong one.
  if (index.all.some(({ tensor, path }) => strange.has(tensor.name) && isOfExperts(path))) return null;
  const stranger: Fact = { code: 'unknown-layer', architecture };
  const outside: Fact = { code: 'outside-blocks', architecture };
  const skipped = index.all
    .filter(({ row }) => taken[row] === 0)
    .map(({ tensor, path }) => ({
      tensor: tensor.name,
      reason:
        ownReason(tensor, path) ??
        unfitting.get(tensor.name) ??
        (strange.has(tensor.name) && !readsPixels(tensor, path)
          ? (flatReason(tensor.shape) ?? stranger)
          : null) ??
        outsideReason(path) ??
        vocabularyReason(tensor.shape, config) ??
        flatReason(tensor.shape) ??
        outside,
    }));
  const warnings = headsWarnings(inNetwork.concat(beside), config);
  return { architecture, blocks, projections, draws: draws.list, skipped, warnings };
}

/** A stem may be numbered like the blocks after it. */
function readsPixels({ shape }: TensorShape, path: string): boolean {
  return shape.length > 3 && shape[1]! <= RAW_CHANNELS && outsideReason(path)?.code === 'stem';
}

/** Tensors in blocks of these kinds. */
function tensorsBelow(
  blocks: readonly Block[],
  index: TensorIndex,
): { kind: string; tensors: readonly NamedTensor[] }[] {
  const kinds = [...new Set(blocks.map(({ path }) => `${skeleton(path)}.`))];
  return [...index.bySkeleton].flatMap(([key, tensors]) => {
    const kind = kinds.find((each) => key.startsWith(each));
    return kind === undefined ? [] : [{ kind, tensors }];
  });
}

/** The matrices in blocks of these kinds that are neither taken nor have a reason of their own. */
function strangers(blocks: readonly Block[], index: TensorIndex, taken: Uint8Array): string[] {
  const known = new Set(blocks.flatMap(blockTensors).map(({ name }) => name));
  return tensorsBelow(blocks, index).flatMap(({ tensors }) =>
    tensors
      .filter(
        ({ tensor, path, row }) => taken[row] === 0 && !known.has(tensor.name) && !ownReason(tensor, path),
      )
      .map(({ tensor }) => tensor.name),
  );
}

/** Whether the blocks have cross-attention that the family does not know: then they belong to another one. */
function holdsCrossAttention(blocks: readonly Block[], index: TensorIndex, taken: Uint8Array): boolean {
  const strange = new Set(strangers(blocks, index, taken));
  return tensorsBelow(blocks, index).some(({ kind, tensors }) => {
    const [first] = tensors;
    if (!first || !tensors.some(({ tensor }) => strange.has(tensor.name))) return false;
    const inside = first.path.split('.').slice(kind.split('.').length - 1);
    const module = moduleOf(inside);
    return module.kind === 'cross-attention' || module.second;
  });
}

/** 1 for each row that is taken, or is in such a block. */
function rowsBelow(blocks: readonly Block[], index: TensorIndex, taken: Uint8Array): Uint8Array {
  const rows = taken.slice();
  for (const { tensors } of tensorsBelow(blocks, index)) for (const { row } of tensors) rows[row] = 1;
  return rows;
}

/** The family's blocks under those prefixes where at least one is complete; empty where the names do not fit. */
function blocksOf(family: Family, index: TensorIndex, taken: Uint8Array): Block[] {
  const found = findBlocks(family, index, taken);
  const prefixes = new Set<string>();
  for (const block of found) if (!prefixes.has(block.prefix) && isComplete(block)) prefixes.add(block.prefix);
  return found.filter(({ prefix }) => prefixes.has(prefix));
}

/** Families that the configuration names come first: names alone may fit several. */
function inOrderOfTrial(config: Config): Family[] {
  const type = config?.['model_type'];
  const named = ({ modelTypes }: Family): boolean => typeof type === 'string' && modelTypes.includes(type);
  return [...FAMILIES].sort((a, b) => Number(named(b)) - Number(named(a)));
}

/** Updates of whole blocks are read as the family that they update, others by their names alone. */
function updatesNetwork(index: TensorIndex, view: ArchitectureView, subject: string): Network {
  let known: Network | null;
  try {
    known = knownNetwork(index, view, subject);
  } catch (error) {
    if (!(error instanceof NeuroMfaError)) throw error;
    known = null; // for example blocks between others that were not updated
  }
  return known
    ? { ...known, architecture: `lora (${known.architecture})` }
    : { ...genericNetwork(index, view.config, subject), architecture: 'lora' };
}

/** Words a misfit for the user; rethrows any other error. */
function misfitOf(id: string, error: unknown, index: TensorIndex, subject: string): NeuroMfaError {
  if (!(error instanceof NeuroMfaError) || error instanceof NetworkTooLarge) throw error;
  const { code, cause, nextStep } = error.data;
  return new NeuroMfaError(code, subject, `it looks like ${id}, but ${cause}${ignoredNote(index)}`, nextStep);
}

/** Families ignore tensors that are empty or of unreadable types: whoever misses one should know that it exists. */
function ignoredNote({ all }: TensorIndex): string {
  const matrices = all.filter(({ tensor: { shape } }) => shape.length > 1);
  const empty = matrices.filter(({ tensor: { shape } }) => shape.includes(0));
  const unreadable = matrices.filter(({ tensor: { dtype } }) => !isDecodable(dtype));
  const [first, ...others] = empty.length > 0 ? empty : unreadable;
  if (!first) return '';
  const { name, shape, dtype } = first.tensor;
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return empty.length > 0
    ? ` (tensors are empty: ${shortened(name)}, of shape ${shapeText(shape)}${more})`
    : ` (values of these types cannot be read: ${shortened(name)}, of type ${dtype}${more})`;
}

/** Tensors are named in their natural order, whatever their order in the file. */
function nothingFound(
  { all }: TensorIndex,
  config: Config,
  skipped: readonly SkippedTensor[],
  subject: string,
): NeuroMfaError {
  const type = config?.['model_type'];
  const reasons = new Map(skipped.map(({ tensor, reason }) => [tensor, reason]));
  const tensors = all.map(({ tensor }) => tensor);
  const matrices = tensors.filter(({ shape }) => shape.length >= 2);
  const shown = (matrices.length > 0 ? matrices : tensors)
    .slice(0, NAMED_TENSORS)
    .map((tensor) => described(tensor, reasons));
  const found =
    tensors.length === 0
      ? 'it holds no tensors'
      : tensors.length === 1
        ? `its only tensor is ${shown.join()}`
        : `it holds ${tensors.length} tensors, matrices among them: ${matrices.length}, such as ${shown.join('; ')}`;
  return new NeuroMfaError(
    'unsupported',
    subject,
    `nothing in it connects two layers of neurons${typeof type === 'string' ? ` (model_type ${quoted(type)})` : ''}: ${found}`,
    'Choose a checkpoint that holds the weights of a model',
  );
}

function described({ name, shape }: TensorShape, reasons: ReadonlyMap<string, Fact>): string {
  const reason = reasons.get(name);
  return `${shortened(layerPath(name))} [${shape.join(', ')}] (${reason ? factText(reason) : 'unknown'})`;
}
