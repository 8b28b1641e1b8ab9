/**
 * Reads the directory of a zip archive: which bytes of a file are which member. Finding values never unpacks them;
 * sizes come from the central directory alone, because PyTorch writes none in front of its members. APPNOTE.TXT 6.3.10
 * of PKWARE.
 */
import { inflateRawSync } from 'node:zlib';
import { integer } from '../../../protocol/format';
import { NeuroMfaError } from '../../../protocol/errors';
import { quoted } from '../../../protocol/visible';
import { nearbyReader, sliceOf, type ByteRange, type ByteSource } from '../../storage/storage';

export interface ZipMember {
  name: string;
  /** Its index in the directory. */
  index: number;
  /** 0: its bytes are stored uncompressed. */
  method: number;
  /** Number of its bytes in the file. */
  stored: number;
  /** Number of bytes of its content. */
  bytes: number;
  /** Absolute offset of its local header. */
  header: number;
}

export interface ZipDirectory {
  members: ReadonlyMap<string, ZipMember>;
  /** Where it is. */
  range: ByteRange;
}

/** A checkpoint has one member for each storage; the largest published models have some 100,000. */
const MAX_MEMBERS = 2_000_000;
/** About 60 bytes for each member, with long names. */
const MAX_DIRECTORY_BYTES = 512 * 2 ** 20;
const END_BYTES = 22;
const MAX_COMMENT = 0xffff;
const ENTRY_BYTES = 46;
/** With the longest name, extra field and comment. */
const MAX_ENTRY_BYTES = ENTRY_BYTES + 3 * 0xffff;
/** Bytes of a directory to read at once: with half a million members it has 60 MB. */
const WINDOW_BYTES = 4 * 2 ** 20;
const HEADER_BYTES = 30;
const LOCATOR_BYTES = 20;
const END64_BYTES = 56;
const [NONE16, NONE32] = [0xffff, 0xffffffff];

const SIGNATURES = {
  end: 0x06054b50,
  end64: 0x06064b50,
  locator: 0x07064b50,
  entry: 0x02014b50,
  header: 0x04034b50,
};

/**
 * Reads the directory of the archive in the bytes `start` … `end` of a file, where it has at most `most` bytes.
 * @throws NeuroMfaError `damaged`; `unsupported` for encrypted archives.
 */
export function readZipDirectory(
  source: ByteSource,
  start = 0,
  end = source.size,
  most = MAX_DIRECTORY_BYTES,
): ZipDirectory {
  const damaged = (cause: string) => damagedZip(source, cause);
  const { count, bytes, offset } = endOf(source, start, end);
  if (count > MAX_MEMBERS) throw damaged(`it lists ${count} members, more than ${MAX_MEMBERS}`);
  if (bytes > most || count * ENTRY_BYTES > bytes || offset + bytes > end)
    throw damaged('its directory does not fit into it');
  const members = new Map<string, ZipMember>();
  let window = Buffer.alloc(0);
  let windowAt = 0;
  for (let i = 0, at = 0; i < count; i++) {
    const windowEnd = windowAt + window.length;
    if (at + MAX_ENTRY_BYTES > windowEnd && windowEnd < bytes) {
      window = Buffer.from(sliceOf(source, offset + at, Math.min(WINDOW_BYTES, bytes - at)).buffer);
      windowAt = at;
    }
    const from = at - windowAt;
    if (at + ENTRY_BYTES > bytes || window.readUInt32LE(from) !== SIGNATURES.entry)
      throw damaged('an entry of its directory is none');
    const name = window.readUInt16LE(from + 28);
    const extra = window.readUInt16LE(from + 30);
    const next = at + ENTRY_BYTES + name + extra + window.readUInt16LE(from + 32);
    if (next > bytes) throw damaged('an entry of its directory is cut short');
    const member = {
      index: i,
      name: window.toString('utf8', from + ENTRY_BYTES, from + ENTRY_BYTES + name),
      method: window.readUInt16LE(from + 10),
      stored: window.readUInt32LE(from + 20),
      bytes: window.readUInt32LE(from + 24),
      header: window.readUInt32LE(from + 42),
    };
    if (member.stored === NONE32 || member.bytes === NONE32 || member.header === NONE32)
      widen(member, window, from + ENTRY_BYTES + name, extra, damaged);
    member.header += start;
    if ((window.readUInt16LE(from + 8) & 1) !== 0) throw encrypted(source);
    if (member.method === 0 && member.stored !== member.bytes)
      throw damaged(`its directory gives ${quoted(member.name)} two sizes`);
    if (member.header + HEADER_BYTES + member.stored > offset)
      throw damaged(`its member ${quoted(member.name)} does not lie before its directory`);
    members.set(member.name, member);
    // The earlier one would be lost.
    if (members.size === i) throw damaged(`it has two members called ${quoted(member.name)}`);
    at = next;
  }
  return { members, range: { offset, bytes } };
}

