/**
 * A process that does nothing but keep results, for being killed: `node writer.js DIRECTORY NUMBER [BYTES]`. It tells
 * every key once its result is kept.
 */
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { ResultStore } from '../../../src/core/store/resultStore';
import { makeAnalysis, SOURCE } from '../support/analysis';

/** Every writer keeps this one again and again, as two windows do that analyze the same checkpoint. */
export const COMMON_KEY = 'f'.repeat(64);

export const keyOf = (writer: string, entry: number): string =>
  createHash('sha256').update(`${writer} ${entry}`).digest('hex');

/** The analysis kept under a key: arrays of some 150 KB, and numbers that belong to the key. */
export function analysisOf(key: string): ReturnType<typeof makeAnalysis> {
  const analysis = makeAnalysis(key);
  for (const arrays of analysis.arrays)
    arrays.nfd = Float64Array.from({ length: 9_000 }, (_, i) => i / key.charCodeAt(0));
  return analysis;
}

async function keepForever(directory: string, writer: string, maxBytes: number): Promise<void> {
  const store = await ResultStore.open(directory, (line) => writeSync(2, line), maxBytes);
  for (let entry = 0; ; entry++) {
    for (const key of [keyOf(writer, entry), COMMON_KEY]) {
      const analysis = analysisOf(key);
      analysis.result.timing.wall = entry;
      await store.put(key, analysis, SOURCE);
      writeSync(1, `${key}\n`);
    }
  }
}

const [directory, writer, maxBytes = 'Infinity'] = process.argv.slice(2);
if (process.argv[1]?.endsWith('writer.cjs')) void keepForever(directory!, writer!, Number(maxBytes));
