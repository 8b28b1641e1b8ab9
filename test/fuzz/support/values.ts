/** Values that messages between programs may hold, changed at random: JSON, and what else can be cloned. */
import { oddNumber, oddText } from './odd';
import type { Random } from './random';

/** Any value, small, with what JSON has no word for. */
export function anyValue(random: Random, depth = 3): unknown {
  switch (random.below(depth > 0 ? 11 : 7)) {
    case 0:
      return random.pick([null, undefined, true, false]);
    case 1:
    case 2:
      return oddNumber(random);
    case 3:
      return random.pick([NaN, Infinity, -Infinity]);
    case 4:
    case 5:
      return oddText(random);
    case 6:
      return random.bytes(random.below(9));
    case 7:
    case 8:
      return random.list(0, 3, () => anyValue(random, depth - 1));
    default:
      return Object.fromEntries(random.list(0, 3, () => [oddText(random), anyValue(random, depth - 1)]));
  }
}

/** The value with one thing in it changed. */
export function mutateValue(random: Random, value: unknown): unknown {
  if (Array.isArray(value) && value.length > 0 && random.chance(0.8)) {
    const list = [...(value as unknown[])];
    const at = random.below(list.length);
    if (random.chance(0.2)) list.splice(at, 1);
    else list[at] = mutateValue(random, list[at]);
    return list;
  }
  if (isObject(value) && random.chance(0.8)) {
    const entries = Object.entries(value);
    const at = random.below(entries.length || 1);
    if (entries.length === 0 || random.chance(0.1)) entries.push([oddText(random), anyValue(random)]);
    else if (random.chance(0.2)) entries.splice(at, 1);
    else entries[at]![1] = mutateValue(random, entries[at]![1]);
    return Object.fromEntries(entries);
  }
  return anyValue(random);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
