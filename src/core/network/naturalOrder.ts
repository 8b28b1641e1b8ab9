/** Sorts many names by their pieces, without ever comparing two whole names. */

/** Sequences of numbers, one after the other; each ends at its entry of `ends`. */
export interface Sequences {
  values: Uint32Array;
  ends: Uint32Array;
}

/**
 * The order that sorts sequences by their first value, then the second, and so on; shorter ones come before those that
 * they begin. Equal sequences retain their order. Radix sort from the last position to the first, each over the
 * sequences that reach it (Aho, Hopcroft & Ullman 1974, §3.2): the work is proportional to the number of values.
 */
export function sortSequences({ values, ends }: Sequences): Uint32Array<ArrayBuffer> {
  const begins = Uint32Array.from(ends, (_, i) => (i === 0 ? 0 : ends[i - 1]!));
  const byLength: number[][] = [];
  for (let i = 0; i < ends.length; i++) (byLength[ends[i]! - begins[i]!] ??= []).push(i);
  let buckets = 0;
  for (const value of values) if (value >= buckets) buckets = value + 1;
  const counts = new Uint32Array(buckets + 1);
  let sorted = new Uint32Array();
  for (let place = byLength.length - 1; place >= 0; place--) {
    const keys = new Uint32Array(sorted.length);
    for (let i = 0; i < keys.length; i++) keys[i] = values[begins[sorted[i]!]! + place]!;
    sorted = sortedBy(keys, sorted, counts);
    // Those that end here precede those that continue.
    sorted = joined(byLength[place] ?? [], sorted);
  }
  return sorted;
}

/** `items` by ascending `keys`, stable. @param counts one entry more than there are keys; any content. */
function sortedBy(keys: Uint32Array, items: Uint32Array, counts: Uint32Array): Uint32Array<ArrayBuffer> {
  // A few items among many keys are sorted by comparison.
  if (items.length < counts.length / 8) {
    const order = Uint32Array.from(items.keys()).sort((a, b) => keys[a]! - keys[b]!);
    return order.map((at) => items[at]!);
  }
  counts.fill(0);
  for (const key of keys) counts[key + 1]!++;
  for (let i = 1; i < counts.length; i++) counts[i]! += counts[i - 1]!;
  const into = new Uint32Array(items.length);
  for (let i = 0; i < items.length; i++) into[counts[keys[i]!]!++] = items[i]!;
  return into;
}

function joined(first: readonly number[], second: Uint32Array): Uint32Array<ArrayBuffer> {
  const all = new Uint32Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

/** Whether the sequences `a` and `b` are equal. */
export function sameSequence({ values, ends }: Sequences, a: number, b: number): boolean {
  const begin = a === 0 ? 0 : ends[a - 1]!;
  const shift = ends[b]! - ends[a]!;
  if (begin + shift !== (b === 0 ? 0 : ends[b - 1]!)) return false;
  // From the end, where neighbors differ.
  for (let i = ends[a]! - 1; i >= begin; i--) if (values[i] !== values[i + shift]) return false;
  return true;
}
