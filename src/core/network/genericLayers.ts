/**
 * Decides which tensors of an unknown architecture are layers, how they are stored, and why the others are left out.
 */
import type { SkippedTensor } from '../../protocol/analysis';
import type { Fact } from '../../protocol/facts';
import { isBilinear } from './bilinear';
import { ChannelGroups, MAX_WIDTHS } from './channels';
import { placeOf, repeatedBlocks, roleOf, type Place } from './grouping';
import { expertRole, isOfExperts } from './experts';
import type { NetworkSize } from './limits';
import { numberBefore, type NamedTensor } from './names';
import { unpacked } from './packed';
import { sortRecurrent } from './recurrent';
import { numberedBlocks } from './sublayers';
import { oriented, orientedByFormat, TRANSPOSED, type Beside } from './orientation';
import { MAX_STACKED, partOf, shapeByRows, sourcesOf, targetsOf, declaredLayout } from './parts';
import { because, flatReason, outsideReason, ownReason, vocabularyReason } from './reasons';
import { tableName } from './tables';
import type { Config, Layout, ProjectionPart, Role, TensorShape } from './types';
import { attentionSlot, moduleOf } from './vocabulary';

/** Tensors [n, a, b] with a longer last dimension are stacks of matrices, not one-dimensional convolutions. */
const LONGEST_KERNEL = 32;
/**
 * An embedding or head has a dimension at least this long, this many times longer than the other, which no layer in the
 * blocks has.
 */
const LONG_SIDE = 1_000;
const LONGER = 4;
/** The channels of an image, or of a recording. */
const RAW_CHANNELS = 4;
const RAW_SOUND = 2;
/** Wrappers of models: whether they are present makes no difference. */
const PREFIX = /^(?:(?:base_model|model|net|network)\.)+/;

/** One matrix or convolution: a tensor, or one of a stack of experts. */
export interface Layer {
  /** Without the beginning that all paths of the model share. */
  path: string;
  /** The name to show. */
  name: string;
  block: string | null;
  place: Place;
  role: Role;
  layout: Layout;
  part: ProjectionPart;
  /** Its number in a stack. */
  matrix: number | null;
  tensor: TensorShape;
  /** Whether a bias or the program that wrote it says which dimension holds the sources. */
  isDeclared: boolean;
}

/**
 * The layers to take, and a reason for everything else.
 * @param size counts the network: each layer may become a projection.
 * @throws NetworkTooLarge
 */
