/** Writes files as `torch.save` does, without PyTorch: pickles, zip archives, and the five pickles of before 1.6. */
import { deflateRawSync } from 'node:zlib';

/** What a pickle here may hold: numbers are integers where they are whole. */
export type Pickled =
  | null
  | boolean
  | number
  | string
  | bigint
  | readonly Pickled[]
  | ReadonlyMap<Pickled, Pickled>
  | Call
  | Tensor
  | Named
  | Items;

/** A tuple. */
export class Items {
  constructor(readonly items: readonly Pickled[]) {}
}

/** A class or function by its name. */
export class Named {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}
}

/** What is called with what, and the state that is set. */
export class Call {
  constructor(
    readonly callee: Named,
    readonly args: readonly Pickled[],
    readonly state?: Pickled,
  ) {}
}

/** A view of values that are stored once, whoever else sees them. */
export class Tensor {
  constructor(
    readonly values: Uint8Array,
    readonly dtype: string,
    readonly shape: readonly number[],
    readonly strides: readonly number[] = rowMajor(shape),
    readonly offset = 0,
  ) {}
}

export function rowMajor(shape: readonly number[]): number[] {
  return shape.map((_, i) => shape.slice(i + 1).reduce((all, size) => all * size, 1));
}

const TYPES: Readonly<Record<string, readonly [storage: string, bytes: number]>> = {
  F64: ['DoubleStorage', 8],
  F32: ['FloatStorage', 4],
  F16: ['HalfStorage', 2],
  BF16: ['BFloat16Storage', 2],
  I64: ['LongStorage', 8],
  U8: ['ByteStorage', 1],
  BOOL: ['BoolStorage', 1],
};

interface Options {
  protocol?: 2 | 4;
  /** The sixth part of a storage's name in old files. */
  legacy?: boolean;
}

/** A pickle and the storages that it names, in the order of their keys. */
export function pickle(
  root: Pickled,
  { protocol = 2, legacy = false }: Options = {},
): { bytes: Buffer; storages: { dtype: string; values: Uint8Array }[] } {
  const parts: Uint8Array[] = [Buffer.from([0x80, protocol])];
  const storages: { dtype: string; values: Uint8Array }[] = [];
  const keys = new Map<Uint8Array, number>();
  const put = (...bytes: number[]): void => void parts.push(Buffer.from(bytes));
  const number32 = (code: number, value: number): void => {
    const bytes = Buffer.alloc(5, code);
    bytes.writeInt32LE(value, 1);
    parts.push(bytes);
  };
  const text = (value: string): void => {
    const bytes = Buffer.from(value);
    number32(0x58, bytes.length);
    parts.push(bytes);
  };
  const name = ({ module, name: own }: Named): void => {
    if (protocol < 4) parts.push(Buffer.from(`c${module}\n${own}\n`));
    else {
      text(module);
      text(own);
      put(0x93);
    }
  };
  const tuple = (items: readonly Pickled[]): void => {
    put(0x28);
    items.forEach(write);
    put(0x74);
  };
  const storage = ({ values, dtype }: Tensor): void => {
    let key = keys.get(values);
    if (key === undefined) {
      keys.set(values, (key = storages.length));
      storages.push({ dtype, values });
    }
    const [type, bytes] = TYPES[dtype]!;
    tuple([
      'storage',
      new Named('torch', type),
      String(key),
      'cpu',
      values.length / bytes,
      ...(legacy ? [null] : []),
    ]);
    put(0x51);
  };
  const write = (value: Pickled): void => {
    if (value === null) put(0x4e);
    else if (typeof value === 'boolean') put(value ? 0x88 : 0x89);
    else if (typeof value === 'string') text(value);
    else if (typeof value === 'bigint') {
      const bytes = Buffer.alloc(24);
      for (let i = 0; i < 24; i++) bytes[i] = Number(BigInt.asUintN(8, value >> BigInt(8 * i)));
      put(0x8a, 24);
      parts.push(bytes);
    } else if (typeof value === 'number') {
      if (Number.isInteger(value)) number32(0x4a, value);
      else {
        const bytes = Buffer.alloc(9, 0x47);
        bytes.writeDoubleBE(value, 1);
        parts.push(bytes);
      }
    } else if (value instanceof Named) name(value);
    else if (value instanceof Items) tuple(value.items);
    else if (value instanceof Call) {
      name(value.callee);
      tuple(value.args);
      put(0x52);
      if (value.state !== undefined) {
        write(value.state);
        put(0x62);
      }
    } else if (value instanceof Tensor) {
      name(new Named('torch._utils', '_rebuild_tensor_v2'));
      put(0x28);
      storage(value);
      write(value.offset);
      tuple(value.shape);
      tuple(value.strides);
      put(0x89);
      name(new Named('collections', 'OrderedDict'));
      put(0x29, 0x52, 0x74, 0x52);
    } else if (value instanceof Map) {
      put(0x7d, 0x28);
      for (const [key, each] of value as ReadonlyMap<Pickled, Pickled>) {
        write(key);
        write(each);
      }
      put(0x75);
    } else {
      put(0x5d, 0x28);
      (value as readonly Pickled[]).forEach(write);
      put(0x65);
    }
  };
  write(root);
  put(0x2e);
  return { bytes: Buffer.concat(parts), storages };
}

