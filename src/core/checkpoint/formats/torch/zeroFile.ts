/**
 * Checkpoints of DeepSpeed ZeRO-3: every process has written its share of each weight into one long float32 vector
 * (`*_optim_states.pt`); shapes and names, in the order of the vectors, are in `*_model_states.pt`. Which values belong
 * to which weight follows deepspeed/utils/zero_to_fp32.py. (ZeRO-1 and 2 store whole weights in plain PyTorch files.)
 */
import { MAX_TENSORS } from '../caps';
import { basename, dirname, join } from '../../../storage/paths';
import { NeuroMfaError } from '../../../../protocol/errors';
import { quoted } from '../../../../protocol/visible';
import { anyFiles } from '../../../storage/anywhere';
import { stampAt } from '../../../storage/stamp';
import type { Run } from '../../../weights/recipes/joined';
import { CONFIG_NAME, readConfig } from '../../config';
import { DTYPE_BITS, type DType } from '../../dtype';
import { joinTensorFiles, type TensorFile } from '../../tensorFiles';
import type { Checkpoint, TensorInfo } from '../../types';
import type { CheckpointFile } from '../format';
import { FormatFault, countElements } from '../reading';
import { metadataIn } from './about';
import { TorchTensor } from './objects';
import { Tuple } from './pickleValues';
import { isRun, openTorch, tensorInfo, type OpenTorch } from './torchFile';

/** The prefix is the number type of the model; the numbers are those of the process and of its slice of the model. */
const OPTIMIZER = /^(?:bf16_|fp16_)?zero_pp_rank_(\d+)_mp_rank_(\d+)_optim_states\.pt$/;
const MODEL = /^zero_pp_rank_(\d+)_mp_rank_(\d+)_model_states\.pt$/;
/** Processes of one training: the largest trainings had about 20,000. */
const MAX_PROCESSES = 65_536;
const NEXT_STEP =
  'Copy the whole folder again; if it is still being written, wait until that is done, or join it with zero_to_fp32.py of DeepSpeed';

/** See `CheckpointFile.open`. */
export function openZero3(
  { id }: CheckpointFile,
  path: string,
  onTensors: (count: number) => void = () => undefined,
): Checkpoint {
  const files: OpenTorch[] = [];
  try {
    const openOne = (name: string): OpenTorch => {
      const file = openTorch(join(dirname(path), name), onTensors);
      files.push(file);
      return file;
    };
    const state = modelState(path, openOne(basename(path)));
    const parts = partsOf(path, openOne);
    const tensors = tensorsOf(path, state, parts, (rank) =>
      rank === 0 ? state : modelState(path, openOne(basename(path).replace('rank_0', `rank_${rank}`))),
    );
    onTensors(tensors.length);
    const [first, ...others] = files.map(({ source, content }): TensorFile => {
      return { source, headers: content.headers, tensors: [], metadata: {} };
    });
    const whole = { ...first!, tensors, metadata: metadataIn(state.root) };
    // The Trainer of transformers writes the configuration into the parent folder.
    const above = dirname(dirname(path));
    const configured = stampAt(join(above, CONFIG_NAME));
    return joinTensorFiles(path, id, [whole, ...others], {
      others: [configured],
      settings: readConfig(above),
      onTensors,
    });
  } catch (error) {
    for (const { source } of files) source.close();
    throw error instanceof FormatFault ? fault(path, error.message) : error;
  }
}

type Shapes = ReadonlyMap<string, readonly number[]>;

interface ModelState {
  root: Dictionary;
  source: OpenTorch['source'];
  /** In the order of the vectors. */
  shapes: Shapes;
  /** Weights that are not trained are in no optimizer: every process has its share of them separately. */
  frozen: Shapes;
}

type Dictionary = ReadonlyMap<unknown, unknown>;

function modelState(path: string, { source, content: { root } }: OpenTorch): ModelState {
  const own = dictionary(root);
  if (!own.has('param_shapes') || !own.has('module')) {
    const cause = `${basename(source.id.path)} does not say which weights the vectors of the processes hold (param_shapes)`;
    throw fault(path, cause);
  }
  const groups = own.get('param_shapes');
  const listed = Array.isArray(groups) ? (groups as unknown[]) : [groups];
  const shapes = new Map(listed.flatMap((group) => [...shapesIn(group)]));
  return { root: own, source, shapes, frozen: shapesIn(own.get('frozen_param_shapes')) };
}

function shapesIn(group: unknown): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  for (const [name, size] of dictionary(group)) {
    const items = size instanceof Tuple ? size.items : size;
    if (typeof name !== 'string' || !Array.isArray(items))
      throw new FormatFault('param_shapes has an entry that is no name and shape');
    countElements(name, items as number[]);
    shapes.set(name, items as number[]);
  }
  return shapes;
}

