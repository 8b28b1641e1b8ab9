/** Some workers of a pool: at most so many of its jobs run at once, and the pool's first idle worker takes each. */
import type { Jobs } from './job';
import type { WorkerPool } from './pool';

export class LimitedPool {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly pool: WorkerPool,
    readonly threads: number,
  ) {}

  /** @throws as the pool does. */
  async run<K extends keyof Jobs>(
    name: K,
    params: Parameters<Jobs[K]>[0],
    subject: string,
    kill: AbortSignal,
  ): Promise<ReturnType<Jobs[K]>> {
    if (this.#running < this.threads) this.#running++;
    else await new Promise<void>((go) => this.#waiting.push(go));
    try {
      return await this.pool.run(name, params, subject, kill);
    } finally {
      // Whoever waits takes the place of this one.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
