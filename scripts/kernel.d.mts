export function compileKernel(): Promise<Uint8Array>;
export const kernelPlugin: import('esbuild').Plugin;
export function kernelVitePlugin(): import('vite').Plugin;
