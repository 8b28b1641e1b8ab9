/** `--threads` and `--memory` of the commands that compute. */
import type { Command } from 'commander';
import { NeuroMfaError } from '../protocol/errors';
import { allowance } from '../worker/allowance';
import type { EngineOptions } from '../worker/engine';
import { MemoryBudget } from '../worker/memoryBudget';
import { parseNumber } from './settingOptions';

/** As commander hands them over. */
export interface WorkerOptions {
  threads?: number;
  /** In MB. */
  memory?: number;
}

/** More than these are a slip of the finger. */
const MAX_THREADS = 256;
const MAX_MEMORY = 2 ** 24;

const MB = 2 ** 20;

export function addWorkerOptions(command: Command): Command {
  return command
    .option(
      '--threads <n>',
      'worker threads (default: all processors that it may use, fewer for little work)',
      parseNumber,
    )
    .option(
      '--memory <MB>',
      "what workers and result may take (default: a quarter of the machine's, half of a job's, 2048 at most)",
      parseNumber,
    );
}

/** @throws NeuroMfaError `usage` that names the option. */
export function engineOptions({
  threads,
  memory,
}: WorkerOptions): Pick<EngineOptions, 'threads' | 'mostThreads' | 'memory'> {
  check('--threads', threads, MAX_THREADS, 'Leave it out to use all processors');
  check('--memory', memory, MAX_MEMORY, "Give MB, or leave it out to use a quarter of the machine's");
  return {
    // Nobody waits for an editor here.
    ...(threads === undefined ? { mostThreads: allowance().processors } : { threads }),
    ...(memory !== undefined && { memory: new MemoryBudget(() => memory * MB) }),
  };
}

function check(option: string, value: number | undefined, most: number, nextStep: string): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= most)) return;
  throw new NeuroMfaError('usage', option, `${value} is not a whole number from 1 to ${most}`, nextStep);
}