export function siftLayers(
  tensors: readonly NamedTensor[],
  config: Config,
  size: NetworkSize,
): { layers: Layer[]; skipped: SkippedTensor[] } {
  const blockPaths = numberedBlocks(tensors.map(({ path }) => path));
  const dotted = unpacked(
    tensors.map(({ path, ...rest }) => ({ ...rest, path: blockPaths.get(path) ?? dottedPath(path) })),
  );
  const wrapper = commonPrefix(dotted.map(({ path }) => path)).length;
  const named = dotted.map(({ path, tensor, ...rest }) => ({
    ...rest,
    tensor: withJoinedHeads(tensor, path),
    name: path.replace(PREFIX, ''),
    path: path.slice(wrapper).replace(PREFIX, ''),
  }));
  if (named.some(({ tensor: { order } }) => order !== undefined))
    named.sort((a, b) => (a.tensor.order ?? Infinity) - (b.tensor.order ?? Infinity) || a.row - b.row);
  sortRecurrent(named);
  const skipped: SkippedTensor[] = [];
  const biases = new Map(
    named
      .filter(({ tensor, path }) => tensor.shape.length === 1 && BIAS.test(path))
      .map(({ tensor, path }) => [path.replace(BIAS, ''), tensor.shape[0]!]),
  );
  const biasOf = (path: string): number | undefined => biases.get(path.replace(OWN_NAME, ''));
  const kernels = named.filter(({ tensor }) => tensor.shape.length > 2).length;
  const matrices = named.filter((each) => {
    const { tensor, path } = each;
    const reason =
      tensor.use ??
      ownReason(tensor, path) ??
      shapeReason(tensor, path) ??
      (isBilinear(each, biasOf(path), kernels) ? because('three-dimensions') : null);
    if (reason) skipped.push({ tensor: tensor.name, reason });
    return !reason;
  });
  const blocks = repeatedBlocks(matrices.map(({ path }) => path));
  const lastOfHead = lastLayers(matrices, blocks);
  const inner = innerWidths(matrices, blocks);
  const written = writtenWidths(named);
  const writesColumns = ({ tensor, path }: NamedTensor): boolean => {
    const [rows, columns] = shapeByRows(tensor);
    if (tensor.axes) return declaredLayout(tensor) === 'in-out';
    const sources =
      biasOf(path) ?? (tensor.shape.length > 2 ? written.get(path.replace(OWN_NAME, '')) : undefined);
    return (sources === columns && sources !== rows) || (tensor.shape.length > 2 && TRANSPOSED.test(path));
  };
  const stemPaths = stems(matrices, blocks, writesColumns);
  const channels = new ChannelGroups(matrices, stemPaths.size > 0, writesColumns);
  const isBehindImage = behindImages(matrices, biases);
  const isBeforeImage = beforeImages(matrices, biases, writesColumns);
  const layers: Layer[] = [];
  let stem: number | undefined;
  for (const matrix of matrices) {
    const { tensor, path } = matrix;
    const inside = blocks.has(path) && !lastOfHead.has(path);
    const outside =
      inside || isBeforeImage(matrix)
        ? null
        : (outsideBlocks(matrix) ?? (isBehindImage(matrix) ? null : tableReason(matrix, inner, config)));
    const stacked = !inside && isStack(tensor, path) && !isOfExperts(path) && !matrix.routed;
    const reason = stemPaths.has(path)
      ? because(stemPaths.get(path)!)
      : (outside ?? tableName(matrix, biasOf(path)) ?? (stacked ? because('layers-in-one') : null));
    if (reason) {
      skipped.push({ tensor: tensor.name, reason });
      if (stemPaths.has(path) || reason.code === 'stem') stem = shapeByRows(tensor)[0];
      continue;
    }
    const last = layers.at(-1);
    const beside = {
      bias: biasOf(path),
      normalized: written.get(path.replace(OWN_NAME, '')),
      before: last && { ...last, normalized: written.get(last.path) === targetsOf(last.part, last.layout) },
      width: stem ?? (last && targetsOf(last.part, last.layout)),
    };
    stem = undefined;
    const count = isStack(tensor, path) ? tensor.shape[0]! : null;
    size.expectFits(layers.length + (count ?? 1));
    for (let i = 0; i < (count ?? 1); i++) {
      const read = readLayer(matrix, count === null ? null : i, blocks.get(path) ?? null, beside, channels);
      if (read) layers.push(read);
      else {
        skipped.push({ tensor: tensor.name, reason: because('channel-groups') });
        stem = shapeByRows(tensor)[0];
      }
    }
  }
  return { layers, skipped };
}

/** The last part of a path that belongs to the weight, not to its layer. */
const OWN_NAME = /\.(kernel|weight_mu)$|_weight$/;
const BIAS = /[._]bias(_mu)?$/;

/** Replaces slashes with dots, and Haiku's `w` and the numbers of Keras 3 with Flax's and Keras 2's `kernel`. */
function dottedPath(path: string): string {
  if (!path.includes('/')) return path;
  return (NUMBERED.test(path) ? withName(path) : path.replace(/\/w$/, '/kernel')).replaceAll('/', '.');
}

/** Keras 3 numbers the variables of a layer. */
const NUMBERED = /\/vars\/\d+$/;

/** The name that a variable has in Keras 2: numbers would be taken for those of blocks. */
function withName(path: string): string {
  const owner = path.replace(NUMBERED, '');
  const number = Number(path.slice(path.lastIndexOf('/') + 1));
  const own = owner
    .replace(/\/_?(query|key|value)_dense$/, '/$1')
    .replace(/\/_?output_dense$/, '/attention_output');
  if (/separable[^/]*$/.test(owner) && number < 2)
    return `${own}/${number === 0 ? 'depthwise_kernel' : 'pointwise_kernel'}`;
  if (/(^|[/_])cell(_\d+)?$/.test(owner) && number === 1) return `${own}/recurrent_kernel`;
  return number === 0 ? `${own}/kernel` : path;
}

