/**
 * TensorFlow.js: weights in one or several binary files, and a JSON file that says which bytes belong to which weight
 * (https://github.com/tensorflow/tfjs/tree/master/tfjs-converter). The topology in a `model.json` gives the roles of a
 * weight's dimensions; a bare manifest has only names.
 */
import { integer } from '../../../protocol/format';
import { MAX_NAME_LENGTH, MAX_TENSORS } from './caps';
import { NeuroMfaError } from '../../../protocol/errors';
import { shortened } from '../../../protocol/visible';
import { readSmallFile } from '../../storage/smallFile';
import { stampAt } from '../../storage/stamp';
import type { ByteSource } from '../../storage/storage';
import type { AffineRecipe } from '../../weights/recipes/affine';
import type { Run } from '../../weights/recipes/joined';
import { DTYPE_BITS, type DType } from '../dtype';
import { levels, parseStrictJson, type JsonLimits } from '../strictJson';
import { joinTensorFiles, type TensorFile } from '../tensorFiles';
import type { Checkpoint, TensorInfo } from '../types';
import { fileBeside, openBeside } from './beside';
import type { CheckpointFile } from './format';
import { kerasLayers, layerAt, orderOf, saidOf, type KerasLayer, type Said } from './kerasLayers';
import { foreignFile, HEAD_BYTES } from './foreign';
import { countElements, damaged, FormatFault } from './reading';
import { lookUp } from './lookUp';
import { graphUses } from './tfjsGraph';

/** Topologies of large models have a few MB. */
const MAX_JSON_BYTES = 100_000_000;
/** Nested layers have about ten levels each. */
const JSON_LIMITS: JsonLimits = { levels: levels(256, MAX_TENSORS), containers: 10_000_000 };
/** There is one shard for every 4 MiB of weights. */
const MAX_SHARDS = 100_000;

/** See `CheckpointFile.open`. */
export function openTfjs(
  kind: CheckpointFile,
  path: string,
  onTensors: (count: number) => void = () => undefined,
): Checkpoint {
  const stamp = stampAt(path);
  const words = { what: 'the description of the model', nextStep: 'Save the model again' };
  const files: TensorFile[] = [];
  try {
    const bytes = readSmallFile(path, MAX_JSON_BYTES, words);
    const foreign = kind.sniffs(bytes.subarray(0, HEAD_BYTES), path) ? null : foreignFile(path, bytes);
    if (foreign) throw foreign;
    readManifest(path, jsonOf(bytes), files, onTensors);
  } catch (error) {
    for (const { source } of files) source.close();
    throw error instanceof FormatFault ? damaged(path, error.message) : error;
  }
  return joinTensorFiles(path, kind.id, files, { others: [stamp], onTensors });
}

/** @throws FormatFault */
function jsonOf(bytes: Uint8Array): unknown {
  try {
    return parseStrictJson(bytes, JSON_LIMITS);
  } catch (error) {
    throw new FormatFault(`it ${(error as Error).message}`);
  }
}

