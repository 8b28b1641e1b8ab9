/** A Slurm in memory for what a real one does not do on demand, and a clock that jumps. */
import type { Clock } from '../../../src/dispatch/clock';
import type { SlurmTask } from '../../../src/dispatch/slurmCommands';
import { NeuroMfaError } from '../../../src/protocol/errors';

export class FakeClock implements Clock {
  #now = 0;
  /** Called after each wait: what happens meanwhile. */
  onWait: (now: number) => void | Promise<void> = () => undefined;

  now(): number {
    return this.#now;
  }

  async wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#now += milliseconds;
    await this.onWait(this.#now);
    await new Promise((turn) => setImmediate(turn));
    signal?.throwIfAborted();
  }
}

export class FakeSlurm {
  readonly queue = new Map<string, SlurmTask>();
  readonly submitted: string[][] = [];
  readonly cancelled: string[] = [];
  asked = 0;
  /** What sbatch says instead of taking a job. */
  refusal: string | null = null;
  /** Jobs that it takes before it refuses. */
  accepts = Infinity;
  silent = false;
  size = 1001;

  sbatch(args: readonly string[]): Promise<string> {
    if (this.refusal !== null && this.submitted.length >= this.accepts % 1e9)
      return Promise.reject(new NeuroMfaError('usage', 'sbatch', this.refusal, 'Change the options'));
    this.submitted.push([...args]);
    const id = String(100 + this.submitted.length);
    for (const index of this.indices(this.submitted.length - 1))
      this.set(`${id}_${index}`, 'PENDING', 0, 'Priority');
    return Promise.resolve(id);
  }

  squeue(): Promise<Map<string, SlurmTask>> {
    this.asked++;
    if (this.silent)
      return Promise.reject(
        new NeuroMfaError('usage', 'squeue', 'Unable to contact slurm controller', 'Ask'),
      );
    return Promise.resolve(new Map(this.queue));
  }

  scancel(ids: readonly string[]): Promise<void> {
    this.cancelled.push(...ids);
    return Promise.resolve();
  }

  maxArraySize(): Promise<number> {
    return Promise.resolve(this.size);
  }

  set(name: string, state: string, status = 0, reason: string | null = null): void {
    this.queue.set(name, { state, status, reason, node: state === 'PENDING' ? null : 'n1' });
  }

  /** The indices of a submitted array. */
  indices(submission: number): number[] {
    const words = this.submitted[submission]!.find((word) => word.startsWith('--array='))!;
    return words
      .slice('--array='.length)
      .replace(/%.*/, '')
      .split(',')
      .flatMap((range) => {
        const [a, b = a] = range.split('-').map(Number) as [number, number?];
        return Array.from({ length: b - a + 1 }, (_, i) => a + i);
      });
  }
}
