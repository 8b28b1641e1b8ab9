/**
 * Layouts of training checkpoints that this program does not read, recognized by their paths alone. Analyses, runs and
 * the tree share this table, so that all say what a folder really holds and how to convert it. When a layout becomes
 * readable it becomes a format (`formats/table.ts`), and its row here is removed.
 */
import { basename, relative, sep } from 'node:path';
import { NeuroMfaError } from '../../protocol/errors';

interface Layout {
  /** What people call it. */
  label: string;
  /**
   * Matches the path of a file that only such checkpoints have, with `/` between names. The group `root` is the
   * checkpoint: a folder, or the file itself.
   */
  file: RegExp;
  /** Whether such a file is only a part of the checkpoint. */
  isPart?: true;
  /** How to convert the checkpoint at `root` to safetensors. */
  convert: (root: string) => string;
}

const python = (code: string): string => `Save its weights as safetensors, in Python: ${code}`;
const loadPickle = (root: string): string =>
  python(
    `safetensors.numpy.save_file(the arrays that pickle.load(open("${root}", "rb")) gives, by name, "model.safetensors")`,
  );

/** The first match counts. */
const LAYOUTS: readonly Layout[] = [
  {
    label: 'nanotron (a file for each tensor)',
    file: /^(?<root>.+?)(?:\/model)*(?:\/(?:decoder|token_position_embeddings|final_layer_norm|lm_head|cast_to_fp32)(?:\/[^/]+)*)?\/model_\w+_pp-rank-\d+-of-\d+_tp-rank-\d+-of-\d+\.safetensors$/,
    isPart: true,
    convert: (root) =>
      `Convert it with nanotron's own script: torchrun examples/llama/convert_nanotron_to_hf.py --checkpoint_path ${root} --save_path OUT`,
  },
  {
    label: 'verl (FSDP, a file for each process)',
    file: /^(?<root>.+)\/(?:model|optim|extra_state)_world_size_\d+_rank_\d+\.pt$/,
    isPart: true,
    convert: (root) =>
      `Merge its parts with: python -m verl.model_merger merge --backend fsdp --local_dir ${root} --target_dir OUT`,
  },
  {
    label: 'NeMo',
    file: /^(?<root>.+\.nemo)$/,
    convert: (root) => `Export it with: nemo llm export path=${root} target=hf output_path=OUT`,
  },
  {
    label: 'Megatron',
    file: /^(?<root>.+\/(?:iter_\d+|release))\/(?:mp_rank_\d+(?:_\d+)*\/(?:model_optim_rng|model_rng|distrib_optim)\.pt)$/,
    isPart: true,
    convert: (root) =>
      `Convert it with Megatron Bridge or tools/checkpoint/convert.py of Megatron-LM (--load-dir ${root}) to the format of Hugging Face`,
  },
  {
    label: 'DeepSpeed (a file for each layer or expert)',
    file: /^(?<root>.+)\/layer_\d+(?:-model_\d+-model|_expert_\d+_mp_rank_\d+_model)_states\.pt$/,
    isPart: true,
    convert: (root) =>
      `Join its layers with the program that trained it (GPT-NeoX: python tools/ckpts/convert_neox_to_hf.py --input_dir ${root})`,
  },
  {
    label: 'torchtune (shards without an index)',
    file: /^(?<root>.+)\/(?:hf|meta|torchtune)_model_\d+_\d+\.(?:pt|bin)$/,
    isPart: true,
    convert: () =>
      'Let torchtune write safetensors (safe_serialization: True in its checkpointer), or load these files with torch.load and save them with safetensors.torch.save_file',
  },
  {
    label: 'Orbax (JAX, Flax)',
    file: /^(?<root>.+?)(?:\/(?:default|items|params|state|ocdbt\.process_\d+))*\/(?:_CHECKPOINT_METADATA|manifest\.ocdbt|checkpoint\.msgpack|[^/]+\.msgpack)$/,
    convert: (root) =>
      python(
        `safetensors.flax.save_file(flattened parameters that orbax restores from "${root}", "model.safetensors")`,
      ),
  },
  {
    label: 'TensorFlow',
    file: /^(?<root>.+)\.(?:data-\d+-of-\d+)$|^(?<folder>.+)\/saved_model\.pb$/,
    convert: (root) =>
      python(
        `safetensors.numpy.save_file({name: tf.train.load_variable("${root}", name) for name, _ in tf.train.list_variables("${root}")}, "model.safetensors")`,
      ),
  },
  {
    label: 'Stable-Baselines3',
    file: /^(?<root>.+\/(?:\w+_\d+_steps|best_model|final_model)\.zip)$/,
    convert: (root) =>
      python(
        `safetensors.torch.save_model(PPO.load("${root}").policy, "model.safetensors"), with the class that was trained`,
      ),
  },
  { label: 'pickles', file: /^(?<root>.+\.(?:pkl|pdparams))$/, convert: loadPickle },
];

