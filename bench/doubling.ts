/**
 * E of random weights that are merely doubled, over all neurons and over those that both ends have in common.
 * `node scripts/run-ts.mjs bench/doubling.ts [70m] [410m] [1b] [1.4b]`, after `npm run build -- --production`.
 */
import { join } from 'node:path';
import type { RunSeries } from '../src/protocol/run';
import { markdown, runCli } from './measure';
import { makeCheckpoint, SHAPES } from './shapes';

const names = process.argv.slice(2);
const rows = (names.length > 0 ? names : ['70m', '410m', '1b', '1.4b']).map((name) => {
  const run = join('out/bench', `doubling-${name}`);
  for (const [step, factor] of [1, 2].entries())
    makeCheckpoint(SHAPES[name]!, factor, join(run, `step${step}`));
  const [{ points }] = JSON.parse(
    runCli(['run', run, '--population', 'common', '--threads', '2', '--json']).stdout,
  ) as [RunSeries];
  const [before, after] = points as [RunSeries['points'][number], RunSeries['points'][number]];
  const interval = ({ value, ci95 }: { value: number | null; ci95: [number, number] | null }): string =>
    `${value!.toFixed(3)} [${ci95!.map((end) => end.toFixed(3)).join(', ')}]`;
  const share = (value: number): string => (100 * value).toFixed(1);
  return {
    shape: name,
    'kept (%)': `${share(before.nodesKept!)} → ${share(after.nodesKept!)}`,
    'E over all': interval(after.common!.all),
    'common (%)': share(after.common!.nodesKept!),
    'E over common': interval(after.emergence),
  };
});
console.log(markdown(rows));