/** What one process has written: its vectors, in order. */
interface Part {
  source: OpenTorch['source'];
  vectors: readonly TorchTensor[];
}

/** The parts of all processes, in order. @throws NeuroMfaError where one is missing. */
function partsOf(path: string, openOne: (name: string) => OpenTorch): Part[] {
  const folder = dirname(path);
  const names = new Map<number, string>();
  for (const { name } of anyFiles.list(folder)) {
    const [, rank, slice] = OPTIMIZER.exec(name) ?? MODEL.exec(name) ?? [];
    if (Number(slice) > 0) throw sliced(folder, name);
    if (!OPTIMIZER.test(name)) continue;
    const other = names.get(Number(rank));
    if (other !== undefined) throw fault(path, `${other} and ${name} are of one process`);
    names.set(Number(rank), name);
  }
  const [some] = names.values();
  if (some === undefined || names.size > MAX_PROCESSES)
    throw missing(
      folder,
      'zero_pp_rank_0_mp_rank_00_optim_states.pt',
      'the vectors of all processes are missing',
    );
  const parts: Part[] = [];
  for (const [, name] of [...names].sort(([a], [b]) => a - b)) {
    const { source, content } = openOne(name);
    const state = dictionary(dictionary(content.root).get('optimizer_state_dict'));
    parts.push({ source, vectors: vectorsOf(name, state) });
    const processes = countOf(state.get('partition_count'));
    if (processes < names.size)
      throw fault(path, `${name} tells of ${processes} processes, and the parts of ${names.size} are here`);
    for (let rank = 0; rank < names.size + 1 && rank < processes; rank++) {
      if (names.has(rank)) continue;
      const cause = `${processes} processes have written this checkpoint, and the parts of ${names.size} are here`;
      throw missing(folder, some.replace(/rank_\d+/, `rank_${rank}`), cause);
    }
  }
  const lengths = parts.map(({ vectors }) => vectors.map(lengthOf).join());
  const odd = lengths.findIndex((each) => each !== lengths[0]);
  if (odd >= 0) throw fault(path, `the vectors of process ${odd} have other lengths than those of process 0`);
  return parts;
}

function vectorsOf(name: string, state: Dictionary): TorchTensor[] {
  const stage = state.get('zero_stage');
  if (stage !== 3)
    throw new FormatFault(`${name} is of ZeRO stage ${String(stage)}, where stage 3 is expected`);
  const groups = state.get('fp32_flat_groups');
  const vectors = Array.isArray(groups) ? (groups as unknown[]) : [];
  const whole = vectors.every(
    (each) => each instanceof TorchTensor && each.size.length === 1 && isRun(each.size, each.stride),
  );
  if (vectors.length === 0 || !whole)
    throw new FormatFault(`${name} has no vectors of weights (fp32_flat_groups)`);
  return vectors as TorchTensor[];
}

/** The number of processes; the largest where groups of weights differ. */
function countOf(value: unknown): number {
  const counts = (Array.isArray(value) ? (value as unknown[]) : [value]).map(Number);
  return counts.reduce((most, each) => Math.max(most, each), 0);
}

const lengthOf = ({ size }: TorchTensor): number => size[0]!;

function tensorsOf(
  path: string,
  state: ModelState,
  parts: readonly Part[],
  stateOf: (rank: number) => ModelState,
): TensorInfo[] {
  const { root, source, shapes, frozen } = state;
  if (shapes.size + frozen.size > MAX_TENSORS)
    throw new FormatFault(`it has more than ${MAX_TENSORS} weights`);
  const tensors = new Map<string, TensorInfo>();
  const add = (tensor: TensorInfo): void => {
    if (tensors.has(tensor.name)) throw new FormatFault(`it has two weights called ${quoted(tensor.name)}`);
    tensors.set(tensor.name, tensor);
  };
  const module = dictionary(root.get('module'));
  const buffers = root.get('buffer_names');
  for (const name of Array.isArray(buffers) ? (buffers as unknown[]) : []) {
    const tensor = module.get(name);
    if (typeof name !== 'string' || !(tensor instanceof TorchTensor)) continue;
    const info = tensorInfo({ name, tensor }, source);
    if (info) add(info);
  }
  if (frozen.size > 0) {
    const states = parts.map((_, rank) => stateOf(rank));
    for (const [name, shape] of frozen) add(frozenTensor(name, shape, states));
  }
  for (const tensor of trained(shapes, parts)) add(tensor);
  for (const [name, other] of dictionary(root.get('shared_params'))) {
    const tensor = tensors.get(String(other));
    if (typeof name === 'string' && tensor && !tensors.has(name)) add({ ...tensor, name });
  }
  if (tensors.size === 0) throw fault(path, 'it lists no weights');
  return [...tensors.values()];
}

