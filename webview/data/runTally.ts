/** The progress of a run. */
import type { Run } from '../../src/protocol/trends';

/** The number of checkpoints in each state. */
export function tally({ checkpoints }: Run): { done: number; busy: number; failed: number; missing: number } {
  const count = (...kinds: string[]): number =>
    checkpoints.filter(({ state }) => kinds.includes(state.kind)).length;
  return {
    done: count('done'),
    busy: count('queued', 'running', 'elsewhere'),
    failed: count('failed'),
    // Deleted checkpoints cannot be analyzed any more.
    missing: checkpoints.filter(({ state, deleted }) => state.kind === 'missing' && !deleted).length,
  };
}
