/** An engine whose checkpoints are made up: path → content, or an error. */
import type { EngineLike } from '../../../src/extension/services/engineHost';
import { EngineHost } from '../../../src/extension/services/engineHost';
import type { Analysis, AnalysisSettings } from '../../../src/protocol/analysis';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { INSPECTION_SCHEMA, type Inspection } from '../../../src/protocol/inspection';
import type { RunOptions } from '../../../src/worker/engine';
import { makeAnalysis } from '../support/analysis';

export class FakeEngine implements EngineLike {
  /** What the checkpoint at a path holds; any string. */
  readonly contents = new Map<string, string>();
  readonly failures = new Map<string, Error>();
  readonly analyzed: string[] = [];
  /** Analyses wait for this. */
  gate: Promise<void> = Promise.resolve();

  async inspect(path: string): Promise<Inspection> {
    await Promise.resolve();
    const { checkpoint } = this.#make(path).result;
    return { schema: INSPECTION_SCHEMA, checkpoint, metadata: {}, tensors: [], projections: [], skipped: [] };
  }

  async analyze(
    path: string,
    settings: AnalysisSettings,
    { signal, onProgress }: RunOptions = {},
  ): Promise<Analysis> {
    this.analyzed.push(path);
    const analysis = this.#make(path);
    onProgress?.({ done: 0, total: settings.samples, bytesRead: 0 });
    await Promise.race([this.gate, rejectOnAbort(path, signal)]);
    return { ...analysis, result: { ...analysis.result, settings } };
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  host(): EngineHost {
    return new EngineHost(
      () => 0,
      () => this,
    );
  }

  #make(path: string): Analysis {
    const failure = this.failures.get(path);
    if (failure) throw failure;
    return makeAnalysis(this.contents.get(path) ?? path, path);
  }
}

function rejectOnAbort(path: string, signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => {
      reject(new NeuroMfaError('cancelled', path, 'it was cancelled', ''));
    };
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
  });
}
