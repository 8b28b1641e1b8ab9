/**
 * Determines what a constant of an ONNX graph is for: the weights of an operation that joins two layers of neurons,
 * with their dimensions of sources and targets; or why it is no layer. Operations:
 * https://github.com/onnx/onnx/blob/main/docs/Operators.md and ONNX Runtime's `com.microsoft`.
 */
import type { Axes } from '../../network/types';
import type { Fact } from '../../../protocol/facts';
import { significant } from '../../../protocol/format';
import { lookUp } from './lookUp';
import type { Node, OnnxModel, Value } from './onnxGraph';

/** A layer: the dimensions that the operation sees are traced back to the stored ones. */
export interface LayerUse {
  axes: Axes;
  groups: number;
  order: number;
  /** Leading dimensions that index matrices: batches, and directions of recurrent layers. */
  stacked: number;
  dequantize: Dequantize | null;
}

/** The operation that decodes integers, and the stored dimension of each dimension that it sees. */
export interface Dequantize {
  node: Node;
  order: readonly number[];
}

export type Use = { layer: LayerUse } | { reason: Fact };

/** The target and source dimensions, as the operation sees them, of a weight with this many dimensions. */
interface Sides {
  out: number;
  in: number;
  groups: number;
  stacked: number;
}

type Reads = (node: Node, input: number, rank: number) => Sides | null;

const flag = (node: Node, name: string): boolean => (node.numbers.get(name) ?? 0) !== 0;

/** y = a · b: rows of a constant on the right are sources; columns of one on the left are. */
const product =
  (turnedLeft: string, turnedRight: string): Reads =>
  (node, input, rank) => {
    if (input > 1 || rank < 2) return null;
    const turned = flag(node, input === 1 ? turnedRight : turnedLeft);
    const [row, column] = [rank - 2, rank - 1];
    const rowsAreSources = (input === 1) !== turned;
    return {
      ...(rowsAreSources ? { in: row, out: column } : { in: column, out: row }),
      ...{ groups: 1, stacked: rank - 2 },
    };
  };

const kernel =
  (out: number): Reads =>
  (node, input, rank) =>
    input === 1 && rank > 2 ? { out, in: 1 - out, groups: node.numbers.get('group') ?? 1, stacked: 0 } : null;

/** W and R: [directions, gates · hidden, sources]. */
const recurrent: Reads = (_, input, rank) =>
  (input === 1 || input === 2) && rank === 3 ? { out: 1, in: 2, groups: 1, stacked: 1 } : null;

const LAYERS: Readonly<Record<string, Reads>> = {
  MatMul: product('', ''),
  FusedMatMul: product('transA', 'transB'),
  Gemm: product('transA', 'transB'),
  FusedGemm: product('transA', 'transB'),
  Conv: kernel(0),
  FusedConv: kernel(0),
  ConvTranspose: kernel(1),
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
  Attention: (_, input, rank) =>
    input === 1 && rank === 2 ? { in: 0, out: 1, groups: 1, stacked: 0 } : null,
};

/** The roles of the other inputs of these operations. */
const BESIDE: Readonly<Record<string, Fact>> = Object.fromEntries(
  ['Gemm', 'FusedGemm', 'Conv', 'FusedConv', 'ConvTranspose', 'LSTM', 'GRU', 'RNN', 'Attention'].map((op) => [
    op,
    { code: 'bias' },
  ]),
);

const REASONS: Readonly<Record<string, 'added' | 'factor' | 'looked-up' | 'normalization'>> = {
  ...{ Add: 'added', Sub: 'added', Sum: 'added' },
  ...{ Mul: 'factor', Div: 'factor', PRelu: 'factor', Pow: 'factor' },
  ...{ Gather: 'looked-up', GatherElements: 'looked-up', GatherND: 'looked-up' },
  ...{ BatchNormalization: 'normalization', InstanceNormalization: 'normalization' },
  ...{ LayerNormalization: 'normalization', GroupNormalization: 'normalization' },
};

/** Standard operations that multiply, or pass values on, in ways that are not followed: their inputs may be weights. */
const UNREAD = new Set(
  `Einsum QLinearMatMul QLinearConv ConvInteger MatMulInteger QuantizeLinear DynamicQuantizeLinear DeformConv Loop Scan
  Reshape Squeeze Unsqueeze Concat Split Slice Flatten Expand Tile Attention`.split(/\s+/),
);

const isStandard = ({ domain }: Node): boolean => domain === '' || domain === 'ai.onnx';

/** Where a value goes, through operations that change only the order of dimensions. */
interface Path {
  value: Value;
  /** The stored dimension of each dimension. */
  order: readonly number[];
  dequantize: Dequantize | null;
}

/** Limit for the branches of one constant. */
const MAX_STEPS = 10_000;

/** What a constant is for. */
export function useOf(value: Value, { functions }: OnnxModel): Use {
  const rank = value.tensor!.dims.length;
  const layers: LayerUse[] = [];
  const reasons: Fact[] = [];
  const seen = new Set<Value>();
  const paths: Path[] = [{ value, order: value.tensor!.dims.map((_, i) => i), dequantize: null }];
  for (let path = paths.pop(); path && seen.size < MAX_STEPS; path = paths.pop()) {
    if (seen.has(path.value)) continue;
    seen.add(path.value);
    for (const handedOn of throughBranch(path.value)) paths.push({ ...path, value: handedOn });
    for (const { node, input } of path.value.consumers) {
      const inner = isStandard(node) ? undefined : functions.get(`${node.domain}:${node.op}`);
      const parameter = inner?.values.get(inner.inputs[input] ?? '');
      if (parameter) paths.push({ ...path, value: parameter });
      else {
        const next = handsOn(node, input, path);
        if (next) paths.push(next);
        else {
          const use = usedBy(node, input, path, rank);
          if ('layer' in use) layers.push(use.layer);
          else reasons.push(use.reason);
        }
      }
    }
  }
  // An embedding that is also the head is left out as an embedding.
  const table = reasons.find(({ code }) => code === 'looked-up');
  if (table) return { reason: table };
  layers.sort((a, b) => a.order - b.order);
  if (layers[0]) return { layer: layers[0] };
  const unread = reasons.find(({ code }) => code === 'unread-operation');
  return { reason: unread ?? reasons[0] ?? { code: 'unused' } };
}

