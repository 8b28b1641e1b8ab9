/**
 * What null models cost: processor time of whole analyses with and without them, alternating, and their ratio.
 * `node scripts/run-ts.mjs bench/nulls.ts [--runs N] [410m …]`, after `npm run build -- --production`. Limits at the
 * shape 410m: 3 times the plain analysis for samples (20 draws), 6 times for full networks (5 draws).
 */
import { parseArgs } from 'node:util';
import { markdown, median, runCli } from './measure';
import { makeCheckpoint, SHAPES } from './shapes';

const { values, positionals } = parseArgs({
  options: { runs: { type: 'string', default: '3' } },
  allowPositionals: true,
});

const rows = (positionals.length > 0 ? positionals : ['410m']).flatMap((name) => {
  const folder = makeCheckpoint(SHAPES[name]!);
  return ['sampled', 'full'].map((mode) => {
    const words = ['analyze', folder, '--mode', mode, '--threads', '2'];
    const pairs = Array.from({ length: Number(values.runs) }, () => ({
      plain: runCli(words),
      nulls: runCli([...words, '--nulls']),
    }));
    return {
      shape: name,
      mode,
      'CPU (s)': (median(pairs.map(({ plain }) => plain.cpu)) / 1e3).toFixed(2),
      'CPU with null models (s)': (median(pairs.map(({ nulls }) => nulls.cpu)) / 1e3).toFixed(2),
      ratio: median(pairs.map(({ plain, nulls }) => nulls.cpu / plain.cpu)).toFixed(2),
      'peak memory (MB)': median(pairs.map(({ plain }) => plain.memory)).toFixed(0),
      'with null models (MB)': median(pairs.map(({ nulls }) => nulls.memory)).toFixed(0),
    };
  });
});
console.log(markdown(rows));
