export function compileKernel(): Promise<Uint8Array>;
export const kernelPlugin: import('esbuild').Plugin;
export function kernelVitePlugin(): import('vite').Plugin;
export const KERNEL_FILE: RegExp;
export const KERNEL_PACKAGE: string;
