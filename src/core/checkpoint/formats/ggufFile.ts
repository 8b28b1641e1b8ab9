/**
 * GGUF, the format of ggml and llama.cpp: a header, then tensors that are mostly quantized in blocks. A model may be
 * split over several files without an index: their names and headers say how many there are.
 */
import { basename, dirname, join } from '../../storage/paths';
import { NeuroMfaError } from '../../../protocol/errors';
import { integer } from '../../../protocol/format';
import { quoted } from '../../../protocol/visible';
import { anyFiles } from '../../storage/anywhere';
import { stampAt } from '../../storage/stamp';
import { sliceOf, type ByteSource } from '../../storage/storage';
import { BLOCK_TYPES, type BlockTypeName } from '../../weights/recipes/ggmlBlocks';
import { DTYPE_BITS, type DType } from '../dtype';
import { joinTensorFiles, type TensorFile } from '../tensorFiles';
import type { TensorInfo } from '../types';
import { foreignFile, HEAD_BYTES } from './foreign';
import type { CheckpointFile } from './format';
import { GgufFault, readGgufHeader, type GgufHeader, type GgufTensor, type GgufValue } from './ggufHeader';
import { MAX_SHARDS } from './sharded';

/** Types whose values are stored as they are, by ggml's number (`ggml.h`). */
const PLAIN_TYPES: Readonly<Record<number, DType>> = {
  0: 'F32',
  1: 'F16',
  24: 'I8',
  25: 'I16',
  26: 'I32',
  27: 'I64',
  28: 'F64',
  30: 'BF16',
};
/** Block types, including those that cannot be read. */
const QUANTIZED_TYPES: Readonly<Record<number, string>> = {
  2: 'Q4_0',
  3: 'Q4_1',
  4: 'Q4_2',
  5: 'Q4_3',
  6: 'Q5_0',
  7: 'Q5_1',
  8: 'Q8_0',
  9: 'Q8_1',
  10: 'Q2_K',
  11: 'Q3_K',
  12: 'Q4_K',
  13: 'Q5_K',
  14: 'Q6_K',
  15: 'Q8_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  20: 'IQ4_NL',
  21: 'IQ3_S',
  22: 'IQ2_S',
  23: 'IQ4_XS',
  29: 'IQ1_M',
  31: 'Q4_0_4_4',
  32: 'Q4_0_4_8',
  33: 'Q4_0_8_8',
  34: 'TQ1_0',
  35: 'TQ2_0',
  36: 'IQ4_NL_4_4',
  37: 'IQ4_NL_4_8',
  38: 'IQ4_NL_8_8',
  39: 'MXFP4',
  40: 'NVFP4',
};

const OTHER_EDITION = 'Use an edition of the model in another type, such as Q4_K_M, Q8_0 or BF16';

interface OpenedFile extends TensorFile {
  header: GgufHeader;
}

/** See `CheckpointFile.open`. */
export function openGguf(
  kind: CheckpointFile,
  path: string,
  onTensors: (count: number) => void = () => undefined,
): ReturnType<typeof joinTensorFiles> {
  const files: OpenedFile[] = [];
  try {
    const first = openFile(kind, path, onTensors);
    files.push(first);
    const others = otherShards(path, first.header);
    for (const name of others.before.concat(others.behind)) {
      const own = openFile(kind, join(dirname(path), name), (count) => {
        onTensors(files.reduce((sum, { tensors }) => sum + tensors.length, count));
      });
      files.push(own);
    }
    // In the order of their numbers; the first file has the metadata.
    files.splice(
      0,
      files.length,
      ...files.slice(1, 1 + others.before.length),
      first,
      ...files.slice(1 + others.before.length),
    );
    checkTensors(path, files);
    const { metadata } = files[0]!.header;
    refuseOthers(path, metadata);
    const config = configOf(metadata);
    return joinTensorFiles(path, kind.id, files, { onTensors, config });
  } catch (error) {
    for (const { source } of files) source.close();
    throw error;
  }
}

function openFile(kind: CheckpointFile, path: string, onTensors: (count: number) => void): OpenedFile {
  const source = anyFiles.open(path);
  try {
    const head = sliceOf(source, 0, Math.min(source.size, HEAD_BYTES));
    const foreign = kind.sniffs(head, path) ? null : foreignFile(path, head);
    if (foreign) throw foreign;
    const header = readHeader(source, onTensors);
    const tensors = tensorsOf(source, header);
    onTensors(tensors.length);
    const headers = [{ offset: 0, bytes: Math.min(header.valuesAt, source.size) }];
    return { source, headers, tensors, metadata: shownMetadata(header.metadata), header };
  } catch (error) {
    source.close();
    throw error;
  }
}