/**
 * The beginning that all paths share, in whole components, without numbers and what is numbered; never a whole path.
 */
function commonPrefix(paths: readonly string[]): string {
  const first = (paths[0] ?? '').split('.');
  let common = first.slice(0, -1);
  for (const path of paths) {
    if (common.length === 0) break;
    const components = path.split('.').slice(0, -1);
    const differs = common.findIndex((component, i) => component !== components[i]);
    if (differs >= 0) common = common.slice(0, differs);
  }
  const number = first.slice(0, common.length + 1).findIndex((component) => /\d/.test(component));
  if (number >= 0) common = common.slice(0, Math.max(0, number - 1));
  return common.map((component) => `${component}.`).join('');
}

/** Flax stores attention as [in, heads, size] and [heads, size, out]: the same numbers as a matrix. */
function withJoinedHeads(tensor: TensorShape, path: string): TensorShape {
  const [first = 0, second = 0, third = 0, ...more] = tensor.shape;
  if (tensor.axes || !path.endsWith('.kernel') || third === 0 || more.length > 0) return tensor;
  if (isStackOfKernels(tensor.shape, path)) return tensor;
  const components = path.split('.').slice(0, -1);
  if (!moduleOf(components).kind.includes('attention')) return tensor;
  const slot = attentionSlot(components);
  if (slot === 'out') return { ...tensor, shape: [first * second, third] };
  return slot === 'q' || slot === 'k' || slot === 'v'
    ? { ...tensor, shape: [first, second * third] }
    : tensor;
}

function shapeReason(tensor: TensorShape, path: string): Fact | null {
  const { shape, axes } = tensor;
  if (shape.length > 5) return { code: 'many-dimensions', dimensions: shape.length };
  if (axes)
    return shapeByRows(tensor)
      .slice(0, 2)
      .every((side) => side === 1)
      ? because('vector')
      : null;
  // The last convolution of a model that generates sound.
  if (shape.length === 3 && shape[0] === 1 && shape[2]! <= LONGEST_KERNEL && /conv/i.test(path))
    return because('output-head');
  const flat = flatReason(shape);
  if (flat) return flat;
  if (shape.length > 2 && /(^|\.)kernel$/.test(path) && !isStackOfKernels(shape, path)) {
    const { kind } = moduleOf(path.split('.'));
    const isLinear = !/conv/i.test(path) && (kind.includes('attention') || kind === 'mlp');
    return because(isLinear ? 'layers-in-one' : 'channels-last-kernel');
  }
  // Convolutions are not longer than this.
  if (shape.length === 4 && shape[2]! > LONGEST_KERNEL && shape[3]! > LONGEST_KERNEL)
    return because('layers-in-one');
  if (isSplitByHead(shape, path)) return because('three-dimensions');
  if (!isStack(tensor, path)) return null;
  if (shape[0]! > MAX_STACKED) return { code: 'large-stack', most: MAX_STACKED };
  // For example XLNet's [width, heads, head size].
  return isOfExperts(path) || shape[0]! <= Math.min(shape[1]!, shape[2]!)
    ? null
    : because('three-dimensions');
}

/** Attention as [heads, width, size] and the like, with unknown names: neither a convolution nor a stack. */
function isSplitByHead([first, second, third, ...more]: readonly number[], path: string): boolean {
  if (third === undefined || more.length > 0 || third === 1 || second === 1 || /conv/i.test(path))
    return false;
  return first !== undefined && moduleOf(path.split('.')).kind.includes('attention');
}

/** Experts of Haiku and Flax, [experts, in, out]. */
function isStackOfKernels(shape: readonly number[], path: string): boolean {
  if (shape.length !== 3 || !/(^|\.)kernel$/.test(path)) return false;
  return isOfExperts(path) || /(^|\.)moe\w*\./i.test(path);
}

function isStack({ shape, axes }: TensorShape, path: string): boolean {
  if (axes || shape.length !== 3) return false;
  return isOfExperts(path) || shape[2]! > LONGEST_KERNEL || isStackOfKernels(shape, path);
}

