/**
 * How many weights one core counts in a second: every element type and layout, with the kernel in WebAssembly, its
 * reference in TypeScript, and plain floating-point code. Processor time; medians of alternating rounds.
 * `node scripts/run-ts.mjs bench/kernel.ts`
 */
import { elementReader } from '../src/core/checkpoint/dtype';
import { codePasses } from '../src/core/counting/passes';
import type { Kernel } from '../src/core/multifractal/kernel/kernel';
import { ReferenceKernel } from '../src/core/multifractal/kernel/reference';
import { WasmKernel } from '../src/core/multifractal/kernel/wasmKernel';
import { Mt19937 } from '../src/core/sampling/mt19937';
import { EdgeCounts } from '../test/unit/support/plain';
import { cpuMilliseconds, markdown, median } from './measure';

type Float = 'F16' | 'BF16' | 'F32';
const CHUNK = 4 * 2 ** 20;
const ROUNDS = 7;
/** Short and long rows: those of layers of 1,024 and of 10,240 neurons. */
const COLUMNS = [1024, 10_240];

const [pass] = codePasses({ transfer: 'inv', threshold: 150, scale: 1 });

/** Magnitudes like those of trained weights: most edges are within the thresholds. */
function chunkOf(dtype: Float): Uint8Array<ArrayBuffer> {
  const random = new Mt19937(1);
  const values = Float32Array.from({ length: CHUNK / (dtype === 'F32' ? 4 : 2) }, () => {
    const [u, v] = [(random.uint32() + 1) / 2 ** 32, random.uint32() / 2 ** 32];
    return 0.03 * Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  });
  if (dtype === 'F32') return new Uint8Array(values.buffer);
  const bits = new Uint32Array(values.buffer);
  return new Uint8Array(
    Uint16Array.from(bits, (b) => {
      if (dtype === 'BF16') return b >>> 16;
      const exponent = ((b >>> 23) & 255) - 112;
      return ((b >>> 16) & 0x8000) | (exponent > 0 ? (exponent << 10) | ((b >>> 13) & 1023) : 0);
    }).buffer,
  );
}

function byKernel(kernel: Kernel, dtype: Float, rowIsNode: boolean, columns: number): () => number {
  const bytes = chunkOf(dtype);
  const bits = dtype === 'F32' ? 32 : 16;
  const rows = Math.floor((8 * bytes.length) / bits / columns);
  return () => {
    kernel.begin(rowIsNode ? rows : columns, 2, bytes.length);
    pass!.select(kernel, dtype);
    kernel.input(bytes.length).set(bytes);
    const repeats = kernel.name === 'wasm' ? 16 : 4;
    const begin = cpuMilliseconds();
    for (let i = 0; i < repeats; i++) {
      const matrix = { offset: 0, bits, rows, columns } as const;
      if (rowIsNode) kernel.countRows(matrix, 0);
      else kernel.countColumns(matrix, 0);
    }
    return (repeats * rows * columns) / (cpuMilliseconds() - begin) / 1e3;
  };
}

function plainly(dtype: Float, rowIsNode: boolean, columns: number): () => number {
  const bytes = chunkOf(dtype);
  const element = elementReader(dtype, bytes);
  const rows = Math.floor(bytes.length / (dtype === 'F32' ? 4 : 2) / columns);
  return () => {
    const nodes = rowIsNode ? rows : columns;
    const spectrum = EdgeCounts.forSpectrum(nodes, 150);
    const nfd = EdgeCounts.forNfd(nodes);
    const begin = cpuMilliseconds();
    for (let row = 0, i = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, i++) {
        const d = 1 / Math.abs(element(i));
        spectrum.add(rowIsNode ? row : column, d);
        nfd.add(rowIsNode ? row : column, d);
      }
    }
    return (rows * columns) / (cpuMilliseconds() - begin) / 1e3;
  };
}

const rows = (['F16', 'BF16', 'F32'] as const).flatMap((dtype) =>
  [true, false].flatMap((rowIsNode) =>
    COLUMNS.map((columns) => {
      const contenders = [
        byKernel(new WasmKernel(), dtype, rowIsNode, columns),
        byKernel(new ReferenceKernel(), dtype, rowIsNode, columns),
        plainly(dtype, rowIsNode, columns),
      ];
      const rounds = Array.from({ length: ROUNDS }, () => contenders.map((run) => run()));
      const [wasm, reference, plain] = contenders.map((_, i) => median(rounds.map((round) => round[i]!)));
      return {
        dtype,
        nodes: rowIsNode ? 'rows' : 'columns',
        'row length': columns,
        'WebAssembly (M/s)': wasm!.toFixed(0),
        'TypeScript table (M/s)': reference!.toFixed(0),
        'plain floats (M/s)': plain!.toFixed(0),
        'WebAssembly / plain': median(rounds.map((round) => round[0]! / round[2]!)).toFixed(0),
      };
    }),
  ),
);
console.log(markdown(rows));
