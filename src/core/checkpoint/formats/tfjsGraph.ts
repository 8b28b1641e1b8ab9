/** What the graph of a TensorFlow model says about its constants. A graph model's `model.json` contains the graph. */
import type { Fact } from '../../../protocol/facts';
import { shortened } from '../../../protocol/visible';
import { lookUp } from './lookUp';
import type { Said } from './kerasLayers';

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Node {
  name: string;
  op: string;
  inputs: string[];
  attributes: Json;
  order: number;
}

/** Operations that pass on what they read. */
const HAND_ON = new Set(['Identity', 'ReadVariableOp', 'StopGradient', 'Cast']);
const REASONS: Readonly<Record<string, Fact>> = {
  ...{ BiasAdd: { code: 'bias' }, Add: { code: 'added' }, AddV2: { code: 'added' }, Sub: { code: 'added' } },
  ...{ Mul: { code: 'factor' }, RealDiv: { code: 'factor' }, Prelu: { code: 'factor' } },
  ...{
    GatherV2: { code: 'looked-up' },
    Gather: { code: 'looked-up' },
    ResourceGather: { code: 'looked-up' },
  },
  ...{ FusedBatchNorm: { code: 'normalization' }, FusedBatchNormV3: { code: 'normalization' } },
};
/** Operations that multiply in ways that are not followed. */
const UNREAD =
  /MatMul|Einsum|Conv|Reshape|Concat|Split|Slice|Transpose|Function|While|PartitionedCall|LSTM|GRU/;

/** Properties of a constant of this shape. */
type SaidOf = (shape: readonly number[]) => Said & { order?: number };

/** Uses by the name of the constant; null where there is no graph. */
export function graphUses(nodes: unknown): Map<string, SaidOf> | null {
  if (!Array.isArray(nodes)) return null;
  const all = (nodes as unknown[]).map(nodeOf).filter((node) => node !== null);
  const constantOf = constantsBehind(all);
  const uses = new Map<string, { node: Node; input: number }[]>();
  for (const node of all) {
    if (HAND_ON.has(node.op)) continue;
    for (const [input, value] of node.inputs.entries()) {
      const constant = constantOf(value);
      if (constant === null) continue;
      if (uses.has(constant)) uses.get(constant)!.push({ node, input });
      else uses.set(constant, [{ node, input }]);
    }
  }
  return new Map(
    all.filter(isConstant).map(({ name }): [string, SaidOf] => [
      name,
      (shape) => {
        const own = (uses.get(name) ?? []).map(({ node, input }) => saidBy(node, input, shape));
        const table = own.find(({ use }) => use?.code === 'looked-up');
        const layer = own.find(({ axes }) => axes !== undefined);
        const unread = own.find(({ use }) => use?.code === 'unread-operation');
        return table ?? layer ?? unread ?? own[0] ?? { use: { code: 'unused' } };
      },
    ]),
  );
}

const isConstant = ({ op }: Node): boolean => op === 'Const' || op === 'VarHandleOp' || op === 'VariableV2';

/**
 * Finds the constant behind each value, through operations that pass it on. Nodes may be in any order, and loops end.
 */
function constantsBehind(nodes: readonly Node[]): (value: string) => string | null {
  const constants = new Map<string, string | null>(
    nodes.filter(isConstant).map(({ name }): [string, string] => [name, name]),
  );
  const given = new Map(
    nodes
      .filter(({ op, inputs }) => HAND_ON.has(op) && inputs.length > 0)
      .map(({ name, inputs }): [string, string] => [name, inputs[0]!]),
  );
  return (value) => {
    const passed: string[] = [];
    let at: string | undefined = value;
    while (at !== undefined && !constants.has(at)) {
      // Ends a loop: it leads to no constant.
      constants.set(at, null);
      passed.push(at);
      at = given.get(at);
    }
    const constant = at === undefined ? null : constants.get(at)!;
    for (const each of passed) constants.set(each, constant);
    return constant;
  };
}

function nodeOf(node: unknown, order: number): Node | null {
  if (!isObject(node)) return null;
  const { name, op, input, attr } = node;
  if (typeof name !== 'string' || typeof op !== 'string') return null;
  const inputs = (Array.isArray(input) ? (input as unknown[]) : [])
    .filter((each) => typeof each === 'string')
    .map((each) => each.replace(/:\d+$/, ''));
  return { name, op, inputs, attributes: isObject(attr) ? attr : {}, order };
}

/** What the operation says about the constant that is its input. */
function saidBy(
  { op, attributes, order }: Node,
  input: number,
  shape: readonly number[],
): ReturnType<SaidOf> {
  const isTrue = (name: string): boolean => {
    const value = attributes[name];
    return isObject(value) && value['b'] === true;
  };
  if (/^_?(Fused)?MatMul$/.test(op) && input < 2) {
    const turned = isTrue(input === 1 ? 'transpose_b' : 'transpose_a');
    return { axes: (input === 1) !== turned ? 'in-out' : 'out-in', order };
  }
  if (/^_?(Fused)?Conv[23]D$/.test(op) && input === 1) return { axes: 'kernel-in-out', order };
  if (/^(Fused)?DepthwiseConv2dNative$/.test(op) && input === 1)
    return { axes: 'kernel-in-out', groups: shape.at(-2) ?? 1, order };
  if (/^Conv[23]DBackpropInput(V2)?$/.test(op) && input === 1) return { axes: 'kernel-out-in', order };
  if (/^_?Fused(MatMul|Conv2D|DepthwiseConv2dNative)$/.test(op)) return { use: { code: 'bias' } };
  const reason = lookUp(REASONS, op);
  if (reason) return { use: reason };
  return {
    use: { code: UNREAD.test(op) ? 'unread-operation' : 'other-operation', operation: shortened(op) },
  };
}