/** Training states other than weights, by the beginning of their names or of their folder's name. */
const STATE =
  /(?:^|\/)(?:optim(?:izer)?s?|(?:lr_|grad_)?scheduler|rng_states?|random_states?|(?:grad_)?scaler|training_args|train(?:er|ing)?_state|recipe_state|sampler|dataloader|data_status|extra_state)(?:[-_.\d][^/]*)?(?:\/[^/]*)?$/i;
/** Matches files that any row may match: most files of a folder match none. */
const MAY_MATCH =
  /\.(?:distcp|pt|pth|bin|pkl|pdparams|ckpt|nemo|zip|msgpack|ocdbt|pb)$|\.data-\d+-of-\d+$|_CHECKPOINT_METADATA$|_tp-rank-\d+-of-\d+\.safetensors$/i;

export interface Recognized {
  layout: Layout;
  /** Absolute path of the checkpoint: a folder, or a file. */
  root: string;
}

/** Whether a file of another program holds a training state without weights. */
export const isState = (path: string): boolean => MAY_MATCH.test(path) && STATE.test(path);

/** What the file at an absolute path belongs to; null where it belongs to no known layout. */
export function recognize(path: string): Recognized | null {
  if (!MAY_MATCH.test(path)) return null;
  const plain = sep === '/' ? path : path.replaceAll(sep, '/');
  if (STATE.test(plain)) return null;
  for (const layout of LAYOUTS) {
    const groups = layout.file.exec(plain)?.groups;
    if (groups) return { layout, root: (groups['root'] ?? groups['file'] ?? groups['folder'])! };
  }
  return null;
}

/** The same without rows that tell only the format of a file, which its content tells better. */
export function recognizePart(path: string): Recognized | null {
  const found = recognize(path);
  return found?.layout.isPart ? found : null;
}

/**
 * Globs for searches of whole workspaces, without braces: names that only checkpoints have, in addition to those of
 * readable formats.
 */
export const LAYOUT_NAMES: readonly string[] = ['*.nemo', '_CHECKPOINT_METADATA'];

/** Sentences list at most this many checkpoints. */
const LISTED = 4;

/**
 * Refuses a folder that holds no readable checkpoints, naming those of the first layout in the table that occurs. Null for
 * none.
 */
export function unreadableLayout(folder: string, found: readonly Recognized[]): NeuroMfaError | null {
  const layout = LAYOUTS.find((each) => found.some((one) => one.layout === each));
  if (!layout) return null;
  const roots = [...new Set(found.filter((each) => each.layout === layout).map(({ root }) => root))];
  roots.sort(new Intl.Collator('en', { numeric: true }).compare);
  const convert = layout.convert(roots[0]!);
  const isAbove = relative(folder, roots[0]!).startsWith('..');
  if (isAbove) {
    const cause = `this is a part of a checkpoint of ${layout.label}, which cannot be read yet: ${roots[0]!}`;
    return new NeuroMfaError('unsupported', folder, cause, convert);
  }
  const names = roots.slice(0, LISTED).map((root) => relative(folder, root) || basename(root));
  const rest = roots.length - LISTED;
  const list = `${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  const what = roots.length === 1 ? 'a checkpoint' : `${roots.length} checkpoints`;
  const verb = roots.length === 1 ? 'is' : 'are';
  return new NeuroMfaError(
    'unsupported',
    folder,
    `${what} of ${layout.label} ${verb} in this folder, which cannot be read yet: ${list}`,
    convert,
  );
}
