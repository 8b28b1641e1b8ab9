/**
 * The engine that the extension and the command line share: it owns the worker pool and turns one checkpoint into
 * one result.
 */
import type { Analysis, AnalysisSettings } from '../protocol/analysis';
import type { Inspection } from '../protocol/inspection';
import type { AnalysisProgress } from '../protocol/panel';

export interface EngineOptions {
  /** Worker threads; default: processors − 1, at least 1. */
  threads?: number;
  /** Folder of the bundled `job.js` and `worker.js`. */
  directory: string;
  /** Told of faults of the pool that belong to no job. */
  onError?: (error: Error) => void;
}

export interface RunOptions {
  signal?: AbortSignal;
  onProgress?: (progress: AnalysisProgress) => void;
}

export class Engine {
  constructor(options: EngineOptions) {
    options;
  }

  /** Reads headers only. @throws NeuroMfaError naming the file, the cause and the next step. */
  inspect(path: string, options: RunOptions = {}): Promise<Inspection> {
    path;
    options;
    throw new Error('in the making');
  }

  /** Analyses the checkpoint at `path` (a file, an index, or a folder holding one checkpoint). */
  analyze(path: string, settings: AnalysisSettings, options: RunOptions = {}): Promise<Analysis> {
    path;
    settings;
    options;
    throw new Error('in the making');
  }

  /** Ends the workers; running analyses reject as cancelled. */
  async dispose(): Promise<void> {
    await Promise.resolve();
  }
}
