/**
 * The same null weights for tensors with very many edges per source, where every source has equally many: counts are drawn code by
 * code, not edge by edge, and put right afterwards. No list of edges is ever made.
 */
import { aliasTable, type AliasTable } from '../../stats/alias';
import type { Random32 } from '../../stats/random32';
import type { Counters } from './nullTensor';

/** A code with fewer edges per source than this is dealt out edge by edge. */
const FEW_PER_SOURCE = 2;
/** Standard deviations that a Poisson table reaches to either side, and more. */
const REACH = 10;
const MARGIN = 20;
/** Standard deviations of a source's edges that are kept for the end, so that hardly any source gets too many before. */
const KEPT_BACK = 2.5;

interface PoissonTable {
  least: number;
  table: AliasTable;
}

/** Poisson numbers of this mean, as differences from `least`. */
function poissonTable(mean: number): PoissonTable {
  const reach = Math.ceil(REACH * Math.sqrt(mean)) + MARGIN;
  const mode = Math.floor(mean);
  const least = Math.max(0, mode - reach);
  const weights = new Float64Array(mode + reach - least + 1);
  weights[mode - least] = 1;
  for (let k = mode + 1; k <= mode + reach; k++) weights[k - least] = (weights[k - 1 - least]! * mean) / k;
  for (let k = mode; k > least; k--) weights[k - 1 - least] = (weights[k - least]! * k) / mean;
  return { least, table: aliasTable(weights) };
}

/** Draws one number for each of `count` rows, and hands them out. */
function eachPoisson(
  { least, table: { own, other } }: PoissonTable,
  count: number,
  random: Random32,
  use: (row: number, value: number) => void,
): void {
  const words = random.next(count);
  const columns = own.length * 2 ** -32;
  for (let row = 0; row < count; row++) {
    const place = words[row]! * columns;
    const column = Math.floor(place);
    use(row, least + (place - column < own[column]! ? column : other[column]!));
  }
}

const below = (random: Random32, count: number): number => Math.floor(random.next(1)[0]! * 2 ** -32 * count);

/** Poisson tables of a pool of edges, by code; null where a code is dealt out edge by edge. */
export const shuffleTables = (pool: Uint32Array, sources: number): (PoissonTable | null)[] =>
  Array.from(pool, (edges) => (edges < FEW_PER_SOURCE * sources ? null : poissonTable(edges / sources)));

/**
 * Adds a random arrangement of the edges of `pool`, all sources with equally many: every arrangement has the same chance. First
 * each edge of a code goes to a source of its own, independently: as Poisson counts, of which as many are taken away or added
 * anywhere as the code has too many or too few. Then sources with too many edges give any of them to those with too few. Neither step
 * prefers one edge to another, and so none of the arrangements that remain.
 */
export function countShuffledWide(
  pool: Uint32Array,
  tables: readonly (PoissonTable | null)[],
  sources: number,
  { counts, codes: { size } }: Counters,
  random: Random32,
): void {
  const total = pool.reduce((sum, edges) => sum + edges, 0);
  const perSource = total / sources;
  const filled = new Uint32Array(sources);
  for (const [code, edges] of pool.entries()) {
    const table = tables[code];
    if (edges === 0) continue;
    const at = (source: number): number => source * size + code;
    const add = (source: number, change: 1 | -1): void => {
      counts[at(source)] = counts[at(source)]! + change;
      filled[source] = filled[source]! + change;
    };
    if (!table) {
      for (let i = 0; i < edges; i++) add(below(random, sources), 1);
      continue;
    }
    let drawn = 0;
    let most = 0;
    eachPoisson(table, sources, random, (source, value) => {
      counts[at(source)] = value;
      filled[source] = filled[source]! + value;
      drawn += value;
      if (value > most) most = value;
    });
    for (; drawn < edges; drawn++) add(below(random, sources), 1);
    while (drawn > edges) {
      const source = below(random, sources);
      if (below(random, most) >= counts[at(source)]!) continue;
      add(source, -1);
      drawn--;
    }
  }
  const spare: number[] = [];
  for (let source = 0; source < sources; source++) {
    const row = source * size;
    for (; filled[source]! > perSource; filled[source]!--) {
      let place = below(random, filled[source]!);
      let code = 0;
      while (place >= counts[row + code]!) place -= counts[row + code++]!;
      counts[row + code]!--;
      spare.push(code);
    }
  }
  let left = spare.length;
  for (let source = 0; source < sources; source++) {
    const row = source * size;
    for (; filled[source]! < perSource; filled[source]!++) {
      const at = below(random, left);
      counts[row + spare[at]!]!++;
      spare[at] = spare[--left]!;
    }
  }
}

export interface DrawnTables {
  poisson: (PoissonTable | null)[];
  chances: AliasTable;
}

/** @param edges of each source. */
export function drawTables(chances: Float64Array, edges: number): DrawnTables {
  const early = edges - KEPT_BACK * Math.sqrt(edges);
  return {
    poisson: Array.from(chances, (chance) => (chance * early > 0 ? poissonTable(chance * early) : null)),
    chances: aliasTable(chances),
  };
}

/**
 * Adds as many edges to each source, their codes independent. Poisson counts of a few edges less are, whatever they add up to,
 * as many independent edges: the rest is drawn one by one, or all of them where there are too many already.
 */
export function countDrawnWide(
  { poisson, chances: { own, other } }: DrawnTables,
  edges: number,
  sources: number,
  { counts, codes: { size } }: Counters,
  random: Random32,
): void {
  const filled = new Uint32Array(sources);
  for (const [code, table] of poisson.entries()) {
    if (!table) continue;
    eachPoisson(table, sources, random, (source, value) => {
      counts[source * size + code] = value;
      filled[source] = filled[source]! + value;
    });
  }
  const columns = own.length * 2 ** -32;
  for (let source = 0; source < sources; source++) {
    const row = source * size;
    if (filled[source]! > edges) {
      counts.fill(0, row, row + size);
      filled[source] = 0;
    }
    const missing = edges - filled[source]!;
    const words = random.next(missing);
    for (let i = 0; i < missing; i++) {
      const place = words[i]! * columns;
      const column = Math.floor(place);
      counts[row + (place - column < own[column]! ? column : other[column]!)]!++;
    }
  }
}