/** The last layers of heads with several layers: the others are hidden layers. */
function lastLayers(matrices: readonly NamedTensor[], blocks: ReadonlyMap<string, string>): Set<string> {
  const last = new Map<string, string>();
  for (const { path } of matrices) {
    const block = blocks.get(path);
    if (block && /^(classifier|head|score|lm_head)(\.|$)/.test(block)) last.set(unnumbered(block), path);
  }
  return new Set(last.values());
}

/** Without the number at its end. */
function unnumbered(block: string): string {
  const at = numberBefore(block, block.length);
  return block.slice(0, at < block.length && block[at - 1] === '.' ? at - 1 : at);
}

/** The widths of the layers in blocks. */
function innerWidths(matrices: readonly NamedTensor[], blocks: ReadonlyMap<string, string>): Set<number> {
  const inner = matrices.filter(({ path }) => blocks.has(path));
  return new Set(inner.flatMap(({ tensor }) => shapeByRows(tensor).slice(0, 2)));
}

/**
 * Paths of matrices that write, by their bias, their short side, which another one reads: no tables, but layers behind
 * an image.
 */
function behindImages(
  matrices: readonly NamedTensor[],
  biases: ReadonlyMap<string, number>,
): (named: NamedTensor) => boolean {
  const sides = matrices.map(({ tensor }) => shapeByRows(tensor));
  const [byRows, byColumns] = [0, 1].map((side) => new Set(sides.map((shape) => shape[side])));
  return ({ tensor: { shape }, path }) => {
    const [rows = 0, columns = 0] = shape;
    const bias = biases.get(path.replace(OWN_NAME, ''));
    if (shape.length !== 2 || rows === columns || bias !== Math.min(rows, columns)) return false;
    return (bias === rows ? byColumns : byRows)!.has(bias);
  };
}

/**
 * Paths of matrices that write, by their bias, an image of the channels that a convolution reads: no heads, but layers
 * before an image.
 */
function beforeImages(
  matrices: readonly NamedTensor[],
  biases: ReadonlyMap<string, number>,
  writesColumns: (named: NamedTensor) => boolean,
): (named: NamedTensor) => boolean {
  const kernels = matrices.filter(({ tensor }) => tensor.shape.length > 3 && !tensor.axes);
  const ways = kernels.map((kernel) => {
    const [rows = 0, columns = 0] = kernel.tensor.shape;
    return writesColumns(kernel) ? { read: rows, written: columns } : { read: columns, written: rows };
  });
  const written = new Set(ways.map((way) => way.written));
  const read = [...new Set(ways.map((way) => way.read))].filter((channels) => channels > RAW_CHANNELS);
  return ({ tensor: { shape, axes }, path }) => {
    const [rows = 0, columns = 0] = shape;
    if (shape.length !== 2 || axes || rows < LONGER * columns || biases.get(path) !== rows) return false;
    if (read.length > MAX_WIDTHS) return false;
    return read.some(
      (channels) => isSquare(rows / channels) && (!written.has(channels) || !written.has(columns)),
    );
  };
}

/** Whether an image of this many pixels may be as high as wide. */
function isSquare(pixels: number): boolean {
  return pixels > 1 && Number.isInteger(Math.sqrt(pixels));
}

function tableReason({ tensor }: NamedTensor, inner: ReadonlySet<number>, config: Config): Fact | null {
  if (tensor.shape.length !== 2) return null;
  const [rows = 0, columns = 0] = tensor.shape;
  const [long, short] = [Math.max(rows, columns), Math.min(rows, columns)];
  const unlikely = long >= LONG_SIDE && long >= LONGER * short && !inner.has(long);
  return unlikely ? because('table-or-head') : vocabularyReason(tensor.shape, config);
}

/**
 * Paths of the first convolution of each part of the model, where it reads as few channels as an image or a recording
 * has.
 */