/** Takes values that do not fit 32 bits from the extra field of an entry, which begins at `at`. */
function widen(
  member: ZipMember,
  directory: Buffer,
  at: number,
  bytes: number,
  damaged: (cause: string) => NeuroMfaError,
): void {
  for (let field = at; field + 4 <= at + bytes;) {
    const [id, length] = [directory.readUInt16LE(field), directory.readUInt16LE(field + 2)];
    let from = field + 4;
    field = from + length;
    if (field > at + bytes) break;
    // In the order of the field.
    for (const each of id === 1 ? WIDENED : []) {
      if (member[each] !== NONE32) continue;
      if (from + 8 > field) throw damaged('a size in its directory is cut short');
      member[each] = Number(directory.readBigUInt64LE(from));
      if (!Number.isSafeInteger(member[each])) throw damaged('a size in its directory is beyond all use');
      from += 8;
    }
  }
}

const WIDENED = ['bytes', 'stored', 'header'] as const;

/** The record that ends an archive, and its position in the bytes read; null where there is none. */
function lastRecord(
  source: ByteSource,
  start: number,
  end: number,
  comment: number,
): { tail: Buffer; at: number } | null {
  const length = Math.min(end - start, END_BYTES + comment);
  const tail = Buffer.from(sliceOf(source, end - length, length).buffer);
  for (let at = length - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) === SIGNATURES.end && at + END_BYTES + tail.readUInt16LE(at + 20) === length)
      return { tail, at };
  }
  return null;
}

/** What the end of an archive says about its directory; `offset` is absolute. */
function endOf(
  source: ByteSource,
  start: number,
  end: number,
): { count: number; bytes: number; offset: number } {
  // Hardly any archive has a comment after its end, and small archives are many: parts of checkpoints are.
  const { tail, at } = lastRecord(source, start, end, 0) ?? lastRecord(source, start, end, MAX_COMMENT) ?? {};
  if (!tail || at === undefined)
    throw damagedZip(
      source,
      'the directory at its end is missing: it was cut short, or is still being written',
    );
  const [count, bytes, offset] = [
    tail.readUInt16LE(at + 10),
    tail.readUInt32LE(at + 12),
    tail.readUInt32LE(at + 16),
  ];
  const locatorAt = end - tail.length + at - LOCATOR_BYTES;
  if ((count === NONE16 || bytes === NONE32 || offset === NONE32) && locatorAt >= start) {
    const locator = Buffer.from(sliceOf(source, locatorAt, LOCATOR_BYTES).buffer);
    if (locator.readUInt32LE(0) === SIGNATURES.locator) {
      const place = start + Number(locator.readBigUInt64LE(8));
      if (place + END64_BYTES > end) throw damagedZip(source, 'its directory does not fit into it');
      const end64 = Buffer.from(sliceOf(source, place, END64_BYTES).buffer);
      if (end64.readUInt32LE(0) !== SIGNATURES.end64)
        throw damagedZip(source, 'the end of its directory is none');
      const [count64, bytes64, offset64] = [32, 40, 48].map((field) =>
        Number(end64.readBigUInt64LE(field)),
      ) as [number, number, number];
      return { count: count64, bytes: bytes64, offset: start + offset64 };
    }
  }
  return { count, bytes, offset: start + offset };
}

/**
 * Where the bytes of members begin. Ask in the order of the file, so that neighbors are read together.
 * @throws NeuroMfaError `damaged`
 */
export function memberStarts(source: ByteSource): (member: ZipMember) => number {
  const read = nearbyReader(source);
  return ({ header, name, stored }) => {
    const fields = header + HEADER_BYTES > source.size ? null : read(header, HEADER_BYTES);
    if (fields?.readUInt32LE(0) !== SIGNATURES.header)
      throw damagedZip(source, `its member ${quoted(name)} is not where its directory says`);
    const start = header + HEADER_BYTES + fields.readUInt16LE(26) + fields.readUInt16LE(28);
    if (start + stored > source.size)
      throw damagedZip(source, `its member ${quoted(name)} reaches beyond its end`);
    return start;
  };
}

const DEFLATED = 8;

/**
 * The content of a member, unpacked where it is compressed.
 * @param most the largest number of bytes allowed.
 * @throws NeuroMfaError `damaged`; `unsupported` for a larger one, and for compression other than deflate.
 */
export function memberContent(source: ByteSource, member: ZipMember, most: number): Uint8Array<ArrayBuffer> {
  const { name, method, stored, bytes } = member;
  if (bytes > most || stored > most) {
    const cause = `its member ${quoted(name)} has ${integer(bytes)} bytes, where ${integer(most)} are the most that is read at once`;
    throw new NeuroMfaError('unsupported', source.id.path, cause, 'Save it again in smaller members');
  }
  const content = sliceOf(source, memberStarts(source)(member), stored);
  if (method === 0) return content;
  if (method !== DEFLATED) {
    const cause = `its member ${quoted(name)} is compressed by a method that is not read (${method})`;
    throw new NeuroMfaError('unsupported', source.id.path, cause, 'Save it again without compression');
  }
  try {
    const inflated = inflateRawSync(content, { maxOutputLength: Math.max(1, bytes) });
    if (inflated.length === bytes) return new Uint8Array(inflated);
  } catch {
    // Reported below.
  }
  throw damagedZip(source, `its member ${quoted(name)} cannot be unpacked`);
}

function encrypted(source: ByteSource): NeuroMfaError {
  return new NeuroMfaError('unsupported', source.id.path, 'the archive is encrypted', 'Unpack it first');
}

function damagedZip({ id }: ByteSource, cause: string): NeuroMfaError {
  return new NeuroMfaError(
    'damaged',
    id.path,
    `as a zip archive, ${cause}`,
    'Save, copy or download it again',
  );
}
