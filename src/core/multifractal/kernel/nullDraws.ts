/**
 * Null weights: counts by source and radius code, drawn. The same operations in the same order as assembly/draws.ts. Change both
 * together.
 *
 * Where sources have very many edges, counts are drawn code by code, not edge by edge, and put right afterwards.
 */
import { aliasTable, type AliasTable } from '../../stats/alias';
import type { Random32 } from '../../stats/random32';

/** Where drawn edges are counted: u32 [sources, codes], from the tensor's first source on. */
export interface Counters {
  counts: Uint32Array;
  codes: number;
}

/** A code with fewer edges per source than this is dealt out edge by edge. */
const FEW_PER_SOURCE = 2;
/** Standard deviations that a Poisson table reaches to either side, and more. */
const REACH = 10;
const MARGIN = 20;
/** Standard deviations of a source's edges that are left for the end, so that hardly any source gets too many before. */
const LEFT_FOR_THE_END = 2.5;

/** Poisson numbers by code, as alias tables of the differences from `least`, one after another. */
export interface PoissonTables {
  /** By code; -1 for a code without a table. */
  least: Int32Array;
  /** The first column of each code, and the end. */
  start: Uint32Array;
  own: Float64Array;
  other: Uint32Array;
}

/** @param means by code; 0 for a code without a table. */
function poissonTables(means: readonly number[]): PoissonTables {
  const least = new Int32Array(means.length).fill(-1);
  const start = new Uint32Array(means.length + 1);
  const tables = means.map((mean, code) => {
    if (!(mean > 0)) return null;
    const reach = Math.ceil(REACH * Math.sqrt(mean)) + MARGIN;
    const mode = Math.floor(mean);
    const first = (least[code] = Math.max(0, mode - reach));
    const weights = new Float64Array(mode + reach - first + 1);
    weights[mode - first] = 1;
    for (let k = mode + 1; k <= mode + reach; k++) weights[k - first] = (weights[k - 1 - first]! * mean) / k;
    for (let k = mode; k > first; k--) weights[k - 1 - first] = (weights[k - first]! * k) / mean;
    return aliasTable(weights);
  });
  for (const [code, table] of tables.entries()) start[code + 1] = start[code]! + (table?.own.length ?? 0);
  const own = new Float64Array(start[means.length]!);
  const other = new Uint32Array(start[means.length]!);
  for (const [code, table] of tables.entries()) {
    if (!table) continue;
    own.set(table.own, start[code]);
    other.set(table.other, start[code]);
  }
  return { least, start, own, other };
}

/** Tables of a pool of edges, by code; none where a code is dealt out edge by edge. */
export const shuffleTables = (pool: Uint32Array, sources: number): PoissonTables =>
  poissonTables(Array.from(pool, (edges) => (edges < FEW_PER_SOURCE * sources ? 0 : edges / sources)));

export interface DrawnTables {
  poisson: PoissonTables;
  chances: AliasTable;
}

/** @param edges of each source. */
export function drawTables(chances: Float64Array, edges: number): DrawnTables {
  const early = edges - LEFT_FOR_THE_END * Math.sqrt(edges);
  return {
    poisson: poissonTables(Array.from(chances, (chance) => chance * early)),
    chances: aliasTable(chances),
  };
}

const part = (word: number, count: number): number => Math.floor(word * 2 ** -32 * count);
const below = (random: Random32, count: number): number => part(random.next(1)[0]!, count);

/** A column of an alias table, or that which its word falls into instead. */
function drawn(word: number, { own, other }: AliasTable, from: number, columns: number): number {
  // One random number is both the column and the place in it. Its middle: at the beginning of a column, what has next to no
  // chance would come as often as every word does, and one short edge moves the radii of a whole network.
  const place = (word + 0.5) * (columns * 2 ** -32);
  const column = Math.floor(place);
  return place - column < own[from + column]! ? column : other[from + column]!;
}

/** Counts a tensor's edges, permuted among themselves: every edge lands on every place with the same chance. */
export function countShuffled(
  deck: Uint16Array,
  slots: Uint32Array,
  { counts, codes }: Counters,
  random: Random32,
): void {
  const cards = deck.slice();
  let left = deck.length;
  for (const [source, edges] of slots.entries()) {
    for (const word of random.next(edges).subarray(0, edges)) {
      const at = part(word, left);
      const code = cards[at]!;
      cards[at] = cards[--left]!;
      counts[source * codes + code]!++;
    }
  }
}