interface Weight {
  name: string;
  shape: number[];
  /** The type in the files. */
  type: string;
  /** The type in the model. */
  dtype: string;
  scale: number;
  min: number;
  quantized: boolean;
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const TYPES: Readonly<Record<string, DType>> = {
  ...{
    float32: 'F32',
    float16: 'F16',
    int32: 'I32',
    bool: 'BOOL',
    complex64: 'C64',
    uint8: 'U8',
    uint16: 'U16',
  },
  ...{ int8: 'I8', int16: 'I16', int64: 'I64', float64: 'F64' },
};

/** @param files receives every opened file. @throws FormatFault, NeuroMfaError */
function readManifest(
  path: string,
  json: unknown,
  files: TensorFile[],
  onTensors: (count: number) => void,
): void {
  const model = isObject(json) ? json : {};
  const groups = Array.isArray(json) ? (json as unknown[]) : model['weightsManifest'];
  if (!Array.isArray(groups)) throw new FormatFault('it has no list of weights (weightsManifest)');
  const topology = isObject(model['modelTopology']) ? model['modelTopology'] : {};
  const layers = kerasLayers(topology['model_config'] ?? topology);
  const uses = graphUses(topology['node']);
  const names = new Set<string>();
  const tensors: TensorInfo[] = [];
  let position = 0;
  for (const group of groups as unknown[]) {
    if (!isObject(group) || !Array.isArray(group['paths']) || !Array.isArray(group['weights']))
      throw new FormatFault('a group of its weights has no paths or no weights');
    const shards = openShards(path, group['paths'], files);
    let at = 0;
    for (const entry of group['weights'] as unknown[]) {
      const weight = weightOf(entry);
      if (names.has(weight.name))
        throw new FormatFault(`two weights are called ${JSON.stringify(weight.name)}`);
      names.add(weight.name);
      // Only the texts themselves show how long they are: what follows them has no known place.
      if (weight.type === 'string')
        throw new NeuroMfaError(
          'unsupported',
          path,
          `it holds texts (${JSON.stringify(shortened(weight.name))}), which are not read`,
          'Save the model without them, such as without its vocabulary',
        );
      const said = uses?.get(weight.name)?.(weight.shape) ?? kerasSays(weight, layers, position);
      const { tensor, bytes } = tensorOf(weight, shards, at, said);
      tensors.push(tensor);
      at += bytes;
      position++;
      if (tensors.length > MAX_TENSORS) throw new FormatFault(`it has more than ${MAX_TENSORS} weights`);
      onTensors(tensors.length);
    }
    const held = shards.reduce((sum, { size }) => sum + size, 0);
    if (held !== at)
      throw new FormatFault(`its weights take ${integer(at)} bytes, and their files have ${integer(held)}`);
  }
  const [first] = files;
  if (!first) throw new FormatFault('it names no files of weights');
  files[0] = { ...first, tensors };
}

function kerasSays(
  { name, shape }: Weight,
  layers: ReadonlyMap<string, KerasLayer>,
  position: number,
): Said & Pick<TensorInfo, 'order'> {
  const path = name.split('/');
  const layer = layerAt(path, layers);
  const said = saidOf(path, shape, layer);
  return layer ? { ...said, order: orderOf(layer, position, path) } : said;
}

function openShards(path: string, paths: readonly unknown[], files: TensorFile[]): ByteSource[] {
  return paths.map((name) => {
    const file = typeof name === 'string' ? fileBeside(path, name) : null;
    if (file === null) {
      throw new NeuroMfaError(
        'unsupported',
        path,
        `its weights are said to be in ${JSON.stringify(shortened(typeof name === 'string' ? name : typeof name))}, and only files in its folder are read`,
        'Put the files of weights beside it, and name them there',
      );
    }
    if (files.length === MAX_SHARDS)
      throw new FormatFault(`its weights are in more than ${MAX_SHARDS} files`);
    if (files.some(({ source }) => source.id.path === file))
      throw new FormatFault(`it names the file ${JSON.stringify(shortened(name as string))} twice`);
    const source = openBeside(file, path, 'weights');
    files.push({ source, headers: [], tensors: [], metadata: {} });
    return source;
  });
}

function weightOf(entry: unknown): Weight {
  const { name, shape, dtype, quantization } = isObject(entry) ? entry : {};
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME_LENGTH)
    throw new FormatFault('one of its weights has no name');
  const sizes = Array.isArray(shape) ? (shape as unknown[]) : null;
  if (!sizes?.every((size): size is number => typeof size === 'number') || typeof dtype !== 'string')
    throw new FormatFault(`the weight ${JSON.stringify(shortened(name))} has no shape or no type`);
  const own = { name, shape: sizes, dtype, scale: 1, min: 0 };
  if (quantization === undefined) return { ...own, type: dtype, quantized: false };
  const { dtype: type, scale, min } = isObject(quantization) ? quantization : {};
  if (type === 'float16') return { ...own, type, quantized: false };
  const sound = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
  if ((type !== 'uint8' && type !== 'uint16') || !sound(scale) || !sound(min ?? 0))
    throw new FormatFault(
      `the weight ${JSON.stringify(shortened(name))} is quantized in a form that is not known`,
    );
  return { ...own, type, scale, min: (min as number | undefined) ?? 0, quantized: true };
}

/** @param at the number of the group's bytes before the tensor. */
function tensorOf(
  { name, shape, type, dtype, scale, min, quantized }: Weight,
  shards: readonly ByteSource[],
  at: number,
  { shape: seen = shape, ...said }: Said & Pick<TensorInfo, 'order'>,
): { tensor: TensorInfo; bytes: number } {
  const stored = lookUp(TYPES, type);
  if (!stored)
    throw new FormatFault(
      `the weight ${JSON.stringify(shortened(name))} is of the type ${JSON.stringify(shortened(type))}`,
    );
  const elements = countElements(name, shape);
  const bytes = (elements * DTYPE_BITS[stored]) / 8;
  const runs = runsOf(name, shards, at, bytes);
  const [first] = runs;
  const file = first?.file ?? shards[0]?.id;
  if (!file) throw new FormatFault(`the weight ${JSON.stringify(shortened(name))} is in no file`);
  const place = { name, shape: seen, file, offset: first?.offset ?? 0, bytes, ...said };
  const of = { kind: 'joined', runs } as const;
  if (!quantized) {
    const tensor = { ...place, dtype: stored, ...(runs.length > 1 && { recipe: of }) };
    return { tensor, bytes };
  }
  const codes = stored as AffineRecipe['codes'];
  const recipe: AffineRecipe = {
    kind: 'affine',
    codes,
    of,
    run: elements,
    scales: [scale],
    zeros: [0],
    shift: min,
  };
  const tensor: TensorInfo =
    dtype === 'float32'
      ? { ...place, dtype: 'F32', stored, recipe }
      : { ...place, dtype: stored, use: { code: 'unreadable-type', dtype: `${dtype} as ${type}` } };
  return { tensor, bytes };
}

/** Where bytes of a group are: its files count as one, each continuing the one before. */
function runsOf(name: string, shards: readonly ByteSource[], at: number, bytes: number): Run[] {
  const runs: Run[] = [];
  let begin = 0;
  let found = 0;
  for (const { id, size } of shards) {
    const from = Math.max(0, at - begin);
    const own = Math.min(size - from, bytes - found);
    if (own > 0) {
      runs.push({ file: id, offset: from, bytes: own });
      found += own;
    }
    begin += size;
    if (found === bytes) break;
  }
  if (found < bytes)
    throw new FormatFault(
      `the weight ${JSON.stringify(shortened(name))} needs ${integer(bytes)} bytes, of which its files lack ${integer(bytes - found)}`,
    );
  return runs;
}
