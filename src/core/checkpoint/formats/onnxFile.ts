/**
 * ONNX (https://onnx.ai/onnx/repo-docs/IR.html): a graph of operations as one protocol buffer. Values of constants are
 * in it or in files beside it; the graph says which constants are layers (`onnxUse.ts`). Nothing is executed.
 */
import { integer } from '../../../protocol/format';
import { MAX_NAME_LENGTH } from './caps';
import { createHash } from 'node:crypto';
import { NeuroMfaError } from '../../../protocol/errors';
import { shortened } from '../../../protocol/visible';
import { readAt, sliceOf, type ByteSource } from '../../storage/storage';
import type { AffineRecipe } from '../../weights/recipes/affine';
import { DTYPE_BITS, type DType } from '../dtype';
import { joinTensorFiles, type TensorFile } from '../tensorFiles';
import type { Checkpoint, TensorInfo } from '../types';
import { fileBeside, openBeside } from './beside';
import type { CheckpointFile } from './format';
import { readGraph, type OnnxModel, type OnnxTensor, type Scope, type Value } from './onnxGraph';
import { useOf, type Dequantize, type LayerUse } from './onnxUse';
import { ProtobufReader } from './protobuf';
import { countElements, FormatFault, readFormat } from './reading';

/** Values encoded as varints are read into memory as a whole. */
const MAX_VARINT_BYTES = 64 * 2 ** 20;
/** Files beside a model; exporters that write one per tensor write some hundreds. */
const MAX_EXTERNAL_FILES = 4096;
/** Weights in the branches of operations, which are compared with each other. */
const MAX_COMPARED_BYTES = 512 * 2 ** 20;
const COMPARED_AT_ONCE = 2 ** 20;
/** Matrices in one tensor. */
const MAX_STACKED = 4096;
/** Scales of a quantized tensor. */
const MAX_SCALES = 2 ** 17;

/** See `CheckpointFile.open`. */
export function openOnnx(
  kind: CheckpointFile,
  path: string,
  onTensors: (count: number) => void = () => undefined,
): Checkpoint {
  const files: TensorFile[] = [];
  try {
    readFormat(
      path,
      (head) => kind.sniffs(head, path),
      (source) => {
        new Reader(source, files, onTensors).read();
      },
    );
  } catch (error) {
    for (const { source } of files) source.close();
    throw error;
  }
  return joinTensorFiles(path, kind.id, files, { onTensors });
}

const TYPES: Readonly<Record<number, DType>> = {
  ...{ 1: 'F32', 2: 'U8', 3: 'I8', 4: 'U16', 5: 'I16', 6: 'I32', 7: 'I64', 9: 'BOOL', 10: 'F16' },
  ...{ 11: 'F64', 12: 'U32', 13: 'U64', 14: 'C64', 16: 'BF16', 17: 'F8_E4M3', 18: 'F8_E4M3FNUZ' },
  ...{ 19: 'F8_E5M2', 20: 'F8_E5M2FNUZ', 24: 'F8_E8M0' },
};
const OTHER_TYPES: Readonly<Record<number, string>> = {
  ...{ 8: 'text', 15: 'complex128', 21: 'uint4', 22: 'int4', 23: 'float4' },
};
const CODES: Readonly<Record<number, AffineRecipe['codes']>> = { 2: 'U8', 3: 'I8', 4: 'U16', 5: 'I16' };

/** A constant's storage. */
type Stored = Omit<TensorInfo, 'name' | 'shape'>;

class Reader {
  readonly #external = new Map<string, ByteSource>();
  readonly #names = new Set<string>();
  readonly #tensors: TensorInfo[] = [];
  /** Weights of layers in branches, by the properties that equal ones must share. */
  readonly #inBranches = new Map<string, { tensor: TensorInfo; scope: Scope; digest: string | null }[]>();
  #compared = 0;

  /** @param files receives every opened file. */
  constructor(
    private readonly source: ByteSource,
    private readonly files: TensorFile[],
    private readonly onTensors: (count: number) => void,
  ) {}

