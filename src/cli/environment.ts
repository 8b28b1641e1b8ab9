/** What the command line needs from the process around it, so that tests can stand in for it. */
import type { Tool } from '../core/agents/tools';
import type { ReportBundle } from '../core/report/reportBundle';
import type { RemoteEntrance } from '../remote/entrance';
import type { Engine, EngineOptions } from '../worker/engine';

export type CliEngine = Pick<
  Engine,
  'analyze' | 'recognize' | 'estimate' | 'price' | 'describe' | 'inspect' | 'facts' | 'compare' | 'dispose'
>;

/** Tools as a server offers them. */
export interface McpService {
  tools: readonly Tool[];
  /** @throws Error whose message is for the caller. */
  call: (name: string, given: unknown, signal: AbortSignal) => Promise<string>;
  signal: AbortSignal;
}

export interface CliEnvironment {
  /** Carries the result and nothing else. Rejects when the result cannot be delivered. */
  writeResult(text: string): Promise<void>;
  /** Errors and progress. */
  writeError(text: string): void;
  /** Whether somebody watches the errors, and so the progress, as they come. */
  interactive: boolean;
  /** Puts a question that yes or no answers; left out where nobody is there to be asked. */
  ask?: (question: string) => Promise<boolean>;
  /** The user's folder for what can be computed again. It need not exist. @throws where the user has none. */
  cacheDirectory(): string;
  /** The folder of the built scripts. */
  programDirectory: string;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  /** The figures of reports. @throws NeuroMfaError `missing`. */
  readReportBundle(): Promise<ReportBundle>;
  /** Serves tools over standard input and output until its client goes. @throws NeuroMfaError `missing`. */
  serveMcp(service: McpService): Promise<void>;
  /** What lies at addresses; without it none are read. */
  remote?: RemoteEntrance;
  createEngine(
    options: Pick<EngineOptions, 'threads' | 'mostThreads' | 'memory' | 'approve' | 'onError' | 'kept'>,
  ): CliEngine;
}

export const EXIT = {
  success: 0,
  /** Some path failed; what succeeded has still been printed. */
  failure: 1,
  /** The options are wrong; nothing was done. */
  usage: 2,
  /** 128 + SIGINT, as shells have it. */
  interrupted: 130,
} as const;
