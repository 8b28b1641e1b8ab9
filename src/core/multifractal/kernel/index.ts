/** Chooses the kernel: WebAssembly where it runs. */
import type { Kernel } from './kernel';
import { TypeScriptKernel } from './twin';
import { WasmKernel } from './wasmKernel';

export function createKernel(): Kernel {
  try {
    return new WasmKernel();
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return new TypeScriptKernel();
    throw error;
  }
}
