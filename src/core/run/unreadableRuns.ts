/** Runs whose checkpoints have layouts that cannot be read. */
import { basename, dirname } from 'node:path';
import type { NeuroMfaError } from '../../protocol/errors';
import { unreadableLayout, type Recognized } from '../checkpoint/layouts';
import { readName } from '../checkpoint/step';
import { groupBy } from '../groupBy';

/** Number of folders between a run and its checkpoint in the table of layouts: `global_step_100/actor`. */
const MAX_LEVELS = 3;

/** The layout of each run, as a reason that names its folder, in the order of the folders. */
export function unreadableRuns(others: readonly Recognized[]): NeuroMfaError[] {
  return [...groupBy(others, ({ root }) => runOf(root))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([folder, found]) => unreadableLayout(folder, found) ?? []);
}

function runOf(root: string): string {
  let run = dirname(root);
  for (let at = root, level = 0; level < MAX_LEVELS; level++, at = dirname(at)) {
    const { step, epoch } = readName(basename(at), false);
    if (step !== null || epoch !== null) run = dirname(at);
  }
  return run;
}
