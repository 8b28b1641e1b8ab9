/** Leaves out tensors because of their neighbors: routers beside experts, and blocks that predict further tokens. */
import type { SkippedTensor } from '../../protocol/analysis';
import type { Fact } from '../../protocol/facts';
import { EXPERTS } from './experts';
import { withoutRows, type NamedTensor, type TensorIndex } from './names';
import { because } from './reasons';

/** Names below a module with experts: they choose among the experts, or weigh what a shared one adds. */
const ROUTER =
  /^(?:gate|router|router_\w+|wg|gating(?:_\w+)?|switch|gate_network|(?:shared_)?experts?_gate)(?:\.|$)/;
/** The same where there are no experts, as in one shard of a model, unless it is the gate of a gated MLP. */
const LONE_GATE = /(?:^|\.)(?:mlp|moe|ffn|feed_forward|block_sparse_moe)\.gate$/;
/** Modules that predict more than the next token. */
const PREDICTION = /(?:^|\.)(?:mtp|mtp_\w+|nextn|nextn_predict_layers?)\./;
/** In a single-file diffusion model, the part between its latent images and the pixels. */
const AUTOENCODER = /(?:^|\.)(?:first_stage_model|vae)\./;
/**
 * Joins a token's embedding to the activations, in a block after the last one: such a block predicts further tokens.
 */
const PREDICTOR = /^((?:.+?\.)?\d+)\.(?:nextn\.)?eh_proj$/;

/** Tensors that are no layers because of their neighbors, and the remaining ones, from which a network can be read. */
export interface Beside {
  rest: TensorIndex;
  skipped: SkippedTensor[];
}

/** Takes out routers and blocks for multi-token prediction; the remaining names are those of the family either way. */
export function siftBeside(index: TensorIndex): Beside {
  const reasonOf = besideReasons(index.all);
  const out = new Uint8Array(index.rows.size);
  const skipped: SkippedTensor[] = [];
  const routed = new Set<string>();
  for (const named of index.all) {
    const reason = reasonOf(named);
    if (!reason) continue;
    out[named.row] = 1;
    skipped.push({ tensor: named.tensor.name, reason });
    if (reason.code === 'router') for (const parent of parentsOf(named.path)) routed.add(parent);
  }
  if (skipped.length === 0) return { rest: index, skipped };
  const rest = withoutRows(index, out);
  // A file may contain only these.
  if (rest.bySkeleton.size === 0) return { rest: index, skipped: [] };
  const all = rest.all.map((named): NamedTensor =>
    named.tensor.shape.length === 3 && routed.has(parentOf(named.path)) ? { ...named, routed: true } : named,
  );
  return { rest: { ...rest, all }, skipped };
}

function besideReasons(all: readonly NamedTensor[]): (named: NamedTensor) => Fact | null {
  const mixtures = new Set<string>();
  /** Modules with tensors [experts, …] of their own, which need not be called experts, and the number of experts. */
  const stacks = new Map<string, number>();
  const predictors = new Set<string>();
  const gates = new Map<string, string>();
  for (const { tensor, path } of all) {
    if (LONE_GATE.test(path)) gates.set(parentOf(path), tensor.shape.join());
    const predictor = path.endsWith('eh_proj') ? PREDICTOR.exec(path) : null;
    if (predictor) predictors.add(predictor[1]!);
    if (tensor.shape.length === 3) stacks.set(parentOf(path), tensor.shape[0]!);
    const at = /expert|switch_mlp/.test(path) ? path.search(EXPERTS) : -1;
    if (at >= 0) mixtures.add(path.slice(0, at === 0 ? 0 : at + 1));
  }
  for (const { tensor, path } of all) {
    const parent = parentOf(path);
    // Stacked biases of experts may be as large.
    const other = !LONE_GATE.test(path) && !path.endsWith('bias');
    if (other && gates.get(parent) === tensor.shape.join()) gates.delete(parent);
  }
  const predicts = (path: string): boolean => {
    if (PREDICTION.test(path)) return true;
    if (predictors.size === 0) return false;
    for (let at = path.indexOf('.'); at >= 0; at = path.indexOf('.', at + 1))
      if (predictors.has(path.slice(0, at))) return true;
    return false;
  };
  const routes = ({ path, tensor: { shape } }: NamedTensor): boolean => {
    const above = parentOf(path);
    if (gates.has(above) && LONE_GATE.test(path)) return true;
    return parentsOf(path).some(
      (parent) =>
        (mixtures.has(parent) || shape.includes(stacks.get(parent)!)) &&
        ROUTER.test(path.slice(parent.length)),
    );
  };
  return (named) => {
    if (predicts(named.path)) return because('multi-token-prediction');
    if (AUTOENCODER.test(named.path)) return because('image-autoencoder');
    return routes(named) ? because('router') : null;
  };
}

/** The modules that a router may belong to: its own name may have two parts. */
function parentsOf(path: string): string[] {
  const above = parentOf(path);
  return [above, parentOf(above.slice(0, -1))];
}

/** For `a.b.c` it is `a.b.`; for `a` it is empty. */
function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('.') + 1);
}
