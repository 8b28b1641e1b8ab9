/**
 * Draws counts of null weights by source and radius code. The same operations in the same order as assembly/draws.ts:
 * change both together.
 *
 * Where sources have very many edges, counts are drawn code by code, not edge by edge, and corrected afterwards.
 */
import { aliasTable, type AliasTable } from '../../stats/alias';
import type { Random32 } from '../../stats/random32';

/** The counters of drawn edges: u32 [sources, codes], from the tensor's first source on. */
export interface Counters {
  counts: Uint32Array;
  codes: number;
}

/** A code with fewer edges per source than this is distributed edge by edge. */
const FEW_PER_SOURCE = 2;
/** A Poisson table extends at least this many standard deviations to either side. */
const REACH = 10;
const MARGIN = 20;
/**
 * This many standard deviations of a source's edges are drawn last, so that hardly any source gets too many earlier.
 */
const LEFT_FOR_THE_END = 2.5;

/** Poisson distributions by code, as alias tables of the differences from `least`, one after another. */
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

/** Tables for a pool of edges, by code; none where a code is distributed edge by edge. */
export const shuffleTables = (pool: Uint32Array, sources: number): PoissonTables =>
  poissonTables(Array.from(pool, (edges) => (edges < FEW_PER_SOURCE * sources ? 0 : edges / sources)));

export interface DrawnTables {
  poisson: PoissonTables;
  chances: AliasTable;
}

/** @param edges number of edges of each source. */
export function drawTables(chances: Float64Array, edges: number): DrawnTables {
  const early = edges - LEFT_FOR_THE_END * Math.sqrt(edges);
  return {
    poisson: poissonTables(Array.from(chances, (chance) => chance * early)),
    chances: aliasTable(chances),
  };
}

const part = (word: number, count: number): number => Math.floor(word * 2 ** -32 * count);
const below = (random: Random32, count: number): number => part(random.next(1)[0]!, count);

/** A column of an alias table, or the column to which its word leads instead. */
function drawn(word: number, { own, other }: AliasTable, from: number, columns: number): number {
  // One random number gives both the column and the position in it. The middle of its interval is used: with the
  // beginning, values of almost no probability would occur as often as every word does, and one short edge changes the
  // radii of a whole network.
  const place = (word + 0.5) * (columns * 2 ** -32);
  const column = Math.floor(place);
  return place - column < own[from + column]! ? column : other[from + column]!;
}

/** Counts a tensor's edges, permuted among themselves: every edge has the same chance of every position. */
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

/** Counts as many edges of each source as it has, with codes drawn from a table of probabilities. */
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

/** Draws the count of a code that has a table, for every source. @returns their sum and the largest */
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
 * Counts a random arrangement of the edges of `pool` over sources with equally many edges; every arrangement has the
 * same probability. First each edge of a code independently goes to some source: as Poisson counts, and as many edges
 * are then added or removed anywhere as the code has too few or too many. Then sources with too many edges give any of
 * them to those with too few. Neither step prefers one edge to another, and hence none of the possible arrangements.
 * Counters are zero before.
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
 * Counts equally many edges of each source, with independent codes. Poisson counts of slightly fewer edges are that
 * many independent edges, whatever their sum: the rest is drawn one by one, or all of them where there are too many
 * already. Counters are zero before.
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