/** Counts as many edges of each source as it has, their codes drawn from a table of chances. */
export function countDrawn(
  table: AliasTable,
  slots: Uint32Array,
  { counts, codes }: Counters,
  random: Random32,
): void {
  for (const [source, edges] of slots.entries()) {
    for (const word of random.next(edges).subarray(0, edges))
      counts[source * codes + drawn(word, table, 0, table.own.length)]!++;
  }
}

/** Draws a number of a code that has a table, for every source. @returns their sum and the largest */
function drawPoisson(
  code: number,
  tables: PoissonTables,
  { counts, codes }: Counters,
  filled: Uint32Array,
  random: Random32,
): { sum: number; most: number } {
  const { least, start } = tables;
  const [from, columns] = [start[code]!, start[code + 1]! - start[code]!];
  const words = random.next(filled.length);
  let sum = 0;
  let most = 0;
  for (let source = 0; source < filled.length; source++) {
    const value = least[code]! + drawn(words[source]!, tables, from, columns);
    counts[source * codes + code] = value;
    filled[source]! += value;
    sum += value;
    if (value > most) most = value;
  }
  return { sum, most };
}

/**
 * Counts a random arrangement of the edges of `pool`, all sources with equally many: every arrangement has the same chance. First
 * each edge of a code goes to a source of its own, independently: as Poisson counts, of which as many are taken away or added
 * anywhere as the code has too many or too few. Then sources with too many edges give any of them to those with too few. Neither step
 * prefers one edge to another, and so none of the arrangements that remain. Counters are zero before.
 */
export function countShuffledWide(
  pool: Uint32Array,
  tables: PoissonTables,
  sources: number,
  { counts, codes }: Counters,
  random: Random32,
): void {
  const perSource = pool.reduce((sum, edges) => sum + edges, 0) / sources;
  const filled = new Uint32Array(sources);
  for (const [code, edges] of pool.entries()) {
    const tabled = tables.least[code]! >= 0;
    const dealt = tabled ? drawPoisson(code, tables, { counts, codes }, filled, random) : { sum: 0, most: 0 };
    let { sum } = dealt;
    for (; sum < edges; sum++) {
      const source = below(random, sources);
      counts[source * codes + code]!++;
      filled[source]!++;
    }
    while (sum > edges) {
      const source = below(random, sources);
      if (below(random, dealt.most) >= counts[source * codes + code]!) continue;
      counts[source * codes + code]!--;
      filled[source]!--;
      sum--;
    }
  }
  const spare: number[] = [];
  for (let source = 0; source < sources; source++) {
    const row = source * codes;
    for (let edges = filled[source]!; edges > perSource; edges--) {
      let place = below(random, edges);
      let code = 0;
      while (place >= counts[row + code]!) place -= counts[row + code++]!;
      counts[row + code]!--;
      spare.push(code);
    }
  }
  let left = spare.length;
  for (let source = 0; source < sources; source++) {
    for (let edges = filled[source]!; edges < perSource; edges++) {
      const at = below(random, left);
      counts[source * codes + spare[at]!]!++;
      spare[at] = spare[--left]!;
    }
  }
}

/**
 * Counts as many edges of each source, their codes independent. Poisson counts of a few edges less are, whatever they add up to,
 * as many independent edges: the rest is drawn one by one, or all of them where there are too many already. Counters are zero before.
 */
export function countDrawnWide(
  { poisson, chances }: DrawnTables,
  edges: number,
  sources: number,
  { counts, codes }: Counters,
  random: Random32,
): void {
  const filled = new Uint32Array(sources);
  for (const [code, least] of poisson.least.entries())
    if (least >= 0) drawPoisson(code, poisson, { counts, codes }, filled, random);
  for (let source = 0; source < sources; source++) {
    const row = source * codes;
    if (filled[source]! > edges) {
      counts.fill(0, row, row + codes);
      filled[source] = 0;
    }
    const missing = edges - filled[source]!;
    for (const word of random.next(missing).subarray(0, missing))
      counts[row + drawn(word, chances, 0, chances.own.length)]!++;
  }
}