/** The output of an `If` where a branch returns the value. */
function throughBranch({ name, scope }: Value): Value[] {
  const { owner, outputs } = scope;
  if (owner?.op !== 'If') return [];
  return outputs.flatMap((output, i) => {
    const given = output === name ? owner.scope.values.get(owner.outputs[i] ?? '') : undefined;
    return given ? [given] : [];
  });
}

/** The output through which an operation passes the value on; null where it does not. */
function handsOn(node: Node, input: number, { order, dequantize }: Path): Path | null {
  if (!isStandard(node) || node.refers || input !== 0) return null;
  const value = node.scope.values.get(node.outputs[0] ?? '');
  if (!value) return null;
  switch (node.op) {
    case 'Identity':
    case 'Cast':
      return { value, order, dequantize };
    case 'DequantizeLinear':
      return dequantize ? null : { value, order, dequantize: { node, order } };
    case 'Transpose': {
      const perm = node.lists.get('perm') ?? order.map((_, i) => order.length - 1 - i);
      const sound = perm.length === order.length && new Set(perm).size === perm.length;
      const turned = perm.map((dimension) => order[dimension]);
      return sound && turned.every((each) => each !== undefined)
        ? { value, order: turned, dequantize }
        : null;
    }
    default:
      return null;
  }
}

function usedBy(node: Node, input: number, { order, dequantize }: Path, rank: number): Use {
  const { op } = node;
  const unread: Use = { reason: { code: 'unread-operation', operation: op } };
  const ours =
    op === 'Attention' || op.startsWith('Fused') ? node.domain === 'com.microsoft' : isStandard(node);
  const sides = ours ? lookUp(LAYERS, op)?.(node, input, rank) : null;
  if (sides && node.refers) return unread;
  // What is multiplied is the product of the weights and this factor.
  const alpha = node.numbers.get('alpha') ?? 1;
  if (sides && alpha !== 1)
    return { reason: { code: 'unread-operation', operation: `${op} (alpha ${significant(alpha, 3)})` } };
  if (sides) {
    const layer = layerOf(sides, order);
    return layer ? { layer: { ...layer, order: 2 * node.order + (input > 1 ? 1 : 0), dequantize } } : unread;
  }
  if (op === 'DequantizeLinear' && isStandard(node)) return { reason: { code: 'beside-quantized' } };
  const beside = ours ? lookUp(BESIDE, op) : undefined;
  if (beside) return { reason: beside };
  let made = MAKERS.get(node);
  if (made === undefined) MAKERS.set(node, (made = makesWeights(node)));
  if (made) return unread;
  const reason = isStandard(node) ? lookUp(REASONS, op) : undefined;
  if (reason) return { reason: { code: reason } };
  if (rank > 1 && (isStandard(node) ? UNREAD.has(op) : true)) return unread;
  return { reason: { code: 'other-operation', operation: op } };
}

/** Cached answers of {@link makesWeights}, because operations may have many inputs. */
const MAKERS = new WeakMap<Node, boolean>();
/** Number of consecutive operations that pass on their input. */
const MAX_IN_A_ROW = 8;
/** Numbers of dimensions of matrices, and of convolutions in one and two dimensions. */
const RANKS = [2, 3, 4];

/** Whether an operation computes weights of a layer from constants alone, such as a matrix times a scale. */
function makesWeights(node: Node, left = MAX_IN_A_ROW): boolean {
  const constants = node.inputs.filter((name) => node.scope.values.get(name)?.tensor);
  // The first input of a chained operation was made by the one before it.
  const others = node.inputs.length - (left === MAX_IN_A_ROW ? 0 : 1);
  const made = node.scope.values.get(node.outputs[0] ?? '');
  if (!isStandard(node) || constants.length < others || !made || left === 0) return false;
  return made.consumers.some(({ node: reader, input }) =>
    lookUp(LAYERS, reader.op)
      ? RANKS.some((rank) => lookUp(LAYERS, reader.op)!(reader, input, rank))
      : input === 0 && makesWeights(reader, left - 1),
  );
}

/** The dimensions as they are stored; null where they are not those of matrices, convolutions or stacks of matrices. */
function layerOf(
  { out, in: sources, groups, stacked }: Sides,
  order: readonly number[],
): Pick<LayerUse, 'axes' | 'groups' | 'stacked'> | null {
  const rank = order.length;
  for (let i = 0; i < stacked; i++) if (order[i] !== i) return null;
  const axes = axesOf(order[out]! - stacked, order[sources]! - stacked, rank - stacked);
  if (!axes) return null;
  // Groups are ranges of rows: of targets for a convolution, of sources for a transposed one.
  const rowsAreGrouped = axes.endsWith(out === 0 ? 'out-in' : 'in-out');
  return groups === 1 || rowsAreGrouped ? { axes, groups, stacked } : null;
}

function axesOf(out: number, sources: number, rank: number): Axes | null {
  if (out === 0 && sources === 1) return 'out-in';
  if (out === 1 && sources === 0) return 'in-out';
  if (out === rank - 1 && sources === rank - 2) return 'kernel-in-out';
  if (out === rank - 2 && sources === rank - 1) return 'kernel-out-in';
  return null;
}
