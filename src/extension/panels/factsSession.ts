/** The facts about the values of one checkpoint's tensors: not requested, being computed, failed, or known. */
import { factsAsCsv } from '../../core/compare/factsCsv';
import { errorData, NeuroMfaError } from '../../protocol/errors';
import type { FactsState } from '../../protocol/inspect';
import type { AnalysisProgress } from '../../protocol/panel';
import { columnsOf } from '../../protocol/tensorColumns';
import { FACT_KEYS, type TensorFacts } from '../../protocol/tensorFacts';
import { Emitter } from '../emitter';

export class FactsSession {
  readonly #changed = new Emitter<FactsState>();
  readonly onChange = this.#changed.event;
  #state: FactsState = { kind: 'none' };
  #tensors: readonly TensorFacts[] = [];
  #work: AbortController | undefined;

  /** @param read reads every value. */
  constructor(
    private readonly read: (
      signal: AbortSignal,
      onProgress: (progress: AnalysisProgress) => void,
    ) => Promise<readonly TensorFacts[]>,
  ) {}

  get state(): FactsState {
    return this.#state;
  }

  /** Settles when it has ended, successfully or not. */
  async compute(): Promise<void> {
    this.#work?.abort();
    const work = new AbortController();
    this.#work = work;
    this.#set({ kind: 'running', done: 0, total: 0 });
    const state = await this.read(work.signal, ({ done, total }) => {
      if (this.#work === work && !work.signal.aborted) this.#set({ kind: 'running', done, total });
    }).then(
      (tensors): FactsState => {
        if (this.#work === work) this.#tensors = tensors;
        return { kind: 'done', tensors: columnsForPage(tensors) };
      },
      (thrown: unknown): FactsState => {
        const error = errorData(thrown);
        return work.signal.aborted || error.code === 'cancelled'
          ? { kind: 'none' }
          : { kind: 'failed', error };
      },
    );
    if (this.#work === work) this.#set(state);
  }

  /** Stops reading and discards known facts. */
  reset(): void {
    this.#work?.abort();
    this.#work = undefined;
    this.#tensors = [];
    if (this.#state.kind !== 'none') this.#set({ kind: 'none' });
  }

  histogram(tensor: number): { min: number; max: number; counts: number[] } | null {
    return this.#tensors[tensor]?.values?.histogram ?? null;
  }

  /** @throws NeuroMfaError `usage` where there are no facts. */
  csv(subject: string): string {
    if (this.#state.kind !== 'done')
      throw new NeuroMfaError('usage', subject, 'its facts are not computed', 'Compute them first');
    return [...factsAsCsv(this.#tensors)].join('');
  }

  #set(state: FactsState): void {
    this.#state = state;
    this.#changed.fire(state);
  }
}

const columnsForPage = (tensors: readonly TensorFacts[]): ReturnType<typeof columnsOf> =>
  columnsOf(
    tensors.map(({ name, shape, dtype, values }) => ({
      ...{ name, shape, type: dtype },
      numbers: FACT_KEYS.map((key) => values?.[key]),
    })),
  );
