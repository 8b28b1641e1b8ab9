/** How far a run has come. */
import type { Run } from '../../src/protocol/trends';

/** How many checkpoints are in each state. */
export function tally({ checkpoints }: Run): { done: number; busy: number; failed: number; missing: number } {
  const count = (...kinds: string[]): number =>
    checkpoints.filter(({ state }) => kinds.includes(state.kind)).length;
  return {
    done: count('done'),
    busy: count('queued', 'running', 'elsewhere'),
    failed: count('failed'),
    // What is deleted cannot be analyzed any more.
    missing: checkpoints.filter(({ state, deleted }) => state.kind === 'missing' && !deleted).length,
  };
}