function stems(
  matrices: readonly NamedTensor[],
  blocks: ReadonlyMap<string, string>,
  writesColumns: (named: NamedTensor) => boolean,
): Map<string, 'stem' | 'channel-groups'> {
  const layersIn = new Map<string, number>();
  for (const block of blocks.values()) layersIn.set(block, (layersIn.get(block) ?? 0) + 1);
  const first = new Map<string, NamedTensor>();
  for (const named of matrices) {
    const { axes, order, shape } = named.tensor;
    if (shape.length <= 2 || (shape.length === 3 && !axes && shape[2]! > LONGEST_KERNEL)) continue;
    // Where the order of execution is known, the first convolution is the one that reads the image.
    const part = order !== undefined || /^\d/.test(named.path) ? '' : named.path.split('.')[0]!;
    if (!first.has(part)) first.set(part, named);
  }
  const few = [...first.values()].filter((named) => {
    const { tensor, path } = named;
    if (!tensor.axes && writesColumns(named)) return tensor.shape[0]! <= RAW_SOUND;
    const isPicture = tensor.shape.length > (tensor.axes ? 2 : 3);
    if (isPicture) return channelsRead(tensor) <= RAW_CHANNELS;
    // One kernel per channel has the same shape, but something beside it has written the channels.
    const block = blocks.get(path);
    return channelsRead(tensor) <= RAW_SOUND && (block === undefined || layersIn.get(block) === 1);
  });
  // Beside a convolution that reads colors, one with a single column may read another image, or be depthwise.
  const hasColors = few.some(({ tensor }) => channelsRead(tensor) > 1);
  return new Map(
    few.map(({ tensor, path }) => [
      path,
      hasColors && channelsRead(tensor) === 1 && tensor.shape[0]! > 1 ? 'channel-groups' : 'stem',
    ]),
  );
}

/** Decides by name. Names may call any convolution the first, so where channels are known it must read few. */
function outsideBlocks({ tensor, path }: NamedTensor): Fact | null {
  const reason = outsideReason(path);
  const isInner = tensor.axes && tensor.shape.length > 2 && channelsRead(tensor) > RAW_CHANNELS;
  return isInner && reason?.code === 'stem' ? null : reason;
}

/** The number of channels that a convolution reads, as far as its shape says. */
function channelsRead(tensor: TensorShape): number {
  const [rows = 0, columns = 0] = shapeByRows(tensor);
  return declaredLayout(tensor) === 'in-out' ? rows : columns * (tensor.groups ?? 1);
}

/** By the path of a numbered layer, the length of the vector under the next number: of what normalizes its outputs. */
function writtenWidths(named: readonly NamedTensor[]): Map<string, number> {
  const written = new Map<string, number>();
  for (const { tensor, path } of named) {
    const at = numberBefore(path, path.length);
    if (tensor.shape.length !== 1 || at === path.length || path[at - 1] === '_') continue;
    const number = Number(path.slice(at));
    if (number > 0) written.set(`${path.slice(0, at)}${number - 1}`, tensor.shape[0]!);
  }
  return written;
}

/**
 * @param matrix its number in a stack; null where the tensor is no stack.
 * @returns null for a convolution whose channel groups are unknown.
 */
function readLayer(
  { tensor, path, name, routed }: NamedTensor & { name: string },
  matrix: number | null,
  block: string | null,
  beside: Beside,
  channels: ChannelGroups,
): Layer | null {
  const place = placeOf(tensor.axes ? path.replace(/\.kernel$/, '') : path);
  const linear = tensor.shape.length === 2 || matrix !== null;
  const whole = partOf(tensor, matrix);
  const found = orientedByFormat(whole, linear, tensor) ?? oriented(whole, linear, path, beside, channels);
  if (!found) return null;
  const { part, layout, role, isDeclared } = found;
  const [sources, targets] = [sourcesOf(part, layout), targetsOf(part, layout)];
  const expert = expertRole(path, sources, targets, routed);
  const own = role ?? expert ?? place.role ?? roleOf(path, sources, targets);
  // A depthwise convolution joins each channel to itself: it shares its input with no other layer.
  const shared = role === 'conv.depthwise' ? null : place.key;
  const key = matrix === null ? shared : shared && `${shared}[${matrix}]`;
  return { path, name, block, place: { ...place, key }, role: own, layout, part, matrix, tensor, isDeclared };
}
