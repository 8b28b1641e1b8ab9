/**
 * A process that keeps and reads results as a window does, beside another one: `node window.js DIRECTORY OWN OTHER
 * BYTES`. It prints what it saw as JSON.
 */
import { ResultStore } from '../../../src/core/store/resultStore';
import { analysisOf, COMMON_KEY, keyOf } from './writer';
import { SOURCE } from '../support/analysis';

const ROUNDS = 40;

export interface Seen {
  /** Results that were there, of the other window and of both. */
  found: number;
  /** Those that were not what had been kept under their key. */
  wrong: number;
  log: string[];
}

export const sameAnalysis = (key: string, found: ReturnType<typeof analysisOf>): boolean =>
  JSON.stringify([found.result.summary, [...found.arrays[0]!.nfd]]) ===
  JSON.stringify([analysisOf(key).result.summary, [...analysisOf(key).arrays[0]!.nfd]]);

export const keysOf = (window: string): string[] =>
  Array.from({ length: ROUNDS }, (_, round) => keyOf(window, round));

async function work(directory: string, own: string, other: string, maxBytes: number): Promise<Seen> {
  const seen: Seen = { found: 0, wrong: 0, log: [] };
  const store = await ResultStore.open(directory, (line) => seen.log.push(line), maxBytes);
  const others = keysOf(other);
  for (const [round, key] of keysOf(own).entries()) {
    for (const kept of [key, COMMON_KEY]) await store.put(kept, analysisOf(kept), SOURCE);
    for (const asked of [others[round]!, COMMON_KEY]) {
      const found = await store.get(asked);
      if (found) seen.found++;
      if (found && !sameAnalysis(asked, found.analysis)) seen.wrong++;
    }
  }
  return seen;
}

const [directory, own, other, maxBytes] = process.argv.slice(2);
if (process.argv[1]?.endsWith('window.cjs'))
  void work(directory!, own!, other!, Number(maxBytes)).then((seen) => {
    console.log(JSON.stringify(seen));
  });
