/** An engine whose checkpoints are made up: path → content, or an error. */
import type { EngineLike } from '../../../src/extension/services/engineHost';
import { EngineHost } from '../../../src/extension/services/engineHost';
import type { ResultSource } from '../../../src/core/store/resultSource';
import type { AdapterInfo, Analysis, AnalysisSettings } from '../../../src/protocol/analysis';
import { NeuroMfaError } from '../../../src/protocol/errors';
import type { PackedInspection } from '../../../src/protocol/inspect';
import type { DrawnBaseline } from '../../../src/protocol/run';
import { packTensors } from '../../../src/protocol/tensorTable';
import { INSPECTION_SCHEMA, type Inspection } from '../../../src/protocol/inspection';
import type { InitialDescription, RunOptions, SourcedAnalysis } from '../../../src/worker/engine';
import type { Description } from '../../../src/worker/inspectJobs';
import { makeAnalysis, nameOf, sourced } from '../support/analysis';

/** What the log of analyses calls drawn networks. */
const DRAWN = { init: 'untrained', gaussian: 'gaussian' } as const;

export class FakeEngine implements EngineLike {
  /** What the checkpoint at a path holds; any string. */
  readonly contents = new Map<string, string>();
  readonly failures = new Map<string, Error>();
  /** The paths that were analyzed; "untrained /a" for the network before training. */
  readonly analyzed: string[] = [];
  /** Analyses wait for this. */
  gate: Promise<void> = Promise.resolve();

  async describe(path: string): Promise<Description> {
    await Promise.resolve();
    const { checkpoint } = this.#make(path).result;
    return { checkpoint, fault: null, state: nameOf(checkpoint.fingerprint) };
  }

  async inspect(path: string): Promise<Inspection> {
    return {
      schema: INSPECTION_SCHEMA,
      ...(await this.describe(path)),
      metadata: {},
      tensors: [],
      blocks: 0,
      projections: [],
      skipped: [],
      warnings: [],
    };
  }

  /** By path: checkpoints that are low-rank adapters. */
  readonly adapters = new Map<string, AdapterInfo>();
  /** The bases that analyses were asked for with. */
  readonly bases: unknown[] = [];

  adapter(path: string): Promise<AdapterInfo | null> {
    return Promise.resolve(this.adapters.get(path) ?? null);
  }

  async inspectPacked(path: string): Promise<PackedInspection> {
    return {
      ...(await this.describe(path)),
      metadata: [],
      format: 'safetensors',
      metadataLeftOut: 0,
      blocks: 0,
      warnings: [],
      tensors: packTensors({ tensors: [], projections: [], skipped: [] }),
    };
  }

  async describeInitial(path: string, kind: DrawnBaseline): Promise<InitialDescription> {
    await Promise.resolve();
    return { checkpoint: this.#make(path, kind).result.checkpoint, state: null };
  }

  async recognize(path: string): Promise<ResultSource> {
    await Promise.resolve();
    return sourced(this.#make(path)).source;
  }

  async analyze(
    path: string,
    settings: AnalysisSettings,
    options: RunOptions = {},
  ): Promise<SourcedAnalysis> {
    this.analyzed.push(path);
    this.bases.push(options.base);
    return this.#analyze(path, this.#make(path), settings, options);
  }

  async analyzeInitial(
    path: string,
    kind: DrawnBaseline,
    settings: AnalysisSettings,
    options: RunOptions = {},
  ): Promise<SourcedAnalysis> {
    this.analyzed.push(`${DRAWN[kind]} ${path}`);
    return this.#analyze(path, this.#make(path, kind), settings, options);
  }

  async #analyze(
    path: string,
    analysis: Analysis,
    settings: AnalysisSettings,
    { signal, onProgress }: RunOptions,
  ): Promise<SourcedAnalysis> {
    onProgress?.({ done: 0, total: settings.samples, bytesRead: 0 });
    await Promise.race([this.gate, rejectOnAbort(path, signal)]);
    return sourced({ ...analysis, result: { ...analysis.result, settings } });
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

  /** @param drawn the network before training, of the same content for every path. */
  #make(path: string, drawn?: DrawnBaseline): Analysis {
    const failure = this.failures.get(drawn ? `${DRAWN[drawn]} ${path}` : path);
    if (failure) throw failure;
    const analysis = makeAnalysis(drawn ? DRAWN[drawn] : (this.contents.get(path) ?? path), path);
    if (!drawn) return analysis;
    const checkpoint = {
      ...analysis.result.checkpoint,
      step: 0,
      weights: { kind: drawn, source: 'a source' },
    };
    return { ...analysis, result: { ...analysis.result, checkpoint } };
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
