// Compiles the AssemblyScript kernel. Bundles and tests import the result as bytes.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import asc from 'assemblyscript/asc';

const room = join(import.meta.dirname, '../src/core/multifractal/kernel');

/** The module name under which bundles import the kernel. */
export const KERNEL_FILE = /kernel\.wasm$/;
/** The package whose library is compiled into the kernel. */
export const KERNEL_PACKAGE = 'node_modules/assemblyscript';

const OPTIONS = '-O3 --enable simd --runtime stub --importMemory --noAssert -o kernel.wasm';

/** @returns the compiled module; cached by its content, since compiling takes seconds */
export async function compileKernel() {
  const names = (await readdir(join(room, 'assembly'))).filter((name) => name.endsWith('.ts')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(room, 'assembly', name), 'utf8')));
  const sources = new Map(names.map((name, i) => [name, texts[i]]));
  const hash = createHash('sha256')
    .update(OPTIONS)
    .update(JSON.stringify([...sources]))
    .digest('hex')
    .slice(0, 16);
  const cached = join(import.meta.dirname, `../node_modules/.cache/neuromfa/kernel-${hash}.wasm`);
  if (existsSync(cached)) return readFile(cached);
  let wasm;
  const { error, stderr } = await asc.main([...names, ...OPTIONS.split(' ')], {
    readFile: (name) => sources.get(name) ?? null,
    writeFile: (_name, contents) => {
      wasm = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  await mkdir(dirname(cached), { recursive: true });
  const temporary = `${cached}.${process.pid}`;
  await writeFile(temporary, wasm);
  await rename(temporary, cached);
  return wasm;
}

/** Resolves `*.wasm` imports to the kernel's bytes, for esbuild. */
export const kernelPlugin = {
  name: 'kernel',
  setup(build) {
    build.onLoad({ filter: KERNEL_FILE }, async () => ({
      contents: await compileKernel(),
      loader: 'binary',
    }));
    build.onResolve({ filter: KERNEL_FILE }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path),
    }));
  },
};

/** The same for Vite and Vitest. */
export function kernelVitePlugin() {
  return {
    name: 'kernel',
    enforce: 'pre',
    resolveId: (id, importer) =>
      id.endsWith('kernel.wasm') && importer ? join(dirname(importer), id) + '.js' : null,
    async load(id) {
      if (!id.endsWith('kernel.wasm.js')) return null;
      const base64 = Buffer.from(await compileKernel()).toString('base64');
      return `export default Uint8Array.from(Buffer.from('${base64}', 'base64'))`;
    },
  };
}
