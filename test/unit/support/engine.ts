/** An engine on freshly bundled workers, as the build makes them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { kernelPlugin } from '../../../scripts/kernel.mjs';
import { ROOT } from './golden';

export interface WorkerBundle {
  directory: string;
  remove(): void;
}

/** @param job exports a function that replaces our jobs: to see what becomes of workers that misbehave. */
export async function bundleWorkers(job?: string): Promise<WorkerBundle> {
  const directory = mkdtempSync(join(tmpdir(), 'neuromfa-workers-'));
  const source = join(ROOT, 'src/worker');
  let entry = join(source, 'entry.ts');
  if (job !== undefined) {
    entry = join(directory, 'entry.js');
    writeFileSync(join(directory, 'handle.js'), job);
    const serve = JSON.stringify(join(source, 'serve'));
    writeFileSync(entry, `import { serve } from ${serve}; import handle from './handle.js'; serve(handle);`);
  }
  await build({
    entryPoints: [entry],
    outfile: join(directory, 'job.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    plugins: [kernelPlugin],
  });
  return {
    directory,
    remove() {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
