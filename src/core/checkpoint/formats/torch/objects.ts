/**
 * Interprets what PyTorch's pickles name: storages, tensors and element types. See torch/_utils.py,
 * torch/serialization.py, torch/storage.py.
 */
import { MAX_DIMENSIONS } from '../caps';
import type { DType } from '../../dtype';
import { DTYPE_BITS } from '../../dtype';
import { Box, Global, PickleError, Tuple, type PickleHooks } from './pickleValues';

/** A range of bytes; tensors are views of it. */
export interface Storage {
  key: string;
  /** Null where only the tensors give it. */
  dtype: DType | null;
  /** As stated in the pickle. */
  bytes: number;
  /** Absolute offset of its first byte; NaN until it is known. */
  start: number;
}

/** A view of a storage; offset and strides in elements. */
export class TorchTensor {
  constructor(
    readonly storage: Storage,
    readonly dtype: DType,
    readonly offset: number,
    readonly size: readonly number[],
    readonly stride: readonly number[],
  ) {}
}

/** A tensor whose values are not those of one storage. */
export class SpecialTensor {
  /** @param kind for sentences, such as "a sparse tensor". */
  constructor(readonly kind: string) {}
}

const STORAGES: Readonly<Record<string, DType | 'special' | null>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
  ComplexFloatStorage: 'C64',
  ComplexDoubleStorage: 'special',
  QInt8Storage: 'special',
  QUInt8Storage: 'special',
  QInt32Storage: 'special',
  QUInt4x2Storage: 'special',
  QUInt2x4Storage: 'special',
  UntypedStorage: null,
};

const DTYPES: Readonly<Record<string, DType>> = {
  float64: 'F64',
  double: 'F64',
  float32: 'F32',
  float: 'F32',
  float16: 'F16',
  half: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  long: 'I64',
  int32: 'I32',
  int: 'I32',
  int16: 'I16',
  short: 'I16',
  int8: 'I8',
  uint8: 'U8',
  uint16: 'U16',
  uint32: 'U32',
  uint64: 'U64',
  bool: 'BOOL',
  float8_e4m3fn: 'F8_E4M3',
  float8_e5m2: 'F8_E5M2',
  float8_e4m3fnuz: 'F8_E4M3FNUZ',
  float8_e5m2fnuz: 'F8_E5M2FNUZ',
  float8_e8m0fnu: 'F8_E8M0',
  complex64: 'C64',
};

/** The element type that a PyTorch name denotes; undefined for others. */
export function dtypeOf(value: unknown): DType | undefined {
  return value instanceof Global && value.module === 'torch' ? DTYPES[value.name] : undefined;
}

/** Functions that make tensors other than views of a storage. */
const SPECIAL: Readonly<Record<string, string>> = {
  _rebuild_sparse_tensor: 'a sparse tensor',
  _rebuild_sparse_csr_tensor: 'a sparse tensor',
  _rebuild_qtensor: 'a quantized tensor of PyTorch',
  _rebuild_nested_tensor: 'a nested tensor',
  _rebuild_meta_tensor_no_storage: 'a tensor without values (of the device meta)',
  _rebuild_wrapper_subclass: 'a tensor of a class of its own',
  _rebuild_device_tensor_from_numpy: 'a tensor of another device, stored by NumPy',
  _rebuild_device_tensor_from_cpu_tensor: 'a tensor of another device',
};