  read(): void {
    const reader = new ProtobufReader(this.source, () => {
      this.onTensors(this.#tensors.length);
    });
    const model = readGraph(reader);
    for (const value of model.constants) this.#add(value, model);
    const headers = reader.visited.map(([from, to]) => ({ offset: from, bytes: to - from }));
    const metadata = model.producer === '' ? {} : { producer: model.producer };
    this.files.unshift({ source: this.source, headers, tensors: this.#tensors, metadata });
  }

  #add(value: Value, model: OnnxModel): void {
    const tensor = value.tensor!;
    const name = this.#nameOf(value);
    const elements = countElements(name, tensor.dims);
    const stored = this.#stored(name, tensor, elements);
    const use = stored.use ? { reason: stored.use } : useOf(value, model);
    if ('reason' in use) this.#push({ name, shape: tensor.dims, ...stored, use: use.reason });
    else this.#addLayer(name, value, elements, stored, use.layer);
  }

  /** Adds a layer; for a stack of matrices, each as a tensor of its own. */
  #addLayer(name: string, { tensor, scope }: Value, elements: number, given: Stored, layer: LayerUse): void {
    const { dims, type } = tensor!;
    const { axes, groups, order, stacked, dequantize } = layer;
    const count = dims.slice(0, stacked).reduce((product, size) => product * size, 1);
    const shape = dims.slice(stacked);
    const unread = (operation: string): void => {
      this.#push({ name, shape: dims, ...given, use: { code: 'unread-operation', operation } });
    };
    if (count > MAX_STACKED) {
      this.#push({ name, shape: dims, ...given, use: { code: 'large-stack', most: MAX_STACKED } });
      return;
    }
    let stored = given;
    if (dequantize) {
      const recipe = given.recipe || !CODES[type] ? null : this.#affine(tensor!, elements, given, dequantize);
      if (!recipe || (count > 1 && recipe.scales.length > 1)) {
        unread('DequantizeLinear');
        return;
      }
      stored = { ...given, dtype: 'F32', stored: given.dtype, recipe };
    }
    if (count > 1 && stored.recipe) {
      unread(dequantize ? 'DequantizeLinear' : 'stack');
      return;
    }
    const said = { axes, order, ...(groups > 1 && { groups }) };
    const bytes = stored.bytes / Math.max(1, count);
    for (let i = 0; i < count; i++) {
      const own = count > 1 ? `${name}[${i}]` : name;
      const part = { ...stored, offset: stored.offset + i * bytes, bytes };
      this.#push(this.#once({ name: own, shape, ...part, ...said }, scope));
    }
  }

  #push(tensor: TensorInfo): void {
    this.#tensors.push(tensor);
  }

  #nameOf({ name, scope }: Value): string {
    const path = scope.path + name;
    if (path.length > MAX_NAME_LENGTH)
      throw new FormatFault(
        `the name ${JSON.stringify(shortened(path))} has more than ${MAX_NAME_LENGTH} characters`,
      );
    let own = path;
    for (let number = 2; this.#names.has(own); number++) own = `${path}#${number}`;
    this.#names.add(own);
    return own;
  }

  /** Where the values of a constant are. @throws FormatFault where it has none, or too few. */
  #stored(name: string, tensor: OnnxTensor, elements: number): Stored {
    const { type, external } = tensor;
    const dtype = TYPES[type];
    const nowhere = { file: this.source.id, offset: 0, bytes: 0 };
    const unreadable = (kind: string): Stored => ({
      ...nowhere,
      ...{ dtype: dtype ?? 'U8', stored: kind, use: { code: 'unreadable-type', dtype: kind } },
    });
    if (!dtype) return unreadable(OTHER_TYPES[type] ?? `type ${type}`);
    if (tensor.scattered) return unreadable(`${dtype}, value by value`);
    const bytes = (elements * DTYPE_BITS[dtype]) / 8;
    if (external) return { dtype, ...this.#externalPlace(name, external, bytes), bytes };
    if (tensor.bytes) {
      const { from, to } = tensor.bytes;
      if (to - from !== bytes)
        throw new FormatFault(
          `tensor ${JSON.stringify(name)} has ${integer(to - from)} bytes; ${integer(bytes)} are expected`,
        );
      return { dtype, file: this.source.id, offset: from, bytes };
    }
    if (elements === 0) return { dtype, ...nowhere };
    if (!tensor.varints) throw new FormatFault(`tensor ${JSON.stringify(name)} has no values`);
    const { from, to } = tensor.varints;
    if (to - from > MAX_VARINT_BYTES) return unreadable(`${dtype}, as numbers of varying length`);
    // Every number has at least one byte.
    if (to - from < elements) throw new FormatFault(`tensor ${JSON.stringify(name)} has too few values`);
    const place = { file: this.source.id, offset: from, bytes: to - from };
    return { dtype, ...place, recipe: { kind: 'varints', ...place } };
  }

