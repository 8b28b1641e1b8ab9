/** An executor that is created with its first task: until then neither its code nor its threads cost time. */
import type { Answer, Executor, Follow, Task, Verb } from './executor';

export class DeferredExecutor implements Executor {
  #made: Promise<Executor> | undefined;
  #disposed = false;

  constructor(private readonly make: () => Promise<Executor>) {}

  async submit<V extends Verb>(task: Task<V>, follow: Follow): Promise<Answer<V>> {
    this.#made ??= this.#begin();
    return (await this.#made).submit(task, follow);
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await (await this.#made)?.dispose();
  }

  async #begin(): Promise<Executor> {
    const executor = await this.make();
    // Its tasks reject as those of one that has been at work.
    if (this.#disposed) await executor.dispose();
    return executor;
  }
}