/** @param storageOf returns the storage with this key, made on first use. */
export function torchHooks(
  storageOf: (key: string, dtype: DType | null, bytes: number) => Storage,
): PickleHooks {
  /** Hundreds of thousands of tensors have few shapes: each is stored once. */
  const known = new Map<string, readonly number[]>();
  const shared = (counts: readonly number[]): readonly number[] => {
    const key = counts.join();
    let own = known.get(key);
    if (!own) known.set(key, (own = counts));
    return own;
  };
  const reduce = (callee: Global, { items }: Tuple): unknown => {
    switch (callee.path) {
      case 'collections.OrderedDict':
      case 'collections.defaultdict':
      case 'collections.Counter':
      case 'builtins.dict':
      case '__builtin__.dict':
        return dictionary(callee.name === 'defaultdict' ? items[1] : items[0]);
      case 'torch._utils._rebuild_tensor':
      case 'torch._utils._rebuild_tensor_v2':
        return rebuild(items, (items[0] as Partial<Storage> | null)?.dtype ?? undefined, items[6], shared);
      case 'torch._utils._rebuild_tensor_v3':
        return rebuild(items, dtypeOf(items[6]), items[7], shared);
      case 'torch._utils._rebuild_parameter':
      case 'torch._utils._rebuild_parameter_with_state':
      case 'torch.nn.parameter.Parameter':
      case 'torch.nn.parameter.Buffer':
        return isTensor(items[0]) ? items[0] : undefined;
      case 'torch._tensor._rebuild_from_type_v2':
      case 'torch._tensor._rebuild_from_type': {
        const [maker, type, args] = items;
        if (!(maker instanceof Global) || !(args instanceof Tuple)) return undefined;
        const made = reduce(maker, args);
        // The values of a subclass need not be those of the storage.
        const own =
          type instanceof Global && !/^torch\.(?:Tensor|nn\.parameter\.)|^torch\._tensor\./.test(type.path);
        return own && made instanceof TorchTensor && /torchao|distributed/.test(type.module)
          ? new SpecialTensor(`a tensor of the class ${type.path}`)
          : made;
      }
      case 'torch.Size':
        return items[0] instanceof Tuple
          ? items[0]
          : Array.isArray(items[0])
            ? new Tuple(items[0])
            : undefined;
    }
    if (callee.module !== 'torch._utils' && callee.module !== 'torch._tensor') {
      const isSubclass =
        /(?:^|\.)(?:DTensor|\w+Tensor)$/.test(callee.name) && /^torch(?:ao)?\./.test(callee.module);
      return isSubclass ? new SpecialTensor(`a tensor of the class ${callee.path}`) : undefined;
    }
    const special = SPECIAL[callee.name];
    return special === undefined ? undefined : new SpecialTensor(special);
  };
  const persistent = (id: unknown): unknown => {
    if (!(id instanceof Tuple)) return undefined;
    const [word, type, key, , count] = id.items;
    // Old whole-model files stored the source code of classes too.
    if (word === 'module') return id.items[1];
    if (word !== 'storage' || !(type instanceof Global) || typeof key !== 'string') return undefined;
    const own = /^torch(?:\.cuda|\.storage)?$/.test(type.module) ? STORAGES[type.name] : undefined;
    if (own === undefined) throw new PickleError(`has a storage of a type that is not known (${type.path})`);
    if (own === 'special')
      return new SpecialTensor(`a tensor of ${type.name.replace('Storage', '')} numbers`);
    if (typeof count !== 'number' || count < 0) throw new PickleError('has a storage without a size');
    return storageOf(key, own, (count * (own === null ? 8 : DTYPE_BITS[own])) / 8);
  };
  return { reduce, persistent };
}

export function isTensor(value: unknown): value is TorchTensor | SpecialTensor {
  return value instanceof TorchTensor || value instanceof SpecialTensor;
}

function dictionary(initial: unknown): Map<unknown, unknown> {
  if (initial instanceof Map) return new Map(initial);
  const map = new Map<unknown, unknown>();
  for (const pair of Array.isArray(initial) ? (initial as unknown[]) : []) {
    const [key, value] = pair instanceof Tuple ? pair.items : Array.isArray(pair) ? (pair as unknown[]) : [];
    map.set(key, value);
  }
  return map;
}

function rebuild(
  [storage, offset, size, stride]: readonly unknown[],
  dtype: DType | undefined,
  metadata: unknown,
  shared: (counts: readonly number[]) => readonly number[],
): TorchTensor | SpecialTensor {
  if (storage instanceof SpecialTensor) return storage;
  // A view that changes the sign of stored values.
  if (metadata instanceof Map && (metadata.get('neg') === true || metadata.get('conj') === true))
    return new SpecialTensor('a view that negates what is stored');
  const [sizes, strides] = [counts(size), counts(stride)];
  if (
    !isStorage(storage) ||
    dtype === undefined ||
    !isCount(offset) ||
    sizes === null ||
    strides?.length !== sizes.length ||
    sizes.length > MAX_DIMENSIONS
  )
    throw new PickleError('has a tensor that is none');
  const elements = sizes.reduce((product, each) => product * each, 1);
  const end = sizes.reduce((last, each, i) => last + (each - 1) * strides[i]!, offset + 1);
  if (!Number.isSafeInteger(elements) || (elements > 0 && !(end * DTYPE_BITS[dtype] <= 8 * storage.bytes)))
    throw new PickleError(`has a tensor that reaches beyond its storage ${JSON.stringify(storage.key)}`);
  return new TorchTensor(storage, dtype, offset, shared(sizes), shared(strides));
}

function isStorage(value: unknown): value is Storage {
  return typeof value === 'object' && value !== null && !(value instanceof Box) && 'start' in value;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function counts(value: unknown): readonly number[] | null {
  const items = value instanceof Tuple ? value.items : Array.isArray(value) ? (value as unknown[]) : null;
  return items?.every(isCount) ? items : null;
}
