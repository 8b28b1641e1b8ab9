/** The command line as users run it, for processes of their own. */
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { kernelPlugin } from '../../../scripts/kernel.mjs';
import { ROOT } from './golden';

/**
 * Bundles it into `folder`: dist/ may be rebuilt by others meanwhile.
 * @param plugins change what is bundled. @returns the script to run.
 */
export async function bundleCli(folder: string, plugins: readonly Plugin[] = []): Promise<string> {
  await build({
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    define: { __VERSION__: '"1.2.3-test"' },
    entryPoints: {
      cli: 'src/cli/main.ts',
      mcp: 'src/cli/mcp/serve.ts',
      task: 'src/dispatch/taskMain.ts',
      job: 'src/worker/entry.ts',
      remote: 'src/remote/thread.ts',
      worker: 'node_modules/piscina/dist/worker.js',
    },
    external: ['@napi-rs/nice'],
    outdir: folder,
    plugins: [kernelPlugin, ...plugins],
    logLevel: 'error',
  });
  return join(folder, 'cli.js');
}
