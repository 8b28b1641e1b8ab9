/**
 * A safety net under code that never returns or takes all memory: a thread of its own ends the process then, and says
 * which input it was. Nothing that ends by itself is ever judged by its speed.
 */
import { Worker } from 'node:worker_threads';

/** Inputs take milliseconds. */
const LONGEST_SECONDS = 300;
/** The process itself takes a few hundred MB; no input has more than some KB. */
const MAX_BYTES = 4 * 2 ** 30;

const SCRIPT = `
const { workerData: { beat, name, seconds, bytes } } = require('node:worker_threads');
const { writeSync } = require('node:fs');
let last = -1, since = Date.now();
setInterval(() => {
  const seed = Atomics.load(beat, 0);
  if (seed !== last) { last = seed; since = Date.now(); }
  const idle = (Date.now() - since) / 1000, taken = process.memoryUsage.rss();
  if (idle < seconds && taken < bytes) return;
  writeSync(2, 'fuzz ' + name + ': input ' + seed + ' has taken ' + idle.toFixed(0) + ' s, and the process ' +
    (taken / 2 ** 20).toFixed(0) + ' MB; it is ended here\\n');
  process.kill(process.pid, 'SIGKILL');
}, 500);
`;

export class Watchdog {
  readonly #beat = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;

  constructor(name: string) {
    const workerData = { beat: this.#beat, name, seconds: LONGEST_SECONDS, bytes: MAX_BYTES };
    this.#worker = new Worker(SCRIPT, { eval: true, workerData });
    this.#worker.unref();
  }

  /** To be told of every input before it is tried. */
  begin(seed: number): void {
    Atomics.store(this.#beat, 0, seed);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
