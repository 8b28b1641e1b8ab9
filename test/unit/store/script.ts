/** Bundles a script of this folder, to run it in processes of its own. */
import { join } from 'node:path';
import { build } from 'esbuild';

export async function bundleScript(name: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, name)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'error',
  });
}