/**
 * Every process has ⌈elements / processes⌉ values of each weight, in the order of the weights; the shares of the last
 * processes are padded. A share may continue in the next vector.
 */
function trained(shapes: Shapes, parts: readonly Part[]): TensorInfo[] {
  const [{ vectors }] = parts as [Part];
  const [{ dtype }] = vectors as [TorchTensor];
  const all = parts.flatMap((part) => part.vectors);
  if (all.some((each) => each.dtype !== dtype))
    throw new FormatFault('its vectors of weights are of several types');
  const ends: number[] = [];
  for (const vector of vectors) ends.push((ends.at(-1) ?? 0) + lengthOf(vector));
  const total = ends.at(-1)!;
  let first = 0;
  const tensors = [...shapes].map(([name, shape]) => {
    const elements = shape.reduce((product, size) => product * size, 1);
    const share = Math.ceil(elements / parts.length);
    const runs = parts.flatMap((part, rank) => {
      const wanted = Math.max(0, Math.min(share, elements - rank * share));
      return runsIn(part, ends, first, wanted);
    });
    first += share;
    if (first > total) throw outOf(name, total);
    return tensorOf(name, dtype, shape, runs, parts[0]!.source.id);
  });
  if (first !== total)
    throw new FormatFault(`its weights are ${first} values of each process, and the vectors have ${total}`);
  return tensors;
}

function outOf(name: string, total: number): FormatFault {
  return new FormatFault(`${quoted(name)} reaches beyond the ${total} values of each process`);
}

/** Where the values `first` … `first + count` of a process are; its vectors end at `ends`. */
function runsIn({ source, vectors }: Part, ends: readonly number[], first: number, count: number): Run[] {
  const runs: Run[] = [];
  for (const [i, vector] of vectors.entries()) {
    const begin = i === 0 ? 0 : ends[i - 1]!;
    const from = Math.max(first, begin);
    const to = Math.min(first + count, ends[i]!);
    if (from < to) runs.push(runOf(source, vector, from - begin, to - from));
  }
  return runs;
}

function runOf(source: Part['source'], vector: TorchTensor, from: number, count: number): Run {
  const size = DTYPE_BITS[vector.dtype] / 8;
  return {
    file: source.id,
    offset: vector.storage.start + (vector.offset + from) * size,
    bytes: count * size,
  };
}

function frozenTensor(name: string, shape: readonly number[], states: readonly ModelState[]): TensorInfo {
  const elements = shape.reduce((product, size) => product * size, 1);
  const runs: Run[] = [];
  let dtype: DType | undefined;
  let left = elements;
  for (const { root, source } of states) {
    const share = dictionary(root.get('frozen_param_fragments')).get(name);
    if (
      !(share instanceof TorchTensor) ||
      !isRun(share.size, share.stride) ||
      (dtype ?? share.dtype) !== share.dtype
    )
      throw new FormatFault(`${basename(source.id.path)} has no share of the frozen weight ${quoted(name)}`);
    dtype = share.dtype;
    const own = share.size.reduce((product, size) => product * size, 1);
    const count = Math.min(own, left);
    if (count > 0) runs.push(runOf(source, share, 0, count));
    left -= count;
  }
  if (left > 0 || dtype === undefined)
    throw new FormatFault(
      `${left} of the ${elements} values of the frozen weight ${quoted(name)} are missing`,
    );
  return tensorOf(name, dtype, shape, runs, states[0]!.source.id);
}

/** @param none the file for a weight without values. */
function tensorOf(
  name: string,
  dtype: DType,
  shape: readonly number[],
  runs: readonly Run[],
  none: Run['file'],
): TensorInfo {
  const bytes = runs.reduce((sum, each) => sum + each.bytes, 0);
  const [first, ...others] = runs;
  const { file, offset } = first ?? { file: none, offset: 0 };
  return {
    ...{ name, dtype, shape, file, offset, bytes },
    ...(others.length > 0 && { recipe: { kind: 'joined', runs } as const }),
  };
}

const NONE: Dictionary = new Map();

function dictionary(value: unknown): Dictionary {
  return value instanceof Map ? (value as Dictionary) : NONE;
}

function sliced(folder: string, name: string): NeuroMfaError {
  return new NeuroMfaError(
    'unsupported',
    folder,
    `tensor parallelism has cut its weights into slices, such as ${name}`,
    'Join them with the program that trained the model, and save the whole model as safetensors',
  );
}

function missing(folder: string, name: string, cause: string): NeuroMfaError {
  return new NeuroMfaError(
    'missing',
    join(folder, name),
    cause,
    'Copy the files of all processes into the folder',
  );
}

function fault(path: string, cause: string): NeuroMfaError {
  return new NeuroMfaError('damaged', path, `the checkpoint is damaged: ${cause}`, NEXT_STEP);
}
