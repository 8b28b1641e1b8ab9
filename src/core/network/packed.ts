/**
 * Unpacks weights that programs store as tensors of three and four dimensions: with separate heads, keys beside values,
 * a gate beside what it gates. Each becomes its matrices, under names that say what they are.
 */
import type { NamedTensor } from './names';
import { because } from './reasons';
import type { Axes, TensorShape } from './types';

/** One matrix of a tensor. */
interface Packed {
  /** Replaces the tensor's own name in its module. */
  name: string;
  /** Number of elements before it. */
  skip: number;
  shape: readonly [rows: number, columns: number];
  axes: Axes;
  /** The number of equal ranges that its columns are stored in, each a matrix [rows, columns / runs] of its own. */
  runs: number;
}

interface Rule {
  /** The end of a path; the module comes before it. */
  name: RegExp;
  dimensions: number;
  /** What must be in its module, where the name alone says little. */
  beside?: string;
  /**
   * @param find finds the shape of a tensor beside it. @returns null where the shape is not what the program writes.
   */
  unpack: (
    shape: readonly number[],
    find: (name: string) => readonly number[] | undefined,
    match: RegExpExecArray,
  ) => readonly Packed[] | null;
}

const matrix = (name: string, rows: number, columns: number, axes: Axes = 'in-out'): Packed => ({
  name,
  skip: 0,
  shape: [rows, columns],
  axes,
  runs: 1,
});

/** [heads, in, size], repeated `count` times. */
const headsFirst = (
  names: readonly string[],
  [heads = 0, width = 0, size = 0]: readonly number[],
): Packed[] =>
  names.map((name, i) => ({
    ...matrix(name, width, heads * size),
    skip: i * heads * width * size,
    runs: heads,
  }));

/**
 * Gemma's `gm/nn/_modules.py` and `big_vision`, whose einsums are `q_einsum`, `kv_einsum` and the like; TransformerLens'
 * `abstract_attention.py` and `mlp.py`; `modeling_xlnet.py`.
 */
const RULES: readonly Rule[] = [
  { name: /q_einsum$/, dimensions: 3, unpack: (shape) => headsFirst(['q'], shape) },
  {
    name: /qkv_einsum$/,
    dimensions: 4,
    unpack: ([count, ...shape]) => (count === 3 ? headsFirst(['q', 'k', 'v'], shape) : null),
  },
  {
    name: /kv_einsum$/,
    dimensions: 4,
    unpack: ([count, ...shape]) => (count === 2 ? headsFirst(['k', 'v'], shape) : null),
  },
  {
    name: /attn_vec_einsum$/,
    dimensions: 3,
    unpack: ([heads = 0, size = 0, width = 0]) => [matrix('out', heads * size, width)],
  },
  {
    name: /gating_einsum$/,
    dimensions: 3,
    // Stored [2, in, hidden] or [2, hidden, in]: the tensor that reads it decides.
    unpack: ([count, first = 0, second = 0], find) => {
      const [hidden] = find('linear') ?? [];
      if (count !== 2 || (hidden !== first && hidden !== second)) return null;
      const axes = hidden === second ? 'in-out' : 'out-in';
      return ['gate', 'up'].map((name, i) => ({
        ...matrix(name, first, second, axes),
        skip: i * first * second,
      }));
    },
  },
  {
    name: /linear$/,
    dimensions: 2,
    beside: 'gating_einsum',
    unpack: ([hidden = 0, width = 0]) => [matrix('down', hidden, width)],
  },
  {
    name: /_?W_([QKV])$/,
    dimensions: 3,
    unpack: (shape, _, [, slot]) => headsFirst([slot!.toLowerCase()], shape),
  },
  {
    name: /W_O$/,
    dimensions: 3,
    unpack: ([heads = 0, size = 0, width = 0]) => [matrix('out', heads * size, width)],
  },
  {
    name: /W_(in|gate|out)$/,
    dimensions: 2,
    unpack: ([rows = 0, columns = 0], _, [, slot]) => [
      matrix({ in: 'up', gate: 'gate', out: 'down' }[slot!]!, rows, columns),
    ],
  },
  {
    name: /rel_attn\.([qkv])$/,
    dimensions: 3,
    unpack: ([width = 0, heads = 0, size = 0], _, [, slot]) => [
      matrix(`rel_attn.${slot!}`, width, heads * size),
    ],
  },
  {
    name: /rel_attn\.o$/,
    dimensions: 3,
    unpack: ([width = 0, heads = 0, size = 0]) => [matrix('rel_attn.out', width, heads * size, 'out-in')],
  },
];
/** Matches any of the names: folders have thousands of others. */
const MAY_MATCH = /einsum|(?:^|\.)linear|W_[QKVO]$|W_(?:in|gate|out)$|rel_attn\./;

/**
 * @param all with dots in their paths. @returns all of them, with packed ones replaced by their matrices, each under
 *   its tensor's name.
 */
export function unpacked<N extends NamedTensor>(all: readonly N[]): N[] {
  if (!all.some(({ path }) => MAY_MATCH.test(own(path)))) return [...all];
  const shapes = new Map(all.map(({ path, tensor }) => [own(path), tensor.shape]));
  return all.flatMap((named) => {
    const { tensor } = named;
    const path = own(named.path);
    // A module's own weight has two dimensions, whatever the module's name is.
    if (!MAY_MATCH.test(path) || tensor.axes || /[./]weight$/.test(tensor.name)) return [named];
    for (const { name, dimensions, beside, unpack } of RULES) {
      const component = matchIn(path, name);
      if (!component) continue;
      const { match, module } = component;
      if (beside !== undefined && !shapes.has(module + beside)) continue;
      const packed =
        tensor.shape.length === dimensions
          ? unpack(tensor.shape, (other) => shapes.get(module + other), match)
          : null;
      if (packed)
        return packed.map((each) => ({ ...named, path: module + each.name, tensor: of(tensor, each) }));
      // One dimension more: all blocks of the model are in one tensor.
      if (tensor.shape.length !== dimensions + 1) return [named];
      return [{ ...named, tensor: { ...tensor, use: because('layers-in-one') } }];
    }
    return [named];
  });
}

/** Without the names that Haiku and Flax give to the weights of a module. */
const own = (path: string): string => path.replace(/\.(?:w|kernel)$/, '');

/** The rule's match at the end of a path, which must begin with a component. */
function matchIn(path: string, name: RegExp): { match: RegExpExecArray; module: string } | null {
  const match = name.exec(path);
  if (!match || (match.index > 0 && path[match.index - 1] !== '.')) return null;
  return { match, module: path.slice(0, match.index) };
}

function of(tensor: TensorShape, { skip, shape, axes, runs }: Packed): TensorShape {
  return { ...tensor, shape, axes, skip: (tensor.skip ?? 0) + skip, ...(runs > 1 && { runs }) };
}
