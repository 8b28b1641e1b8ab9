#!/usr/bin/env node
/**
 * The `neuromfa` program. The thread that opens the checkpoint is started before anything else: it takes as long to load its own
 * script as this one takes to load the command and to read its options.
 */
import { join } from 'node:path';
import type { WorkerThread } from '../worker/thread';

/** Commands that always open checkpoints; `run` opens none whose result is stored. */
const OPENING = new Set(['analyze', 'compare', 'inspect']);
/** Words with which they only print. */
const PRINTING = new Set(['--help', '-h', '--version', '-V']);

async function begin(words: readonly string[]): Promise<WorkerThread | null> {
  if (!OPENING.has(words[0] ?? '') || words.some((word) => PRINTING.has(word))) return null;
  try {
    const { WorkerThread: Thread } = await import('../worker/thread');
    return new Thread(join(__dirname, 'job.js'));
  } catch {
    // The first job tries again, and reports why there is none.
    return null;
  }
}

async function main(): Promise<void> {
  const words = process.argv.slice(2);
  const begun = await begin(words);
  const { runProcess } = await import('./cliProcess');
  await runProcess(words, begun);
}

void main();