function readHeader(source: ByteSource, onTensors: (count: number) => void): GgufHeader {
  try {
    return readGgufHeader(source, onTensors);
  } catch (error) {
    if (!(error instanceof GgufFault)) throw error;
    const { path } = source.id;
    if (!error.unsupported) throw damaged(path, error.message);
    throw new NeuroMfaError(
      'unsupported',
      path,
      error.message,
      'Convert it with a current llama.cpp (convert_hf_to_gguf.py)',
    );
  }
}

/** Tensors are stored one after another, each starting at a multiple of the alignment, as ggml's own reader demands. */
function tensorsOf(source: ByteSource, { tensors, alignment, valuesAt }: GgufHeader): TensorInfo[] {
  const { path } = source.id;
  let expected = 0;
  return tensors.map((tensor) => {
    const info = tensorOf(source, valuesAt, tensor);
    if (tensor.offset !== expected) {
      throw damaged(
        path,
        `tensor ${quoted(tensor.name)} begins at ${tensor.offset}, where ${expected} is expected`,
      );
    }
    expected += Math.ceil(info.bytes / alignment) * alignment;
    const missing = info.offset + info.bytes - source.size;
    if (missing > 0)
      throw damaged(path, `it is cut short: at least ${integer(missing)} of its bytes are missing`);
    return info;
  });
}

function tensorOf(
  source: ByteSource,
  valuesAt: number,
  { name, shape, type, offset: own }: GgufTensor,
): TensorInfo {
  const { id: file } = source;
  const offset = valuesAt + own;
  const elements = shape.reduce((product, side) => product * side, 1);
  if (!Number.isSafeInteger(elements))
    throw damaged(file.path, `tensor ${quoted(name)} has more than 2^53 weights`);
  const dtype = PLAIN_TYPES[type];
  if (dtype)
    return {
      name,
      dtype,
      shape: joined(name, shape),
      file,
      offset,
      bytes: (elements * DTYPE_BITS[dtype]) / 8,
    };
  const stored = QUANTIZED_TYPES[type];
  if (stored === undefined || !Object.hasOwn(BLOCK_TYPES, stored)) {
    const what = stored ?? `number ${type}`;
    const cause = `tensor ${quoted(name)} is quantized in the type ${what}, which is not read`;
    throw new NeuroMfaError('unsupported', file.path, cause, OTHER_EDITION);
  }
  const kind = stored as BlockTypeName;
  const block = BLOCK_TYPES[kind];
  const row = shape.at(-1) ?? 1;
  if (row % block.elements !== 0) {
    throw damaged(
      file.path,
      `rows of tensor ${quoted(name)} have ${row} weights, which are no whole blocks of ${stored}`,
    );
  }
  const bytes = (elements / block.elements) * block.bytes;
  const recipe = { kind: 'blocks', file, offset, type: kind } as const;
  return { name, dtype: 'F32', stored, shape: joined(name, shape), file, offset, bytes, recipe };
}

/** For convolutions over single channels the converter drops the size 1: [channels, 1, taps]. */
function joined(name: string, shape: readonly number[]): readonly number[] {
  return shape.length === 2 && /(^|\.)(ssm_conv1d|shortconv\.conv)(_\w)?\.weight$/.test(name)
    ? [shape[0]!, 1, shape[1]!]
    : shape;
}

/** Names of the files before and after the one at `path`, where it is one of several. */
function otherShards(path: string, { metadata }: GgufHeader): { before: string[]; behind: string[] } {
  const count = metadata.get('split.count') ?? 1;
  if (typeof count !== 'number' || count <= 1) return { before: [], behind: [] };
  const name = basename(path);
  const numbered = /^(.*-)(\d+)(-of-)(\d+)(\.gguf)$/is.exec(name);
  if (count > MAX_SHARDS || !numbered || Number(numbered[4]) !== count) {
    throw new NeuroMfaError(
      'unsupported',
      path,
      `this is one of ${count} files of a model, and its name does not tell the others`,
      `Give the files the names that they had, such as model-00001-of-${String(count).padStart(5, '0')}.gguf`,
    );
  }
  const [, stem = '', own = '', of = '', total = '', end = ''] = numbered;
  const names = Array.from(
    { length: count },
    (_, i) => `${stem}${String(i + 1).padStart(own.length, '0')}${of}${total}${end}`,
  );
  const at = names.indexOf(name);
  const missing = names.filter((each) => stampAt(join(dirname(path), each)).stamp === null);
  if (at < 0 || missing.length > 0) {
    throw new NeuroMfaError(
      'missing',
      join(dirname(path), missing[0] ?? name),
      `this shard of ${stem}… is missing${missing.length > 1 ? `, and so are ${missing.length - 1} others` : ''}`,
      `Download or copy all ${count} files into the folder`,
    );
  }
  return { before: names.slice(0, at), behind: names.slice(at + 1) };
}

