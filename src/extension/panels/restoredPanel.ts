/** What a panel showed before the window was reloaded. */
import { isAbsolute } from 'node:path';
import * as v from 'valibot';
import { spectrumStateSchema } from '../../protocol/panel';
import type { OwnSettings } from '../ownSettings';
import { nameCheckpoints, type PanelCheckpoint } from '../panelCheckpoints';

/** More checkpoints than anyone overlays: a longer list is not ours. */
const MAX_RESTORED = 1_000;

export interface RestoredPanel {
  checkpoints: PanelCheckpoint[];
  own: OwnSettings;
}

/**
 * The panel of a stored state; without checkpoints when it cannot be understood. It comes from a page, perhaps of
 * another version, so nothing in it is trusted.
 */
export function restoredPanel(state: unknown): RestoredPanel {
  const parsed = v.safeParse(spectrumStateSchema, state);
  if (!parsed.success) return { checkpoints: [], own: {} };
  const { paths, version: _version, ...own } = parsed.output;
  const unique = [...new Set(paths)];
  const ours = unique.length <= MAX_RESTORED && unique.every((path) => isAbsolute(path));
  return { checkpoints: ours ? nameCheckpoints(unique) : [], own };
}
