import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { FactsSession } from '../../../src/extension/panels/factsSession';
import { inspectModelSchema, type FactsState } from '../../../src/protocol/inspect';
import type { TensorFacts } from '../../../src/protocol/tensorFacts';

const FACTS: TensorFacts[] = [
  {
    name: 'a',
    dtype: 'Q4_K',
    shape: [2, 2],
    elements: 4,
    values: {
      ...{ nan: 1, infinite: 0, zeros: 1, min: -1, max: 2, mean: 0.5, sd: 0.25, rms: 1 },
      histogram: { min: -1, max: 2, counts: [1, 2] },
    },
  },
  { name: 'index', dtype: 'I64', shape: [], elements: 1, values: null },
];

/** As the page takes it. */
const shown = ({ state }: FactsSession): FactsState => v.parse(inspectModelSchema.entries.facts, state);

describe('tensor facts', () => {
  it('are columns with a histogram for each tensor, and CSV', async () => {
    const session = new FactsSession((_signal, tell) => {
      tell({ done: 1, total: 2, bytesRead: 0 });
      return Promise.resolve(FACTS);
    });
    const heard: FactsState[] = [];
    session.onChange((state) => heard.push(state));
    expect(() => session.csv('/a')).toThrow('its facts are not computed');
    await session.compute();
    expect(heard.slice(0, 2)).toEqual([
      { kind: 'running', done: 0, total: 0 },
      { kind: 'running', done: 1, total: 2 },
    ]);
    const state = shown(session);
    if (state.kind !== 'done') throw new Error(state.kind);
    expect(state.tensors).toMatchObject({
      names: ['a', 'index'],
      shapes: ['2 × 2', '1'],
      types: ['Q4_K', 'I64'],
    });
    expect([...state.tensors.numbers]).toEqual([
      -1,
      2,
      0.5,
      0.25,
      1,
      1,
      1,
      0,
      ...new Array<number>(8).fill(NaN),
    ]);
    expect(session.histogram(0)).toEqual({ min: -1, max: 2, counts: [1, 2] });
    expect(session.histogram(1)).toBeNull();
    expect(session.histogram(9)).toBeNull();
    expect(session.csv('/a')).toMatch(
      /^tensor,type,shape,elements,min,max,mean,sd,rms,zeros,nan,infinite,histogram_0/,
    );
  });

  it('are stopped, and what comes late counts no more', async () => {
    let signal: AbortSignal | undefined;
    let finish: (facts: TensorFacts[]) => void = () => undefined;
    const session = new FactsSession((given) => {
      signal = given;
      return new Promise((resolve) => {
        finish = resolve;
      });
    });
    const computing = session.compute();
    session.reset();
    expect(signal!.aborted).toBe(true);
    finish(FACTS);
    await computing;
    expect(session.state).toEqual({ kind: 'none' });
    expect(session.histogram(0)).toBeNull();
  });

  it('say why the values could not be read', async () => {
    const session = new FactsSession(() => Promise.reject(new Error('gone')));
    await session.compute();
    expect(shown(session)).toMatchObject({ kind: 'failed', error: { cause: 'gone' } });
  });
});
