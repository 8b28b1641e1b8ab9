/** Runs as they are found, before anything of them is analyzed. */
import type { RunResult } from '../../core/emergence/runResult';
import type { AnalysisResult } from '../../protocol/analysis';
import type { Fact } from '../../protocol/facts';
import type { Duplicates } from '../../protocol/remote';
import type { RunInfo } from '../../protocol/run';
import type { DrawnKind } from '../../protocol/weights';
import type { Listen } from '../emitter';

export interface ListedCheckpoint extends Duplicates {
  path: string;
  name: string;
  step: number | null;
  /** As names or notes give them. */
  epoch?: number | null;
  tokens?: number | null;
  /** The trainer has deleted it: nothing of it is left but its results. */
  deleted?: true;
}

/** A run, wherever it comes from: found by discovery, or a set of saved results. */
export interface ListedRun extends RunInfo {
  id: string;
  /** What it is called by its folder, where its readers call it otherwise: logs know it by this. */
  foundAs?: string;
  /** In order of training; at least one. */
  checkpoints: readonly ListedCheckpoint[];
  /** Checkpoints beside them whose place in the order is unknown. */
  leftOut?: readonly { fact: Fact }[];
  /** Each new checkpoint is analyzed once it is whole. */
  watched?: true;
  /** Its paths are addresses: nothing of it is on this disk. */
  remote?: true;
  /** Its server has not answered in this window: when it last listed what is there, in milliseconds since 1970; null if not known. */
  unchecked?: number | null;
  /** Results without checkpoints, by path; absent where the checkpoints are at hand. */
  saved?: {
    results: ReadonlyMap<string, AnalysisResult>;
    /** Of those whose E is over common neurons; see {@link RunResult}. */
    common?: ReadonlyMap<string, RunResult['common']>;
    drawn: Partial<Record<DrawnKind, AnalysisResult>>;
  };
}

/** Where runs come from. */
export interface RunList {
  readonly runs: readonly ListedRun[];
  readonly onChange: Listen<void>;
}
