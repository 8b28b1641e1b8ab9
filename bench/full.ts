/**
 * The full network of Pythia-shaped F16 checkpoints: wall, CPU, peak memory, and the ratio to reading the warm file.
 * `node scripts/run-ts.mjs bench/full.ts [410m|2.8b …]`, after `npm run build -- --production`.
 */
import { join } from 'node:path';
import { markdown, median, runCli, timeCat } from './measure';
import { bytesOf, makeCheckpoint, SHAPES } from './shapes';

const RUNS = 3;
const names = process.argv.slice(2);

const rows = (names.length > 0 ? names : ['70m', '410m', '2.8b']).map((name) => {
  const folder = makeCheckpoint(SHAPES[name]!);
  const file = join(folder, 'model.safetensors');
  timeCat(file); // warm
  const measured = Array.from({ length: RUNS }, () => ({
    cat: timeCat(file),
    two: runCli(['analyze', folder, '--mode', 'full', '--threads', '2']),
    one: runCli(['analyze', folder, '--mode', 'full', '--threads', '1']),
  }));
  const two = median(measured.map((run) => run.two.wall));
  const gigabytes = bytesOf(folder) / 1e9;
  return {
    shape: name,
    GB: gigabytes.toFixed(2),
    'wall, 2 threads (s)': (two / 1e3).toFixed(2),
    'CPU (s)': (median(measured.map((run) => run.two.cpu)) / 1e3).toFixed(2),
    'peak memory (MB)': median(measured.map((run) => run.two.memory)).toFixed(0),
    'cat (s)': (median(measured.map((run) => run.cat)) / 1e3).toFixed(3),
    'wall / cat': median(measured.map((run) => run.two.wall / run.cat)).toFixed(1),
    '1 → 2 threads': median(measured.map((run) => run.one.wall / run.two.wall)).toFixed(2),
    's / GB': (two / 1e3 / gigabytes).toFixed(2),
  };
});
console.log(markdown(rows));
