/** Recognizes the state of an optimizer, such as the moments of Adam: as large as the weights, but no weights. */
import { NeuroMfaError } from '../../../protocol/errors';
import { shortened } from '../../../protocol/visible';
import type { NamedTensor } from '../names';

/** Names that optimizers of PyTorch, DeepSpeed and Megatron use for their values per weight. */
const MOMENT =
  /(?:^|[./])(?:exp_avg(?:_(?:sq|slow|sq_row|sq_col|diff))?|max_exp_avg_sqs?|exp_inf|square_avg|grad_avg|momentum_buffer|acc_delta|previous_grad|prev_grad|fp32_param|master_params?|fp32_master)(?:[./]|$)|[./](?:adam_[mv]|Adam(?:_1)?|Momentum|RMSProp(?:_1)?|Adagrad)$/;
/** Prefixes of everything that belongs to an optimizer. */
const ROOT = /^(?:state\.)?(?:optimizers?|optim|opt_state|optimizer_states?|optimizer_state_dict)[./]/;
/** Prefixes of measurements, before the names of weights that exist as well. */
const MEASURED =
  /^(?:grads?|gradients?|fishers?|fisher_(?:matrix|information|diag)|ewc_\w+|importances?|hessians?|omegas?)[./](.+)$/;
/** For a PyTorch optimizer alone: `state.WEIGHT.step` beside its other entries. */
const STEP = /^state[./].+[./]step$/;
/** The two moments of Optax, as two trees of the same names, and those of MLX, after each weight's own name. */
const PAIRS: readonly RegExp[] = [
  /^((?:.*[./])?)(mu|nu)([./].+)$/,
  /^(.*(?:weight|bias|kernel|scales|lora_[ab])[./])(m|v)()$/,
];

/** Rows of the tensors that are the state of an optimizer. */
export function optimizerState(all: readonly NamedTensor[]): number[] {
  const stateOnly = all.some(({ tensor }) => STEP.test(tensor.name));
  const pairs = new Map<string, Map<string, number>>();
  const rows = new Set<number>();
  const names = all.some(({ tensor }) => MEASURED.test(tensor.name))
    ? new Set(all.map(({ tensor }) => tensor.name))
    : null;
  for (const named of all) {
    const { name } = named.tensor;
    if (names?.has(MEASURED.exec(name)?.[1] ?? '')) rows.add(named.row);
    if (MOMENT.test(name) || ROOT.test(name) || (stateOnly && /^state[./]/.test(name))) rows.add(named.row);
    for (const pattern of PAIRS) {
      const match = pattern.exec(name);
      if (!match) continue;
      const key = JSON.stringify([match[1], match[3], named.tensor.shape]);
      const pair = pairs.get(key) ?? new Map<string, number>();
      pairs.set(key, pair.set(match[2]!, named.row));
    }
  }
  for (const pair of pairs.values()) if (pair.size === 2) for (const row of pair.values()) rows.add(row);
  return [...rows];
}

/** The error where there is nothing but the state of an optimizer. */
export function optimizerFault(subject: string, tensors: number, name: string): NeuroMfaError {
  return new NeuroMfaError(
    'unsupported',
    subject,
    `it holds the state of an optimizer (${tensors} tensors, such as ${shortened(name)}), and no weights of a model`,
    'Choose the file that holds the weights of the model',
  );
}