  #externalPlace(
    name: string,
    entries: ReadonlyMap<string, string>,
    bytes: number,
  ): Pick<TensorInfo, 'file' | 'offset'> {
    const what = `tensor ${JSON.stringify(name)}`;
    const location = entries.get('location') ?? '';
    const source = this.#externalFile(location, what);
    const number = (key: string, absent: number): number => {
      const text = entries.get(key);
      if (text === undefined) return absent;
      if (/^\d{1,15}$/.test(text)) return Number(text);
      throw new FormatFault(`the ${key} of ${what} is ${JSON.stringify(shortened(text))}`);
    };
    const offset = number('offset', 0);
    const length = number('length', bytes);
    if (length !== bytes)
      throw new FormatFault(`${what} has ${integer(length)} bytes; ${integer(bytes)} are expected`);
    if (offset + bytes > source.size)
      throw new NeuroMfaError(
        'damaged',
        this.source.id.path,
        `${what} ends at byte ${offset + bytes} of ${JSON.stringify(shortened(location))}, which has ${source.size}: that file is cut short or of another model`,
        'Save or download both files again',
      );
    return { file: source.id, offset };
  }

  /** @throws NeuroMfaError for a file that is missing, or not below the model's folder. */
  #externalFile(location: string, what: string): ByteSource {
    const path = fileBeside(this.source.id.path, location);
    if (path === null) {
      throw new NeuroMfaError(
        'unsupported',
        this.source.id.path,
        `${what} is said to be in the file ${JSON.stringify(shortened(location))}, and only files in the folder of the model are read`,
        'Save the model with its data beside it (in Python: onnx.save_model(model, path, save_as_external_data=True))',
      );
    }
    const known = this.#external.get(path);
    if (known) return known;
    if (this.#external.size === MAX_EXTERNAL_FILES)
      throw new FormatFault(`its values are in more than ${MAX_EXTERNAL_FILES} files`);
    const source = openBeside(path, this.source.id.path, `the values of ${what} and perhaps more`);
    this.#external.set(path, source);
    this.files.push({ source, headers: [], tensors: [], metadata: {} });
    return source;
  }

  /** The scales and zero points that decode it; null for forms that are not read. */
  #affine(
    { dims, type }: OnnxTensor,
    elements: number,
    { file, offset }: Stored,
    { node, order }: Dequantize,
  ): AffineRecipe | null {
    const scaleOf = constantOf(node.scope, node.inputs[1]);
    const zeroOf = constantOf(node.scope, node.inputs[2]);
    const scales = scaleOf?.type === 1 ? this.#numbers(scaleOf, 'F32') : null;
    const codes = CODES[type]!;
    if (!scales || scales.length === 0 || (node.numbers.get('block_size') ?? 0) !== 0) return null;
    const zeros = zeroOf ? (zeroOf.type === type ? this.#numbers(zeroOf, codes) : null) : scales.map(() => 0);
    if (zeros?.length !== scales.length) return null;
    let run = Math.max(1, elements);
    if (scales.length > 1) {
      const axis = node.numbers.get('axis') ?? 1;
      const stored = order[axis < 0 ? axis + order.length : axis];
      if (stored === undefined || dims[stored] !== scales.length) return null;
      run = dims.slice(stored + 1).reduce((product, size) => product * size, 1);
    }
    const of: AffineRecipe['of'] = {
      kind: 'joined',
      runs: [{ file, offset, bytes: (elements * DTYPE_BITS[codes]) / 8 }],
    };
    return { kind: 'affine', codes, of, run, scales, zeros, shift: 0 };
  }

  /** The values of a small constant; null where it is large, or of another form. */
  #numbers(tensor: OnnxTensor, dtype: 'F32' | AffineRecipe['codes']): number[] | null {
    const { bytes, varints, dims, external, scattered } = tensor;
    const elements = dims.reduce((product, size) => product * size, 1);
    if (external || scattered || dims.length > 1 || elements > MAX_SCALES) return null;
    const size = DTYPE_BITS[dtype] / 8;
    if (bytes && bytes.to - bytes.from === elements * size) {
      const view = new DataView(sliceOf(this.source, bytes.from, elements * size).buffer);
      return Array.from({ length: elements }, (_, i) => readNumber(view, i * size, dtype));
    }
    if (!varints || dtype === 'F32') return null;
    const reader = new ProtobufReader(this.source, () => undefined);
    const field = { number: 5, wire: 2, value: 0, ...varints };
    const values = varints.to - varints.from > 10 * elements ? [] : [...reader.varints(field)];
    return values.length === elements ? values : null;
  }

  /** Counts weights once that are equal in several branches of one operation, only one of which runs. */
  #once(tensor: TensorInfo, scope: Scope): TensorInfo {
    const { name, dtype, shape, bytes, recipe } = tensor;
    const [branch] = branchesOf(scope);
    if (!branch || recipe) return tensor;
    const key = [branch.owner!.order, dtype, shape.join('x')].join();
    const others = this.#inBranches.get(key) ?? [];
    this.#inBranches.set(key, others);
    const own = { tensor, scope, digest: null as string | null };
    for (const other of others) {
      if (!areAlternatives(other.scope, scope)) continue;
      other.digest ??= this.#digest(other.tensor);
      own.digest ??= this.#digest(tensor);
      if (own.digest === null || own.digest !== other.digest) continue;
      return {
        ...without(tensor),
        name,
        dtype,
        shape,
        bytes,
        use: { code: 'stored-again', as: other.tensor.name },
      };
    }
    others.push(own);
    return tensor;
  }

  #digest({ file, offset, bytes }: TensorInfo): string | null {
    if ((this.#compared += bytes) > MAX_COMPARED_BYTES) return null;
    const source = file === this.source.id ? this.source : this.#external.get(file.path)!;
    const hash = createHash('sha256');
    for (let at = 0; at < bytes; at += COMPARED_AT_ONCE) {
      const chunk = new Uint8Array(Math.min(COMPARED_AT_ONCE, bytes - at));
      readAt(source, offset + at, chunk);
      hash.update(chunk);
      this.onTensors(this.#tensors.length);
    }
    return hash.digest('hex');
  }
}

/** The storage without the properties that its use determines. */
function without({ axes, groups, order, ...rest }: TensorInfo): TensorInfo {
  return rest;
}

function readNumber(view: DataView, at: number, dtype: 'F32' | AffineRecipe['codes']): number {
  switch (dtype) {
    case 'F32':
      return view.getFloat32(at, true);
    case 'U8':
      return view.getUint8(at);
    case 'I8':
      return view.getInt8(at);
    case 'U16':
      return view.getUint16(at, true);
    case 'I16':
      return view.getInt16(at, true);
  }
}

/** The constant of this name in a graph, or in one around it. */
function constantOf(scope: Scope, name: string | undefined): OnnxTensor | null {
  if (name === undefined || name === '') return null;
  for (let own: Scope | null = scope; own; own = own.parent) {
    const value = own.values.get(name);
    if (value) return value.tensor;
  }
  return null;
}

/** The branches of `If` around a scope, outermost first. */
function branchesOf(scope: Scope): Scope[] {
  const branches: Scope[] = [];
  for (let own: Scope | null = scope; own; own = own.parent)
    if (own.owner?.op === 'If') branches.unshift(own);
  return branches;
}

/** Whether at most one of two scopes runs. */
function areAlternatives(a: Scope, b: Scope): boolean {
  const others = branchesOf(b);
  return branchesOf(a).some((branch, i) => others[i] !== branch && others[i]?.owner === branch.owner);
}
