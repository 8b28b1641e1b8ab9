/** How many workers an analysis may have, given the memory that they may take. */
import { totalmem } from 'node:os';
import { CHUNK_BYTES } from '../core/analysis/full/chunks';
import type { Workload } from '../core/analysis/workload';
import { NeuroMfaError } from '../protocol/errors';

const MB = 2 ** 20;
/** Smaller chunks are read before workers are given up. */
const LEAST_CHUNK = MB;

/** Of all workers together, where nobody says: a quarter of the machine's memory, 2 GB at most. */
export function defaultMemory(): number {
  return Math.min(2048 * MB, totalmem() / 4);
}

export interface Crew {
  threads: number;
  /** Of input that each of them reads at once, in bytes. */
  chunkBytes: number;
  /** What all of them take, in bytes. */
  memory: number;
}

/**
 * As many workers as fit, `threads` at most.
 *
 * @param memory bytes that all workers may take.
 * @throws NeuroMfaError `usage` about `subject` where not even one fits.
 */
export function crewWithin(memory: number, threads: number, work: Workload, subject: string): Crew {
  const least = Math.max(work.leastChunk, LEAST_CHUNK);
  const own = memory - work.sharedBytes;
  const fitting = Math.min(threads, Math.floor(own / (work.workerBytes + least)));
  if (fitting < 1) {
    throw new NeuroMfaError(
      'usage',
      subject,
      `one worker needs ${megabytes(work.sharedBytes + work.workerBytes + least)} MB of memory, and ${megabytes(memory)} MB are allowed`,
      'Allow more (neuromfa.workers.memory, --memory), take a part of the network, or sample fewer neurons',
    );
  }
  const room = own / fitting - work.workerBytes;
  const chunkBytes = Math.max(least, Math.min(CHUNK_BYTES, Math.floor(room)));
  return {
    threads: fitting,
    chunkBytes,
    memory: work.sharedBytes + fitting * (work.workerBytes + chunkBytes),
  };
}

function megabytes(bytes: number): string {
  return String(Math.ceil(bytes / MB));
}
