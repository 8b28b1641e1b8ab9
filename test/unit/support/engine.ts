/** An engine on freshly bundled workers, as the build makes them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { kernelPlugin } from '../../../scripts/kernel.mjs';
import type { ResultSource } from '../../../src/core/store/resultSource';
import type { AnalysisSettings, Subset } from '../../../src/protocol/analysis';
import { listInspection, type InspectionListing } from '../../../src/protocol/inspectionListing';
import type { BaseChoice, Subject } from '../../../src/protocol/subject';
import type { WeightKind } from '../../../src/protocol/weights';
import type { WorkEstimate } from '../../../src/worker/approval';
import { Engine, type EngineOptions, type RunOptions } from '../../../src/worker/engine';
import type { SourcedAnalysis } from '../../../src/worker/executor';
import type { Description } from '../../../src/worker/inspectJobs';
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

export interface PathOptions extends RunOptions {
  base?: BaseChoice;
  kind?: WeightKind;
}

/** An engine on threads that is asked by path, with the settings that a result records. */
export class PathEngine {
  readonly engine: Engine;

  constructor(options: EngineOptions) {
    this.engine = Engine.local(options);
  }

  describe(path: string, { base, kind, ...options }: PathOptions = {}): Promise<Description> {
    return this.engine.describe(subjectAt(path, { base, kind }), options);
  }

  async inspect(path: string, { base, ...options }: PathOptions = {}): Promise<InspectionListing> {
    return listInspection(await this.engine.inspect(subjectAt(path, { base }), options));
  }

  estimate(
    path: string,
    settings: AnalysisSettings,
    { base, kind, ...options }: PathOptions = {},
  ): Promise<WorkEstimate> {
    return this.engine.estimate(subjectAt(path, { base, kind, part: settings.subset }), settings, options);
  }

  analyze(
    path: string,
    settings: AnalysisSettings,
    { base, kind, ...options }: PathOptions = {},
  ): Promise<SourcedAnalysis> {
    return this.engine.analyze(subjectAt(path, { base, kind, part: settings.subset }), settings, options);
  }

  recognize(
    path: string,
    settings: AnalysisSettings,
    { base, kind, ...options }: PathOptions = {},
  ): Promise<ResultSource> {
    return this.engine.recognize(subjectAt(path, { base, kind, part: settings.subset }), settings, options);
  }

  dispose(): Promise<void> {
    return this.engine.dispose();
  }
}

interface SubjectChoices {
  base?: BaseChoice;
  kind?: WeightKind | undefined;
  part?: Subset | null;
}

/** The subject at a path: all of the stored network, unless something else is chosen. */
export function subjectAt(at: string, { base, kind = 'stored', part = null }: SubjectChoices = {}): Subject {
  return { at, base, weights: { kind }, part };
}
