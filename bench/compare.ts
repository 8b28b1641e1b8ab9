/**
 * What comparing tensors and their facts takes: bytes of both files (of one for facts) per second of wall and of processor
 * time, for each element type, on warm files and two threads.
 * `node scripts/run-ts.mjs bench/compare.ts [MB of each file]`, after `npm run build -- --production`.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Engine } from '../src/worker/engine';
import { storedSubject } from '../src/protocol/subject';
import { cpuMilliseconds, markdown, median } from './measure';
import { writeTwin, TWIN_DTYPES } from './twins';

const ROUNDS = 5;
const megabytes = Number(process.argv[2] ?? 512);
const folder = join('out/bench', `compare-${megabytes}`);
mkdirSync(folder, { recursive: true });
const engine = Engine.local({ directory: resolve('dist'), threads: 2 });

interface Measured {
  wall: number;
  cpu: number;
}

async function measured(work: () => Promise<unknown>): Promise<Measured> {
  const [begin, cpu] = [performance.now(), cpuMilliseconds()];
  await work();
  return { wall: performance.now() - begin, cpu: cpuMilliseconds() - cpu };
}

const rows = [];
for (const dtype of TWIN_DTYPES) {
  const [a, b] = [0, 1].map((seed) => storedSubject(writeTwin(folder, dtype, megabytes, seed))) as [
    ReturnType<typeof storedSubject>,
    ReturnType<typeof storedSubject>,
  ];
  const rounds: { compare: Measured; facts: Measured }[] = [];
  // The first round warms up files and code.
  for (let round = 0; round <= ROUNDS; round++) {
    const each = {
      compare: await measured(() => engine.compare(a, b, { approved: true })),
      facts: await measured(() => engine.facts(a, { approved: true })),
    };
    if (round > 0) rounds.push(each);
  }
  const speed = (files: number, of: (round: (typeof rounds)[number]) => number): string =>
    ((files * megabytes) / median(rounds.map(of))).toFixed(2);
  rows.push({
    type: dtype,
    'compare, GB/s of wall': speed(2, ({ compare }) => compare.wall),
    'GB/CPU s': speed(2, ({ compare }) => compare.cpu),
    'facts, GB/s of wall': speed(1, ({ facts }) => facts.wall),
    'facts, GB/CPU s': speed(1, ({ facts }) => facts.cpu),
    'resident (MB)': (process.memoryUsage.rss() / 1e6).toFixed(0),
  });
}
console.log(markdown(rows));
await engine.dispose();
rmSync(folder, { recursive: true });
