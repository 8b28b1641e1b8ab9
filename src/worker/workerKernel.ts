/** Caches a worker's kernel and its tables of edge lengths, which take longer to build than a small job. */
import { codePasses, type CodePass, type EdgeLengths } from '../core/counting/passes';
import { createKernel } from '../core/multifractal/kernel';
import type { Kernel } from '../core/multifractal/kernel/kernel';

let kernel: Kernel | undefined;
let tables: { key: string; passes: CodePass[] } | undefined;

export function workerKernel(): Kernel {
  return (kernel ??= createKernel());
}

export function workerPasses(lengths: EdgeLengths): CodePass[] {
  const key = JSON.stringify(lengths);
  if (tables?.key !== key) tables = { key, passes: codePasses(lengths) };
  return tables.passes;
}
