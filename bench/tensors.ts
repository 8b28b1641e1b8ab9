/**
 * The time to open a checkpoint of 497,000 tensors on one thread: reading the header, sorting the names, finding the
 * network, packing all that for the inspect view; then searching and sorting in the view's tables.
 * `node scripts/run-ts.mjs bench/tensors.ts [natural|shuffled]`.
 *
 * Limited by memory rather than by arithmetic: a tensor takes four objects and six table entries, and where the file's
 * order is not that of the names, each of them is a cache miss at every stage. So `shuffled`, an order that no program
 * writes, is the worst case.
 */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../src/core/checkpoint/open';
import { readNetwork } from '../src/core/network/readNetwork';
import { indexTensors } from '../src/core/network/names';
import { packTensors } from '../src/protocol/tensorTable';
import { MANY_TENSORS, writeManyTensors } from '../test/unit/support/manyTensors';
import { COLUMNS, ordered } from '../webview/inspect/order';
import { Search } from '../webview/inspect/search';
import { Tensors } from '../webview/inspect/tensors';
import { cpuMilliseconds, markdown } from './measure';

const [order = 'shuffled'] = process.argv.slice(2);
const path = join(tmpdir(), `neuromfa-bench-tensors-${order}.safetensors`);
if (!existsSync(path)) writeManyTensors(path, MANY_TENSORS, order === 'natural' ? null : 1);

const rows: Record<string, string | number>[] = [];

function timed<T>(phase: string, work: () => T): T {
  const [wall, cpu] = [performance.now(), cpuMilliseconds()];
  const result = work();
  rows.push({
    phase,
    'wall (ms)': (performance.now() - wall).toFixed(0),
    'CPU (ms)': (cpuMilliseconds() - cpu).toFixed(0),
    'peak memory (MB)': ((process.resourceUsage().maxRSS * 1024) / 1e6).toFixed(0),
  });
  return result;
}

const begin = performance.now();
const checkpoint = timed('header', () => openCheckpoint(path));
const index = timed('order of names', () => indexTensors(checkpoint.tensors));
const reading = timed('network', () => readNetwork(checkpoint, index, path));
timed('fingerprint', () => checkpoint.fingerprint());
const { projections, skipped } = reading.network!;
const tensors = index.all.map(({ tensor }) => tensor);
const packed = timed('packing', () => packTensors({ tensors, projections, skipped, packed: index }));
const opened = performance.now() - begin;
checkpoint.close();

const table = timed("the view's tables", () => new Tensors(packed));
const search = timed('preparing the search', () => new Search(table));
for (const query of ['e', 'experts.4711', 'f32 layers.7', 'no such tensor'])
  timed(`search for "${query}"`, () => search.find(query, { kind: 'all' }));
for (const column of COLUMNS) timed(`order by ${column}`, () => ordered(table, { column, descending: true }));

console.log(
  `${tensors.length} tensors, ${projections.length} projections: ${opened.toFixed(0)} ms to open\n`,
);
console.log(markdown(rows));
