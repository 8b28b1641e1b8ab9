/** What a reader should know about the order of a run's checkpoints. */
import type { Fact } from './facts';
import type { RunOrder } from './run';

/** Null where steps determine the order. */
export function orderFact(orderedBy: RunOrder): Fact | null {
  if (orderedBy === 'step') return null;
  return orderedBy === 'time' ? { code: 'ordered-by-time' } : { code: 'ordered-by', by: orderedBy };
}