/** Checks that no tensor is in two files, and that there are as many tensors as the first file states. */
function checkTensors(path: string, files: readonly OpenedFile[]): void {
  const found = new Set<string>();
  for (const { tensors } of files) {
    for (const { name } of tensors) {
      if (found.has(name)) throw damaged(path, `tensor ${quoted(name)} is in two of its files`);
      found.add(name);
    }
  }
  for (const { header, source } of files) {
    const total = header.metadata.get('split.tensors.count');
    if (files.length > 1 && typeof total === 'number' && total !== found.size)
      throw damaged(source.id.path, `it counts ${total} tensors in all files, and ${found.size} are there`);
  }
}

/** Kinds of files whose tensors are not a model's weights, by the names they give themselves. */
const NO_MODELS: Readonly<Record<string, readonly [what: string, nextStep: string]>> = {
  adapter: [
    'a low-rank adapter in GGUF',
    'Use the adapter that it was made from, as PEFT saves it (adapter_model.safetensors)',
  ],
  imatrix: ['an importance matrix, which holds no weights', 'Choose the model that it was made for'],
};

function refuseOthers(path: string, metadata: ReadonlyMap<string, GgufValue>): void {
  const type = metadata.get('general.type');
  if (typeof type !== 'string' || !Object.hasOwn(NO_MODELS, type)) return;
  const [what, nextStep] = NO_MODELS[type]!;
  throw new NeuroMfaError('unsupported', path, `this is ${what}`, nextStep);
}

/** Of what the metadata say of an architecture, what configurations of Hugging Face say too, in the words of these. */
const CONFIG_KEYS: Readonly<Record<string, string>> = {
  'attention.head_count': 'num_attention_heads',
  'attention.head_count_kv': 'num_key_value_heads',
  block_count: 'num_hidden_layers',
  embedding_length: 'hidden_size',
  feed_forward_length: 'intermediate_size',
  expert_count: 'num_experts',
  vocab_size: 'vocab_size',
};

/** What a configuration says about a model whose files are GGUF: its metadata, and nothing that may lie beside it. */
function configOf(metadata: ReadonlyMap<string, GgufValue>): Record<string, unknown> {
  const stated = metadata.get('general.architecture');
  const architecture = typeof stated === 'string' ? stated : 'unknown';
  const config: Record<string, unknown> = { gguf_architecture: architecture, model_type: architecture };
  for (const [key, name] of Object.entries(CONFIG_KEYS)) {
    const value = metadata.get(`${architecture}.${key}`);
    if (typeof value === 'number') config[name] = value;
    else if (typeof value === 'object' && value.numbers && new Set(value.numbers).size === 1)
      config[name] = value.numbers[0]; // one per block, all equal
  }
  const tokens = metadata.get('tokenizer.ggml.tokens');
  if (typeof tokens === 'object') config['vocab_size'] ??= tokens.count;
  return config;
}

function shownMetadata(metadata: ReadonlyMap<string, GgufValue>): Record<string, string> {
  return Object.fromEntries([...metadata].map(([key, value]) => [key, shown(value)]));
}

/** Of longer lists only the length is shown. */
const SHOWN_NUMBERS = 64;

function shown(value: GgufValue): string {
  if (typeof value !== 'object') return String(value);
  const { count, numbers } = value;
  return numbers && count <= SHOWN_NUMBERS ? `[${numbers.join(', ')}]` : `${count} values`;
}

function damaged(path: string, cause: string): NeuroMfaError {
  return new NeuroMfaError(
    'damaged',
    path,
    `the file is damaged: ${cause}`,
    `Save or download ${basename(path)} again`,
  );
}
