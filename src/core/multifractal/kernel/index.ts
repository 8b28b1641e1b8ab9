/** Chooses the kernel: WebAssembly where it runs. */
import type { Kernel } from './kernel';
import { ReferenceKernel } from './reference';
import { WasmKernel } from './wasmKernel';

export function createKernel(): Kernel {
  try {
    return new WasmKernel();
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return new ReferenceKernel();
    throw error;
  }
}