export interface Member {
  name: string;
  content: Uint8Array;
  deflated?: boolean;
}

/** A zip archive as PyTorch writes it: sizes stand in its directory alone. @param zip64 whether they stand in extra fields. */
export function zip(members: readonly Member[], { zip64 = false } = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  const add = (...buffers: Buffer[]): void => {
    for (const each of buffers) {
      parts.push(each);
      at += each.length;
    }
  };
  for (const { name, content, deflated = false } of members) {
    const label = Buffer.from(name);
    const stored = deflated ? deflateRawSync(content) : Buffer.from(content);
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(8, 6);
    header.writeUInt16LE(deflated ? 8 : 0, 8);
    header.writeUInt16LE(label.length, 26);
    header.writeUInt16LE(6, 28);
    const entry = Buffer.alloc(46);
    const extra = Buffer.alloc(zip64 ? 28 : 0);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(deflated ? 8 : 0, 10);
    entry.writeUInt32LE(zip64 ? 0xffffffff : stored.length, 20);
    entry.writeUInt32LE(zip64 ? 0xffffffff : content.length, 24);
    entry.writeUInt16LE(label.length, 28);
    entry.writeUInt16LE(extra.length, 30);
    entry.writeUInt32LE(zip64 ? 0xffffffff : at, 42);
    if (zip64) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(24, 2);
      [content.length, stored.length, at].forEach((value, i) =>
        extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i),
      );
    }
    directory.push(entry, label, extra);
    add(header, label, Buffer.from('FB\x02\x00ZZ'), stored);
  }
  const begin = at;
  for (const each of directory) add(each);
  const bytes = at - begin;
  if (zip64) {
    const end = Buffer.alloc(56);
    end.writeUInt32LE(0x06064b50, 0);
    [members.length, members.length, bytes, begin].forEach((value, i) =>
      end.writeBigUInt64LE(BigInt(value), 24 + 8 * i),
    );
    const locator = Buffer.alloc(20);
    locator.writeUInt32LE(0x07064b50, 0);
    locator.writeBigUInt64LE(BigInt(at), 8);
    add(end, locator);
  }
  const last = Buffer.alloc(22);
  last.writeUInt32LE(0x06054b50, 0);
  last.writeUInt16LE(zip64 ? 0xffff : members.length, 10);
  last.writeUInt32LE(zip64 ? 0xffffffff : bytes, 12);
  last.writeUInt32LE(zip64 ? 0xffffffff : begin, 16);
  add(last);
  return Buffer.concat(parts);
}

/** A file of `torch.save`. @param more members beside. */
export function torchFile(
  root: Pickled,
  { more = [], ...options }: Options & { more?: readonly Member[]; zip64?: boolean } = {},
): Buffer {
  const { bytes, storages } = pickle(root, options);
  const members = [
    { name: 'archive/data.pkl', content: bytes },
    ...storages.map(({ values }, key) => ({ name: `archive/data/${key}`, content: values })),
    { name: 'archive/version', content: Buffer.from('3\n') },
    ...more,
  ];
  return zip(members, options);
}

/** The same before PyTorch 1.6. */
export function legacyTorchFile(root: Pickled): Buffer {
  const { bytes, storages } = pickle(root, { legacy: true });
  const machine = new Map<Pickled, Pickled>([
    ['protocol_version', 1001],
    ['little_endian', true],
  ]);
  const keys = storages.map((_, key) => String(key));
  return Buffer.concat([
    Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex'),
    pickle(1001).bytes,
    pickle(machine).bytes,
    bytes,
    pickle(keys).bytes,
    ...storages.flatMap(({ dtype, values }) => {
      const length = Buffer.alloc(8);
      length.writeBigInt64LE(BigInt(values.length / TYPES[dtype]![1]));
      return [length, Buffer.from(values)];
    }),
  ]);
}
