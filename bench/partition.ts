/**
 * How many terms μ^q of the partition function one core adds in a second, a term being a node at a radius and an order:
 * of a projection of a full network and of a sample; each in WebAssembly and TypeScript.
 * `node scripts/run-ts.mjs bench/partition.ts`
 */
import { codePasses } from '../src/core/counting/passes';
import { CODES, type Kernel } from '../src/core/multifractal/kernel/kernel';
import { ReferenceKernel } from '../src/core/multifractal/kernel/reference';
import { WasmKernel } from '../src/core/multifractal/kernel/wasmKernel';
import { momentSteps } from '../src/core/multifractal/momentSteps';
import { Mt19937 } from '../src/core/sampling/mt19937';
import { cpuMilliseconds, markdown, median } from './measure';

const Q = Array.from({ length: 61 }, (_, i) => (i - 30) / 10);
const RADII = 150;
const ROUNDS = 7;
/** Number of nodes, and of edges of each. */
const FULL = { nodes: 4096, edges: 1000 };
const SAMPLE = { nodes: 3000, edges: 64 };

/** Million terms per second. */
function folding(kernel: Kernel, size: { nodes: number; edges: number }): () => number {
  const { codes } = codePasses({ transfer: 'inv', threshold: RADII, scale: 1 })[0]!;
  const run = codes.spectrum!;
  return () => {
    const random = new Mt19937(1);
    kernel.begin(size.nodes, size.edges + 1, 0);
    const { counts } = kernel;
    for (let node = 0; node < size.nodes; node++) {
      for (let i = 0; i < size.edges; i++)
        counts[node * CODES + run.first + random.interval(run.last - run.first)]!++;
    }
    const begin = cpuMilliseconds();
    const { nodes } = kernel.fold(size.nodes, codes, run, RADII, momentSteps(Q));
    return (nodes * RADII * Q.length) / (cpuMilliseconds() - begin) / 1e3;
  };
}

const rows = Object.entries({ 'a full network': FULL, 'a sample': SAMPLE }).map(([what, size]) => {
  const contenders = [folding(new WasmKernel(), size), folding(new ReferenceKernel(), size)];
  const rounds = Array.from({ length: ROUNDS }, () => contenders.map((run) => run()));
  const [wasm, reference] = contenders.map((_, i) => median(rounds.map((round) => round[i]!)));
  return {
    what,
    'WebAssembly (M terms/s)': wasm!.toFixed(0),
    'TypeScript (M terms/s)': reference!.toFixed(0),
    ratio: median(rounds.map(([fast, slow]) => fast! / slow!)).toFixed(1),
  };
});
console.log(markdown(rows));
