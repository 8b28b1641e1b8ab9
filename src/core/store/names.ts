/**
 * The names of a store's files. Nothing else in its folder is the store's business.
 *
 * - `<key>.json`: the entry itself.
 * - `<key>.<mark>.bin`: its arrays, named in the JSON. The mark differs with every write, so that nobody who replaces or
 *   drops an entry touches the arrays of another writer. Before `neuromfa/stored@2` there was none.
 * - `<key>.json.<process>-<mark>.tmp`: a JSON that is being written.
 */
import { randomBytes } from 'node:crypto';

const KEY = /^[0-9a-f]{64}$/;
const NAME =
  /^(?<key>[0-9a-f]{64})\.(?:(?<json>json)|(?<arrays>(?:[0-9a-f]{8}\.)?bin)|(?:json|bin)\.\d+-[0-9a-f]{8}\.tmp)$/;

export interface FileName {
  key: string;
  kind: 'json' | 'arrays' | 'temporary';
}

/** What a file of this name is to a store; undefined for what is none of its files. */
export function parseName(name: string): FileName | undefined {
  const groups = NAME.exec(name)?.groups;
  if (!groups) return undefined;
  let kind: FileName['kind'] = 'temporary';
  if (groups['json']) kind = 'json';
  else if (groups['arrays']) kind = 'arrays';
  return { key: groups['key']!, kind };
}

/** A key becomes the name of a file: nothing else may. @throws Error. */
export function checkKey(key: string): void {
  if (!KEY.test(key)) throw new Error(`not a result key: ${key}`);
}

export const jsonName = (key: string): string => `${key}.json`;

/** Of entries before `neuromfa/stored@2`. */
export const formerArraysName = (key: string): string => `${key}.bin`;

/** A new name at every call. */
export const newArraysName = (key: string): string => `${key}.${mark()}.bin`;

/** A new name at every call. */
export const newTemporaryName = (key: string): string => `${jsonName(key)}.${process.pid}-${mark()}.tmp`;

const mark = (): string => randomBytes(4).toString('hex');
