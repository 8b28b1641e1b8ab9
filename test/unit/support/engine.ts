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
  const outfile = join(directory, 'job.js');
  if (job !== undefined) writeFileSync(outfile, answering(job));
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

/** With the reply that tells that the script has been loaded. */
function answering(job: string): string {
  return `const inner = {};
    (function (module) { ${job} })(inner);
    module.exports = (request) =>
      request.name === 'loaded' ? { ok: true, value: null } : inner.exports(request);`;
}
