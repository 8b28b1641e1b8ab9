/**
 * The names of a store's files. The store leaves all other files in its folder alone.
 *
 * - `<key>.json`: the entry itself.
 * - `<key>.<mark>.bin`: its arrays, named in the JSON. The mark differs with every write, so that a process that replaces
 *   or deletes an entry never touches the arrays of another writer. Before `neuromfa/stored@2` there was none.
 * - `<key>.json.<process>-<mark>.tmp`: a JSON that is being written.
 *
 * Beside them is `descriptions.jsonl`, see `descriptions.ts`.
 */
import { randomBytes } from 'node:crypto';

const KEY = /^[0-9a-f]{64}$/;
const NAME =
  /^(?<key>[0-9a-f]{64})\.(?:(?<json>json)|(?<arrays>(?:[0-9a-f]{8}\.)?bin)|(?:json|bin)\.\d+-[0-9a-f]{8}\.tmp)$/;

export interface FileName {
  key: string;
  kind: 'json' | 'arrays' | 'temporary';
}

/** The kind of a store's file, by its name; undefined for any other file. */
export function parseName(name: string): FileName | undefined {
  const groups = NAME.exec(name)?.groups;
  if (!groups) return undefined;
  let kind: FileName['kind'] = 'temporary';
  if (groups['json']) kind = 'json';
  else if (groups['arrays']) kind = 'arrays';
  return { key: groups['key']!, kind };
}

/** Checks that a key can be the name of a file. @throws Error. */
export function checkKey(key: string): void {
  if (!KEY.test(key)) throw new Error(`not a result key: ${key}`);
}

export const jsonName = (key: string): string => `${key}.json`;

/** The name of arrays before `neuromfa/stored@2`. */
export const formerArraysName = (key: string): string => `${key}.bin`;

/** A new name at every call. */
export const newArraysName = (key: string): string => `${key}.${mark()}.bin`;

/** A new name at every call. */
export const newTemporaryName = (key: string): string => `${jsonName(key)}.${process.pid}-${mark()}.tmp`;

const mark = (): string => randomBytes(4).toString('hex');
