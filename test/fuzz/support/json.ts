/** JSON as people and programs write it, and as neither should: changed at random, and written in many ways. */
import { oddText, oddValue, Raw } from './odd';
import type { Random } from './random';

/** An object with its keys in order, some of them twice. */
export class Entries {
  constructor(readonly list: [key: string, value: unknown][]) {}
}

/** A value of JSON, its objects as {@link Entries}: what can be changed and written. */
export function toEntries(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toEntries);
  if (typeof value !== 'object' || value === null || value instanceof Raw || value instanceof Entries)
    return value;
  return new Entries(Object.entries(value).map(([key, each]) => [key, toEntries(each)]));
}

/** Changes one thing in a value made by {@link toEntries}, in place where that goes. @returns the value that it is then. */
export function mutateJson(random: Random, value: unknown): unknown {
  const inside = value instanceof Entries || Array.isArray(value);
  const length = value instanceof Entries ? value.list.length : Array.isArray(value) ? value.length : 0;
  // Most changes are to be deep inside: near the root they leave little to look at.
  if (inside && length > 0 && random.chance(0.8)) {
    const at = random.below(length);
    if (value instanceof Entries) value.list[at]![1] = mutateJson(random, value.list[at]![1]);
    else (value as unknown[])[at] = mutateJson(random, (value as unknown[])[at]);
    return value;
  }
  if (value instanceof Entries && random.chance(0.7)) mutateEntries(random, value);
  else if (Array.isArray(value) && random.chance(0.7)) mutateList(random, value);
  else if (typeof value === 'number' && random.chance(0.6)) return nearby(random, value);
  else if (typeof value === 'string' && random.chance(0.6)) return mutateText(random, value);
  else return toEntries(oddValue(random));
  return value;
}

function mutateEntries(random: Random, { list }: Entries): void {
  const at = random.below(list.length || 1);
  const entry = list[at];
  const kind = random.below(5);
  if (!entry || kind === 0) list.splice(at, 0, [oddText(random), toEntries(oddValue(random))]);
  else if (kind === 1) list.splice(at, 1);
  else if (kind === 2) list.splice(random.below(list.length), 0, [entry[0], entry[1]]);
  else if (kind === 3) entry[0] = random.chance(0.5) ? random.pick(list)[0] : mutateText(random, entry[0]);
  else {
    const other = random.pick(list);
    [entry[1], other[1]] = [other[1], entry[1]];
  }
}

function mutateList(random: Random, list: unknown[]): void {
  const at = random.below(list.length || 1);
  const kind = random.below(4);
  if (list.length === 0 || kind === 0) list.splice(at, 0, toEntries(oddValue(random)));
  else if (kind === 1) list.splice(at, 1);
  else if (kind === 2) list.splice(at, 0, list[at]);
  else list.reverse();
}

function nearby(random: Random, value: number): number {
  switch (random.below(4)) {
    case 0:
      return value + random.pick([-1, 1, 2, 8, -8]);
    case 1:
      return value * random.pick([2, 0.5, -1, 1000, 1e-9]);
    case 2:
      return -value;
    default:
      return Math.floor(value);
  }
}

/** Changes a text in one place. */
export function mutateText(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const end = random.chance(0.5) ? at + 1 : random.between(at, text.length);
  switch (random.below(4)) {
    case 0:
      return text.slice(0, at) + text.slice(end);
    case 1:
      return text.slice(0, at) + oddText(random) + text.slice(at);
    case 2:
      return text.slice(0, end) + text.slice(at);
    default:
      return text.slice(0, at) + String.fromCharCode(random.below(0x250)) + text.slice(at + 1);
  }
}

/** How a program writes JSON. */
export interface Style {
  space: string;
  newline: string;
  /** Share of the characters that are written as escapes. */
  escaped: number;
}

export function anyStyle(random: Random): Style {
  const plain = random.chance(0.5);
  return {
    space: plain ? '' : random.pick(['', ' ', '\t', '  ']),
    newline: plain ? '' : random.pick(['', '\n', '\r\n']),
    escaped: plain || random.chance(0.5) ? 0 : 0.3,
  };
}

/** Writes a value of JSON or one made by {@link toEntries}. */
export function writeJson(random: Random, value: unknown, style: Style): string {
  const { space, newline } = style;
  const write = (each: unknown): string => {
    if (each instanceof Raw) return each.text;
    if (typeof each === 'string') return writeText(random, each, style);
    if (Array.isArray(each)) return `[${each.map(write).join(`,${space}`)}]`;
    if (each instanceof Entries) {
      const members = each.list.map(
        ([key, item]) => `${writeText(random, key, style)}:${space}${write(item)}`,
      );
      return `{${members.join(`,${newline}${space}`)}}`;
    }
    if (Object.is(each, -0)) return '-0';
    return typeof each === 'object' && each !== null ? write(toEntries(each)) : JSON.stringify(each);
  };
  return write(value);
}

function writeText(random: Random, text: string, { escaped }: Style): string {
  const written = JSON.stringify(text);
  if (escaped === 0) return written;
  return written.replace(/[a-z/]/g, (letter, at: number) => {
    if (written[at - 1] === '\\' || /\\u[0-9a-f]{0,3}$/.test(written.slice(Math.max(0, at - 5), at)))
      return letter;
    return random.chance(escaped) ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter;
  });
}
