/** Limits how many jobs of one analysis run at once in a pool; the first idle worker takes each job. */
import pLimit, { type LimitFunction } from 'p-limit';
import type { Jobs } from './job';
import type { WorkerPool } from './pool';

export class LimitedPool {
  readonly #limit: LimitFunction;

  constructor(
    private readonly pool: WorkerPool,
    readonly threads: number,
  ) {
    this.#limit = pLimit(threads);
  }

  /** @throws as the pool does. */
  run<K extends keyof Jobs>(
    name: K,
    params: Parameters<Jobs[K]>[0],
    subject: string,
    kill: AbortSignal,
  ): Promise<ReturnType<Jobs[K]>> {
    return this.#limit(() => this.pool.run(name, params, subject, kill));
  }

  /** Ends what was announced under a name. */
  forget(name: string): void {
    this.pool.forget(name);
  }
}
