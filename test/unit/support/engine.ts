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

/** @param job replaces our job by this script: to see what becomes of workers that misbehave. */
export async function bundleWorkers(job?: string): Promise<WorkerBundle> {
  const directory = mkdtempSync(join(tmpdir(), 'neuromfa-workers-'));
  const outfile = join(directory, 'job.js');
  if (job !== undefined) writeFileSync(outfile, job);
  else {
    const entryPoints = [join(ROOT, 'src/worker/entry.ts')];
    await build({
      entryPoints,
      outfile,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      plugins: [kernelPlugin],
    });
  }
  return {
    directory,
    remove() {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
