/**
 * Files of PyTorch before 1.6, and of `_use_new_zipfile_serialization=False`: five pickles (a magic number, a version, the
 * machine, the objects, the keys of the storages), then each storage as its length and its values.
 */
import { integer } from '../../../../protocol/format';
import { quoted } from '../../../../protocol/visible';
import { NeuroMfaError } from '../../../../protocol/errors';
import { DTYPE_BITS } from '../../dtype';
import { nearbyReader, sliceOf, type ByteSource } from '../../../storage/storage';
import { torchHooks, type Storage } from './objects';
import { unpickle } from './pickle';
import { PickleEnd, PickleError, Tuple, type PickleHooks } from './pickleValues';
import { tensorsIn } from './sets';
import { MAX_PICKLE_BYTES, otherByteOrder, type TorchContent } from './content';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;
/** Bytes to read first; more where the pickles are longer. */
const WINDOW_BYTES = 2 ** 20;
/** Length of what comes before the values of a storage. */
const LENGTH_BYTES = 8;

/** @throws PickleError @throws HarmfulPickle @throws NeuroMfaError */
export function readLegacy(
  source: ByteSource,
  onTensors?: (count: number) => void,
  most = MAX_PICKLE_BYTES,
): TorchContent {
  const storages = new Map<string, Storage>();
  const pickles = new Pickles(source, most);
  if (pickles.next() !== MAGIC) throw new PickleError('does not begin with the number of PyTorch');
  if (pickles.next() !== VERSION) throw new PickleError('is of a version that is not known');
  const machine = pickles.next();
  if (!(machine instanceof Map) || machine.get('little_endian') !== true)
    throw otherByteOrder(source.id.path);
  const { persistent, ...hooks } = torchHooks((key, dtype, bytes) => {
    const known = storages.get(key);
    // One storage may be viewed as several types.
    if (known?.dtype === dtype) return known;
    if (known) throw new PickleError(`has a storage ${quoted(key)} of two types`);
    const storage = { key, dtype, bytes, start: NaN };
    storages.set(key, storage);
    return storage;
  });
  const root = pickles.next({
    ...hooks,
    persistent(id) {
      const storage = persistent?.(id);
      const view = id instanceof Tuple ? id.items[5] : null;
      if (view instanceof Tuple) throw viewed(source);
      return storage;
    },
  });
  onTensors?.(0);
  const keys = pickles.next();
  if (!Array.isArray(keys)) throw new PickleError('has no list of storages');
  const lengths = nearbyReader(source);
  let at = pickles.end;
  for (const key of keys) {
    const storage = storages.get(String(key));
    // A storage that the objects do not use has a length too, but no type that gives its size in bytes.
    if (!storage) throw new PickleError(`lists a storage ${quoted(String(key))} that nothing uses`);
    if (at + LENGTH_BYTES > source.size) throw new PickleEnd('ends too early');
    const length = Number(lengths(at, LENGTH_BYTES).readBigInt64LE(0));
    const unit = storage.dtype === null ? 1 : DTYPE_BITS[storage.dtype] / 8;
    if (length * unit !== storage.bytes)
      throw new PickleError(`gives the storage ${quoted(storage.key)} two lengths`);
    storage.start = at + LENGTH_BYTES;
    at = storage.start + storage.bytes;
    if (at > source.size) throw new PickleEnd('ends too early');
  }
  for (const storage of storages.values())
    if (Number.isNaN(storage.start))
      throw new PickleError(`has no values of the storage ${quoted(storage.key)}`);
  return {
    root,
    found: tensorsIn(root, onTensors),
    headers: [{ offset: 0, bytes: pickles.end }],
  };
}

function viewed(source: ByteSource): NeuroMfaError {
  const cause = 'a storage in it is a part of another, as PyTorch wrote before 0.4';
  return new NeuroMfaError(
    'unsupported',
    source.id.path,
    cause,
    'Load it with PyTorch and save it again with torch.save',
  );
}

/** Reads consecutive pickles in a window that grows. */
class Pickles {
  end = 0;
  #window: Uint8Array;

  constructor(
    private readonly source: ByteSource,
    private readonly most: number,
  ) {
    this.#window = sliceOf(source, 0, Math.min(source.size, WINDOW_BYTES));
  }

  next(hooks: PickleHooks = {}): unknown {
    for (;;) {
      try {
        const { value, end } = unpickle(this.#window, this.end, hooks);
        this.end = end;
        return value;
      } catch (error) {
        const { length } = this.#window;
        if (!(error instanceof PickleEnd) || length === this.source.size) throw error;
        if (length >= this.most) throw new PickleError(`is larger than ${integer(this.most)} bytes`);
        this.#window = sliceOf(this.source, 0, Math.min(this.source.size, 2 * length, this.most));
      }
    }
  }
}
