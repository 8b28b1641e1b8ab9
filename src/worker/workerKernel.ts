/** A worker's kernel: it takes longer to make than a small job. */
import { createKernel } from '../core/multifractal/kernel';
import type { Kernel } from '../core/multifractal/kernel/kernel';

let kernel: Kernel | undefined;

export function workerKernel(): Kernel {
  return (kernel ??= createKernel());
}
