/**
 * The JSON of a stored entry, `neuromfa/stored@5`, and the lists of its samples as little-endian float64 behind it.
 *
 * It begins with its schema, a checksum of all that follows, and the name and checksum of its arrays, always written in the
 * same way: the first bytes say what the file is, and no flipped bit goes unnoticed.
 */
import { constants, isAscii } from 'node:buffer';
import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { integer } from '../../protocol/format';
import { analysisSchema } from '../../protocol/analysis';
import { currentAnalysis } from '../../protocol/formerResults';
import { littleEndian, type ArraysInfo } from './arraysFile';
import { jsonName, newTemporaryName } from './names';
import { packedSchema, packLists, unpackLists } from './packedLists';
import { openRegular } from './regularFile';
import { storedSourceSchema } from './resultSource';
import { DamagedEntry, ForeignEntry } from './verdicts';

const STORED_VERSION = 5;
/** Read from here on: their results are of `neuromfa/analysis@1` and `@2`, and before 5 all is JSON. */
const BEFORE = 2;
const STORED_SCHEMA = `neuromfa/stored@${STORED_VERSION}`;

/** What an entry holds, next to its arrays. */
const contentSchema = v.object({
  /** What it was computed from. */
  source: storedSourceSchema,
  /** Without ln Z. */
  result: analysisSchema,
});
export type EntryContent = v.InferOutput<typeof contentSchema>;
const packedContentSchema = v.object({ ...contentSchema.entries, result: packedSchema });

/** The file of an entry's arrays. */
export interface EntryArrays extends ArraysInfo {
  name: string;
}

