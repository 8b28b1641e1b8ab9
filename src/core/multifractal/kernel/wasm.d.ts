/** The part of WebAssembly we use: its types otherwise come with those of the browser, which the core must not see. */
declare namespace WebAssembly {
  class CompileError extends Error {}
  class Memory {
    constructor(descriptor: { initial: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  type Module = object;
  const Module: new (bytes: Uint8Array<ArrayBuffer>) => Module;
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
}

declare module '*.wasm' {
  /** The module's bytes, embedded by the bundler. */
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
