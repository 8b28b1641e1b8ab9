/**
 * How often the interval of E contains E: groups of 10 samples of the bundled run, compared with E of 2,000 samples.
 * `node scripts/run-ts.mjs bench/coverage.ts`, after `npm run build -- --production`. The intervals claim 95 %; expect
 * 92 to 98 %.
 */
import { samplePoints } from '../src/core/emergence/figures';
import { pairedEmergence, pairsOf, withInterval, type Pair } from '../src/core/emergence/paired';
import { Mt19937 } from '../src/core/sampling/mt19937';
import type { AnalysisResult } from '../src/protocol/analysis';
import { runCli } from './measure';

const SEEDS = 2000;
/** The largest number of samples in one analysis. */
const AT_ONCE = 500;
const GROUPS = 300;
const EACH = 10;

const pairs: Pair[] = [];
for (let seed = 0; seed < SEEDS; seed += AT_ONCE) {
  const paths = [0, 4000].map((step) => `samples/neox-1m/step${step}`);
  const words = ['analyze', ...paths, '--samples', String(AT_ONCE), '--seed', String(seed), '--json'];
  const [then, now] = (JSON.parse(runCli(words).stdout) as AnalysisResult[]).map((result) =>
    samplePoints(result, 'alpha0'),
  ) as [ReturnType<typeof samplePoints>, ReturnType<typeof samplePoints>];
  pairs.push(...pairsOf(now, then).filter((pair) => pair !== null));
}
const { value, ci95 } = withInterval(pairedEmergence(pairs));
const random = new Mt19937(1);
let covered = 0;
for (let group = 0; group < GROUPS; group++) {
  const chosen = Array.from({ length: EACH }, () => pairs[random.interval(pairs.length - 1)]!);
  const interval = withInterval(pairedEmergence(chosen)).ci95!;
  if (interval[0] <= value && value <= interval[1]) covered++;
}
console.log(`E of ${pairs.length} samples: ${value} [${ci95!.join(', ')}]`);
console.log(`${covered} of ${GROUPS} intervals of ${EACH} samples hold it: ${(100 * covered) / GROUPS} %`);