const ANY_VERSION = /^\{"schema":"neuromfa\/stored@(\d+)"/;
const HEAD = new RegExp(
  `^\\{"schema":"neuromfa/stored@[${BEFORE}-${STORED_VERSION}]","checksum":"([0-9a-f]{64})",` +
    `(?="arrays":\\{"name":"(([0-9a-f]{64})\\.[0-9a-f]{8}\\.bin)","bytes":(\\d{1,15}),"checksum":"([0-9a-f]{64})"\\}` +
    `(?:,"values":(\\d{1,15}),)?)`,
);
/** Longer than any {@link HEAD}. */
const HEAD_BYTES = 512;

/** A string can be no longer. */
const MAX_JSON_BYTES = constants.MAX_STRING_LENGTH;

/** The beginning of an entry. */
interface Beginning {
  /** Of all that follows. */
  checksum: string;
  bodyAt: number;
  arrays: EntryArrays;
  /** How many values its lists have, at the end of the file; null where they are in the JSON. */
  values: number | null;
}

/** What the first bytes of an entry's file say. */
export type EntryHead =
  /** An empty file; or one that no version of this program writes. */
  | { kind: 'empty' | 'unknown' }
  /** An entry of a former version, which may be replaced; or of a version that is not known. */
  | { kind: 'former' | 'later'; version: number }
  /** An entry of a version that can be read; null where these bytes are damaged. */
  | { kind: 'current'; beginning: Beginning | null };

export function parseHead(key: string, beginning: Buffer): EntryHead {
  if (beginning.length === 0) return { kind: 'empty' };
  const text = beginning.toString('latin1', 0, HEAD_BYTES);
  const version = Number(ANY_VERSION.exec(text)?.[1] ?? NaN);
  if (Number.isNaN(version)) return { kind: 'unknown' };
  if (version < BEFORE) return { kind: 'former', version };
  if (version > STORED_VERSION) return { kind: 'later', version };
  const match = HEAD.exec(text);
  if (match?.[3] !== key) return { kind: 'current', beginning: null };
  const [{ length }, checksum, name, , bytes, arraysChecksum, lists] = match;
  const arrays = { name: name!, bytes: Number(bytes), checksum: arraysChecksum! };
  const values = lists === undefined ? null : Number(lists);
  return { kind: 'current', beginning: { checksum: checksum!, bodyAt: length, arrays, values } };
}

/** What the file of `key` is by its first bytes. @throws ForeignEntry; the system's errors. */
export async function readHead(directory: string, key: string): Promise<EntryHead> {
  const { file } = await openRegular(join(directory, jsonName(key)));
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return parseHead(key, buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

export interface ReadEntry {
  content: EntryContent;
  arrays: EntryArrays;
}

/** The bytes of an entry's JSON, and which file they were. */
export interface RawEntry {
  bytes: Buffer;
  identity: string;
}

/** @throws ForeignEntry for a file that no version of this program can have written; the system's errors. */
export async function readRaw(directory: string, key: string): Promise<RawEntry> {
  const { file, size, identity } = await openRegular(join(directory, jsonName(key)));
  try {
    if (size > MAX_JSON_BYTES)
      throw new ForeignEntry(`its ${integer(size)} bytes are more than any entry has`);
    return { bytes: await file.readFile(), identity };
  } finally {
    await file.close();
  }
}

/**
 * The entry in these bytes; undefined for an empty file and for an entry of a former version, which may be replaced.
 * @throws DamagedEntry, ForeignEntry.
 */
export function parseEntry(key: string, bytes: Buffer): ReadEntry | undefined {
  const head = parseHead(key, bytes);
  refuseForeign(head);
  if (head.kind !== 'current') return undefined;
  if (!head.beginning) throw new DamagedEntry('its beginning is not as it was written');
  const { checksum, bodyAt, arrays, values } = head.beginning;
  const body = bytes.subarray(bodyAt);
  if (checksumOf(body) !== checksum)
    throw new DamagedEntry('it does not have the checksum that it was written with');
  return { content: values === null ? contentOf(body) : unpackedOf(body, values), arrays };
}

/** All in JSON, as it was written before. */
function contentOf(body: Buffer): EntryContent {
  const content = jsonOf(body);
  return checked(contentSchema, { ...content, result: currentAnalysis(content['result']) });
}

function unpackedOf(body: Buffer, values: number): EntryContent {
  const jsonBytes = body.length - 8 * values;
  if (jsonBytes < 0) throw new DamagedEntry('its lists are not there');
  const { source, result } = checked(packedContentSchema, jsonOf(body.subarray(0, jsonBytes)));
  // A copy: it lies at a multiple of 8, and the JSON need not be held with it.
  const lists = new Uint8Array(body.subarray(jsonBytes));
  return { source, result: unpackLists(result, new Float64Array(littleEndian(lists).buffer)) };
}

function checked<T>(schema: v.GenericSchema<unknown, T>, json: unknown): T {
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  throw new DamagedEntry(`${v.getDotPath(parsed.issues[0]) ?? 'it'} is not as it should be`);
}

/** @throws ForeignEntry for a file of another program or of a later version. */
export function refuseForeign(head: EntryHead): void {
  if (head.kind === 'unknown') throw new ForeignEntry('it is no stored result');
  if (head.kind === 'later')
    throw new ForeignEntry(`a later version of NeuroMFA wrote it (neuromfa/stored@${head.version})`);
}

/**
 * Puts the JSON of `key` into its place, whole or not at all.
 * @returns its size in bytes.
 * @throws RangeError where the text would be too long for a string; the system's errors.
 */
export async function writeEntry(
  directory: string,
  key: string,
  { name, bytes, checksum }: EntryArrays,
  { source, result }: EntryContent,
): Promise<number> {
  const packed = packLists(result);
  const arrays = { name, bytes, checksum };
  const json = JSON.stringify({ arrays, values: packed.values.length, source, result: packed.result });
  const lists = littleEndian(new Uint8Array(packed.values.buffer));
  const body = Buffer.concat([Buffer.from(json.slice(1)), lists]);
  const head = Buffer.from(`{"schema":"${STORED_SCHEMA}","checksum":"${checksumOf(body)}",`);
  const size = head.length + body.length;
  if (size > MAX_JSON_BYTES) throw new RangeError(`${integer(size)} bytes`);
  const temporary = join(directory, newTemporaryName(key));
  try {
    const file = await open(temporary, 'wx');
    try {
      for (const part of [head, body]) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(directory, jsonName(key)));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return size;
}

function jsonOf(body: Buffer): Record<string, unknown> {
  try {
    // Most entries are ASCII, which is decoded ten times as fast when that is said.
    return JSON.parse(`{${body.toString(isAscii(body) ? 'latin1' : 'utf8')}`) as Record<string, unknown>;
  } catch {
    throw new DamagedEntry('it is not JSON');
  }
}

const checksumOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
