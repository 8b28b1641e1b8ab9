/** Finds the number of workers of an analysis within its memory limit. */
import { totalmem } from 'node:os';
import { CHUNK_BYTES } from '../core/counting/chunks';
import type { Workload } from '../core/analysis/workload';
import { NeuroMfaError } from '../protocol/errors';
import { memorySize } from '../protocol/format';
import { allowance } from './allowance';

const MB = 2 ** 20;
/** Chunks shrink to this size before the number of workers does. */
const MIN_CHUNK = MB;

/** A kernel addresses its memory with 32 bits. */
const MAX_KERNEL_BYTES = 2 ** 32 - 2 ** 16;

/** The default limit: a quarter of the machine's memory, or half of this process's limit, and at most 2 GB. */
export function defaultMemory(): number {
  return Math.min(2048 * MB, totalmem() / 4, allowance().memory / 2);
}

export interface Allocation {
  threads: number;
  /** Input that each worker reads at once, in bytes. */
  chunkBytes: number;
  /** Memory of all workers and of the result, in bytes. */
  memory: number;
}

export interface MemoryLimits {
  /** Bytes that the workers and the result of an analysis may take together. */
  memory: number;
  /** Bytes that the result alone may take. */
  result: number;
}

/**
 * As many workers as fit, at most `threads`.
 *
 * @throws NeuroMfaError `usage` about `subject` where not even one fits beside the result; it names the settings that
 *   determine the memory, what is needed and allowed, and what raises the limit.
 */
export function allocationWithin(
  { memory, result }: MemoryLimits,
  threads: number,
  work: Workload,
  subject: string,
): Allocation {
  const least = Math.max(work.leastChunk, MIN_CHUNK);
  const fixed = work.sharedBytes + work.resultBytes + work.waitingBytes;
  const fitting = Math.min(threads, Math.floor((memory - fixed) / (work.workerBytes + least)));
  const refused = (cause: string, nextStep: string): NeuroMfaError =>
    new NeuroMfaError('usage', subject, `${work.size} ${cause}`, nextStep);
  const fewer = 'lower samples, neurons or threshold, raise qStep, or take a part of the network';
  if (work.resultBytes > result) {
    throw refused(
      `make a result of up to ${memorySize(work.resultBytes)}, and the editor holds ${memorySize(result)} at most`,
      `Use the command line, where --memory decides, or ${fewer}`,
    );
  }
  if (fitting < 1) {
    const needed = fixed + work.workerBytes + least;
    throw refused(
      `need up to ${memorySize(needed)} of memory with one worker, of which the result is ${memorySize(work.resultBytes)}, and ${memorySize(memory)} are allowed`,
      `Allow more (neuromfa.workers.memory, --memory), ${fewer}`,
    );
  }
  if (work.kernelBytes > MAX_KERNEL_BYTES) {
    throw refused(
      `need ${memorySize(work.kernelBytes)} in a single worker's kernel, which holds ${memorySize(MAX_KERNEL_BYTES)} at most`,
      `${fewer.charAt(0).toUpperCase()}${fewer.slice(1)}`,
    );
  }
  const available = (memory - fixed) / fitting - work.workerBytes;
  const chunkBytes = Math.max(least, Math.min(CHUNK_BYTES, Math.floor(available)));
  return {
    threads: fitting,
    chunkBytes,
    memory: fixed + fitting * (work.workerBytes + chunkBytes),
  };
}
