/**
 * Owns the engine: creates it at first use, replaces it when the number of threads changes, disposes of it with the
 * extension.
 */
import type { Engine } from '../../worker/engine';

export type EngineLike = Pick<
  Engine,
  | 'describe'
  | 'estimate'
  | 'price'
  | 'inspect'
  | 'metrics'
  | 'analyze'
  | 'compare'
  | 'facts'
  | 'recognize'
  | 'dispose'
>;

interface Tenancy {
  engine: EngineLike;
  threads: number;
  users: number;
}

export class EngineHost {
  #current: Tenancy | undefined;
  readonly #all = new Set<Tenancy>();

  /**
   * @param threads returns the number of threads in the current settings; 0 lets the engine choose.
   * @param create creates an engine with that many.
   */
  constructor(
    private readonly threads: () => number,
    private readonly create: (threads: number) => EngineLike,
  ) {}

  /** Lends the engine to `work`. A change of threads takes effect with the next loan; present loans finish first. */
  async use<T>(work: (engine: EngineLike) => Promise<T>): Promise<T> {
    const tenancy = this.#acquire();
    tenancy.users++;
    try {
      return await work(tenancy.engine);
    } finally {
      tenancy.users--;
      if (tenancy !== this.#current) await this.#endIfIdle(tenancy);
    }
  }

  /** Ends every engine, whoever uses it. */
  async dispose(): Promise<void> {
    this.#current = undefined;
    const all = [...this.#all];
    this.#all.clear();
    await Promise.all(all.map(({ engine }) => engine.dispose()));
  }

  #acquire(): Tenancy {
    const threads = this.threads();
    if (this.#current?.threads === threads) return this.#current;
    const previous = this.#current;
    this.#current = { engine: this.create(threads), threads, users: 0 };
    this.#all.add(this.#current);
    if (previous) void this.#endIfIdle(previous);
    return this.#current;
  }

  async #endIfIdle(tenancy: Tenancy): Promise<void> {
    if (tenancy.users > 0 || !this.#all.delete(tenancy)) return;
    await tenancy.engine.dispose();
  }
}
