/**
 * How many terms μ^q of the partition function one core adds in a second, a term being a node at a radius and an order:
 * the full network by recurrence, samples by direct powers with equal terms added once; each in WebAssembly and TypeScript.
 * `node scripts/run-ts.mjs bench/partition.ts`
 */
import { codePasses } from '../src/core/counting/passes';
import { EdgeCounts } from '../src/core/multifractal/boxGrowing';
import { CODES, type Kernel } from '../src/core/multifractal/kernel/kernel';
import { ReferenceKernel } from '../src/core/multifractal/kernel/reference';
import { WasmKernel } from '../src/core/multifractal/kernel/wasmKernel';
import { momentSteps } from '../src/core/multifractal/momentSteps';
import { partitionSums } from '../src/core/multifractal/partition';
import { Mt19937 } from '../src/core/sampling/mt19937';
import { cpuMilliseconds, markdown, median } from './measure';

const Q = Array.from({ length: 61 }, (_, i) => (i - 30) / 10);
const RADII = 150;
const ROUNDS = 7;
/** Nodes, and edges of each. */
const FULL = { nodes: 4096, edges: 1000 };
const SAMPLE = { nodes: 3000, edges: 64 };

/** M terms in a second. */
function full(kernel: Kernel): () => number {
  const { codes } = codePasses({ transfer: 'inv', threshold: RADII, scale: 1 })[0]!;
  const run = codes.spectrum!;
  return () => {
    const random = new Mt19937(1);
    kernel.begin(FULL.nodes, FULL.edges + 1, 0);
    const { counts } = kernel;
    for (let node = 0; node < FULL.nodes; node++) {
      for (let i = 0; i < FULL.edges; i++)
        counts[node * CODES + run.first + random.interval(run.last - run.first)]!++;
    }
    const begin = cpuMilliseconds();
    const { nodes } = kernel.fold(FULL.nodes, codes, run, RADII, momentSteps(Q));
    return (nodes * RADII * Q.length) / (cpuMilliseconds() - begin) / 1e3;
  };
}

function sample(kernel: Kernel): () => number {
  const random = new Mt19937(1);
  const counts = EdgeCounts.forSpectrum(SAMPLE.nodes, RADII);
  for (let node = 0; node < SAMPLE.nodes; node++) {
    for (let i = random.interval(SAMPLE.edges); i >= 0; i--) counts.add(node, 2 + random.interval(RADII - 2));
  }
  return () => {
    const begin = cpuMilliseconds();
    const { nodes, radii } = partitionSums(counts, Q, kernel.addReach);
    return (nodes * radii.length * Q.length) / (cpuMilliseconds() - begin) / 1e3;
  };
}

const rows = Object.entries({ 'full network': full, 'one sample': sample }).map(([what, make]) => {
  const contenders = [make(new WasmKernel()), make(new ReferenceKernel())];
  const rounds = Array.from({ length: ROUNDS }, () => contenders.map((run) => run()));
  const [wasm, twin] = contenders.map((_, i) => median(rounds.map((round) => round[i]!)));
  return {
    what,
    'WebAssembly (M terms/s)': wasm!.toFixed(0),
    'TypeScript (M terms/s)': twin!.toFixed(0),
    ratio: median(rounds.map(([fast, slow]) => fast! / slow!)).toFixed(1),
  };
});
console.log(markdown(rows));
