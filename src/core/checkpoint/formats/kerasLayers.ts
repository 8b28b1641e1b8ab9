/**
 * Interprets the weights of TensorFlow and Keras by the name of a variable and the class of its layer: convolutions are
 * [taps…, in, out], transposed convolutions [taps…, out, in], and matrices [in, out] (https://keras.io/api/layers/).
 */
import type { TensorShape } from '../../network/types';

/** A layer of a model's configuration. */
export interface KerasLayer {
  /** For example `Conv2D`. */
  className: string;
  /** The class that its variables are of: that of the wrapped layer where it wraps one. */
  kind: string;
  groups: number;
  /** It is inside of a wrapper, so a file of Keras 3 does not count it. */
  wrapped: boolean;
  /** Its position among all layers. */
  order: number;
}

/** The properties of a tensor that its layer determines. */
export type Said = Pick<TensorShape, 'axes' | 'groups' | 'use'> & { shape?: readonly number[] };

/** Layers within layers. */
const MAX_DEPTH = 32;
const MAX_LAYERS = 1_000_000;

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The layers of a configuration, as `model.to_json()` writes it, by their names. */
export function kerasLayers(config: unknown): Map<string, KerasLayer> {
  const layers = new Map<string, KerasLayer>();
  const add = (layer: unknown, depth: number, wrapped = false): void => {
    if (!isObject(layer) || depth > MAX_DEPTH || layers.size >= MAX_LAYERS) return;
    const { class_name: className, config: own } = layer;
    if (!isObject(own)) return;
    const { name, layers: inner, layer: wraps } = own;
    if (typeof className === 'string' && typeof name === 'string' && !layers.has(name))
      layers.set(name, { className, ...innermost(className, own), wrapped, order: layers.size });
    if (Array.isArray(inner)) for (const each of inner) add(each, depth + 1);
    else add(wraps, depth + 1, true);
  };
  add(config, 0);
  return layers;
}

/** Class and groups of a layer, or of the one in it if it is a wrapper. */
function innermost(className: string, config: Json): Pick<KerasLayer, 'kind' | 'groups'> {
  let [kind, own] = [className, config];
  for (let depth = 0; depth < MAX_DEPTH && isObject(own['layer']); depth++) {
    const { class_name: name, config: inner } = own['layer'];
    if (typeof name !== 'string' || !isObject(inner)) break;
    [kind, own] = [name, inner];
  }
  return { kind, groups: typeof own['groups'] === 'number' ? own['groups'] : 1 };
}

/** Classes that a configuration calls otherwise than their code does. */
const CLASS_NAMES: ReadonlyMap<string, string> = new Map([['GroupQueryAttention', 'GroupedQueryAttention']]);

/** The same by the names that Keras 3 gives them in a file: the class, and a number within that class. */
export function kerasPaths(layers: ReadonlyMap<string, KerasLayer>): Map<string, KerasLayer> {
  const counts = new Map<string, number>();
  return new Map(
    [...layers.values()].flatMap((layer) => {
      if (layer.wrapped) return [];
      const name = (CLASS_NAMES.get(layer.className) ?? layer.className)
        .replace(/\W+/g, '')
        .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
        .replace(/([a-z])([A-Z])/g, '$1_$2')
        .toLowerCase();
      const count = counts.get(name) ?? 0;
      counts.set(name, count + 1);
      return [[count === 0 ? name : `${name}_${count}`, layer]];
    }),
  );
}

/** The layer that owns the variable at a path: the innermost known one. */
export function layerAt(
  path: readonly string[],
  layers: ReadonlyMap<string, KerasLayer>,
): KerasLayer | undefined {
  for (let i = path.length - 1; i >= 0; i--) {
    const layer = layers.get(path[i]!);
    if (layer) return layer;
  }
  return undefined;
}

/** Variables that one layer may have. */
const MAX_VARIABLES = 1_000_000;
/** In attention, the weights that read the heads come last. */
const READS_HEADS = /^(attention_output|_?output_dense)$/;
/** In attention, those that make them. */
const MAKES_HEADS = /^_?(query|key|value)(_dense)?$/;

/** The position of a variable in the order of execution. @param position among all variables, in file order. */
export function orderOf({ order }: KerasLayer, position: number, path: readonly string[]): number {
  const last = path.some((name) => READS_HEADS.test(name)) ? MAX_VARIABLES : 0;
  return 2 * order * MAX_VARIABLES + last + position;
}

const TRANSPOSED = /transpose|deconv/i;
const DEPTHWISE = /depthwise/i;
const CONVOLUTION = /conv/i;

/**
 * @param path the names of layers, then of the variable, such as `conv1`, `kernel`; in Keras 3 `vars`, `0`.
 * @param layer the layer that owns it, where a configuration says.
 */
export function saidOf(path: readonly string[], shape: readonly number[], layer?: KerasLayer): Said {
  const rank = shape.length;
  if (path.some((name) => /^optimizer(_weights)?$/.test(name))) return { use: { code: 'optimizer-state' } };
  if (rank < 2) return {};
  const numbered = path.at(-2) === 'vars';
  const leaf = numbered ? '' : path.at(-1)!;
  const owners = path.slice(0, numbered ? -2 : -1);
  const kind = layer?.kind ?? owners.at(-1) ?? '';
  if (numbered && isBias(Number(path.at(-1)), owners.at(-1) ?? '', kind)) return { use: { code: 'bias' } };
  if (/^p_?re_?lu(_\d+)?$/i.test(kind) || leaf === 'alpha') return { use: { code: 'factor' } };
  if (/^embeddings?$/i.test(leaf) || /^embedding(_\d+)?$/i.test(kind)) return { use: { code: 'looked-up' } };
  const separable = /separable/i.test(kind) && numbered && path.at(-1) === '0';
  if (rank > 2 && (separable || DEPTHWISE.test(leaf) || DEPTHWISE.test(kind)))
    return { axes: 'kernel-in-out', groups: shape[rank - 2]! };
  if (layer && layer.groups > 1)
    return { use: { code: 'unread-operation', operation: `${layer.kind} (${layer.groups} groups)` } };
  if (rank === 2) return { axes: 'in-out' };
  if (rank === 3) {
    const heads = joinedHeads(owners.at(-1) ?? '', shape);
    if (heads) return { axes: 'in-out', shape: heads };
    if (!CONVOLUTION.test(layer?.kind ?? path.join('/'))) return { use: { code: 'three-dimensions' } };
  }
  return { axes: TRANSPOSED.test(layer?.kind ?? owners.join('/')) ? 'kernel-out-in' : 'kernel-in-out' };
}

/**
 * Whether a numbered variable with several dimensions is a bias: of heads [heads, size], of an `EinsumDense` [outputs…], of a gated cell
 * [2, gates], one for what comes in and one for what comes back.
 */
function isBias(number: number, owner: string, kind: string): boolean {
  if (number === 1) return MAKES_HEADS.test(owner) || /^einsum_?dense(_\d+)?$/i.test(kind);
  return number === 2 && /(^|_)cell(_\d+)?$/.test(owner);
}

/** Attention's [in, heads, size] and [heads, size, out] as matrices: the same values. */
function joinedHeads(owner: string, [first, second, third]: readonly number[]): number[] | null {
  if (READS_HEADS.test(owner)) return [first! * second!, third!];
  return MAKES_HEADS.test(owner) ? [first!, second! * third!] : null;
}
