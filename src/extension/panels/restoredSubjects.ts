/** What a panel showed before the window was reloaded. */
import { isAbsolute } from 'node:path';
import * as v from 'valibot';
import { spectrumStateSchema } from '../../protocol/panel';
import { nameSubjects, type Subject } from '../subjects';

/** More checkpoints than anyone overlays: a longer list is not ours. */
const MAX_RESTORED = 1_000;

/**
 * The checkpoints of a panel's stored state, or none when it cannot be understood. It comes from a page, perhaps of
 * another version: nothing in it is taken on trust.
 */
export function restoredSubjects(state: unknown): Subject[] {
  const parsed = v.safeParse(spectrumStateSchema, state);
  if (!parsed.success) return [];
  const paths = [...new Set(parsed.output.paths)];
  return paths.length <= MAX_RESTORED && paths.every(isAbsolute) ? nameSubjects(paths) : [];
}
