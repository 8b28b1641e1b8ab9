/** An engine whose checkpoints are made up: path → content, or an error. */
import type { EngineLike } from '../../../src/extension/services/engineHost';
import { EngineHost } from '../../../src/extension/services/engineHost';
import type { ResultSource } from '../../../src/core/store/resultSource';
import type { AdapterInfo, Analysis } from '../../../src/protocol/analysis';
import type { TensorComparison } from '../../../src/protocol/comparison';
import { NeuroMfaError } from '../../../src/protocol/errors';
import type { MethodSettings, Subject } from '../../../src/protocol/subject';
import type { WeightKind } from '../../../src/protocol/weights';
import { packTensors } from '../../../src/protocol/tensorTable';
import type { Inspection } from '../../../src/protocol/inspection';
import type { RunOptions } from '../../../src/worker/engine';
import type { CheckpointFacts, SourcedAnalysis } from '../../../src/worker/executor';
import type { Description } from '../../../src/worker/inspectJobs';
import type { WorkEstimate } from '../../../src/worker/approval';
import type { Metrics } from '../../../src/protocol/metrics';
import { makeAnalysis, nameOf, sourced } from '../support/analysis';

/** What the log of analyses calls drawn networks. */
const NAMES: Record<WeightKind, string> = { stored: '', init: 'untrained ', gaussian: 'gaussian ' };

export class FakeEngine implements EngineLike {
  /** What the checkpoint at a path holds; any string. */
  readonly contents = new Map<string, string>();
  readonly failures = new Map<string, Error>();
  /** The same of analyses alone: whatever opens it finds it whole. */
  readonly failing = new Map<string, Error>();
  /** What a path holds now, in place of `contents`. @throws where nothing whole is there. */
  opened: ((path: string) => string) | null = null;
  /** What was analyzed, by content. */
  readonly analyzedContents: string[] = [];
  /** The paths that were analyzed; "untrained /a" for the network before training. */
  readonly analyzed: string[] = [];
  /** By which radii, in the same order. */
  readonly radii: string[] = [];
  /** By the path of a run: what logs beside it tell. */
  readonly logs = new Map<string, Metrics | Error>();
  /** Runs whose logs were read. */
  readonly readLogs: string[] = [];

  async metrics({ path, files }: { path: string; files?: readonly string[] }): Promise<Metrics> {
    await Promise.resolve();
    this.readLogs.push(path);
    const found = this.logs.get(files?.join() ?? path) ?? { files: [], values: [] };
    if (found instanceof Error) throw found;
    return found;
  }

  price(): Promise<{ bytes: number; requests: number }> {
    return Promise.reject(new Error('nothing lies elsewhere'));
  }

  estimate(): Promise<WorkEstimate> {
    return Promise.resolve({ fileBytes: 10, bytes: 10, seconds: 1, threads: 1, memory: 1e8 });
  }

  /** Analyses wait for this. */
  gate: Promise<void> = Promise.resolve();

  async describe(subject: Subject): Promise<Description> {
    await Promise.resolve();
    const { checkpoint } = this.#make(subject).result;
    const adapter = this.adapters.get(subject.at);
    const stored = subject.weights.kind === 'stored';
    return {
      checkpoint: adapter ? { ...checkpoint, adapter } : checkpoint,
      fault: null,
      state: stored ? nameOf(checkpoint.fingerprint) : null,
    };
  }

  async inspect(subject: Subject): Promise<Inspection> {
    return {
      ...(await this.describe(subject)),
      metadata: {},
      blocks: 0,
      warnings: [],
      tensors: packTensors({ tensors: [], projections: [], skipped: [] }),
    };
  }

  /** By path: checkpoints that are low-rank adapters. */
  readonly adapters = new Map<string, AdapterInfo>();
  /** The bases that analyses were asked for with. */
  readonly bases: unknown[] = [];

  async facts(subject: Subject): Promise<CheckpointFacts> {
    const { checkpoint } = await this.describe(subject);
    return { checkpoint, tensors: [] };
  }

  /** What comparing tensors gives. */
  comparison: TensorComparison | Error = new Error('no tensors are made up');
  /** Pairs whose tensors were compared. */
  readonly compared: [string, string][] = [];

  async compare(a: Subject, b: Subject, { signal, onProgress }: RunOptions = {}): Promise<TensorComparison> {
    this.compared.push([a.at, b.at]);
    onProgress?.({ done: 0, total: 1, bytesRead: 0 });
    await Promise.race([this.gate, rejectOnAbort(b.at, signal)]);
    if (this.comparison instanceof Error) throw this.comparison;
    return this.comparison;
  }

  async recognize(subject: Subject): Promise<ResultSource> {
    await Promise.resolve();
    return sourced(this.#make(subject)).source;
  }

  async analyze(
    subject: Subject,
    settings: MethodSettings,
    { signal, onProgress }: RunOptions = {},
  ): Promise<SourcedAnalysis> {
    const { at, weights, part } = subject;
    this.analyzed.push(NAMES[weights.kind] + at);
    this.radii.push(settings.radii.rule);
    if (weights.kind === 'stored') this.bases.push(subject.base);
    const analysis = this.#make(subject);
    this.analyzedContents.push(analysis.result.checkpoint.fingerprint);
    const failure = this.failing.get(at);
    if (failure) throw failure;
    onProgress?.({ done: 0, total: settings.samples, bytesRead: 0 });
    await Promise.race([this.gate, rejectOnAbort(at, signal)]);
    return sourced({ ...analysis, result: { ...analysis.result, settings: { ...settings, subset: part } } });
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

  /** A network before training has the same content for every path. */
  #make({ at, weights: { kind } }: Subject): Analysis {
    const failure = this.failures.get(NAMES[kind] + at);
    if (failure) throw failure;
    const content = kind === 'stored' ? (this.opened?.(at) ?? this.contents.get(at) ?? at) : NAMES[kind];
    const analysis = makeAnalysis(content.trim(), at);
    if (kind === 'stored') return analysis;
    const weights = { kind, source: 'a source' };
    const checkpoint = { ...analysis.result.checkpoint, step: 0, weights };
    return { ...analysis, result: { ...analysis.result, checkpoint } };
  }
}

function rejectOnAbort(path: string, signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => {
      reject(new NeuroMfaError('cancelled', path, 'it was canceled', ''));
    };
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
  });
}
