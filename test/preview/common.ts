/** What every host answers alike. */

import type { Drop } from '../../src/protocol/drop';
import { PLAIN_RUN, type ChosenSettings } from '../../src/protocol/chosenSettings';
import { NeuroMfaError } from '../../src/protocol/errors';

/** What was dropped on a page, for whoever drives it. */
export const dropped: Drop[] = [];

/** What a page asked to be saved, for whoever drives it. */
export const saved: { suggestedName: string; content: string | Uint8Array }[] = [];

export const save = (file: { suggestedName: string; content: string | Uint8Array }): { path: string } => {
  saved.push(file);
  return { path: `/home/user/${file.suggestedName}` };
};

/** Checkpoints that a page asked to be opened. */
export const opened: string[] = [];

/** Topics at which a page asked the guide to be opened. */
export const explained: string[] = [];

/** The translation that the page asks for by its address; empty for English. */
export const { previewWords: l10n } = globalThis as unknown as { previewWords: Record<string, string> };

/** The paper's settings, as pages see them. */
export const PAPER: ChosenSettings = {
  samples: 10,
  neurons: 32,
  seed: 0,
  draws: 'scattered',
  threshold: 150,
  transfer: 'inv',
  filter: 0,
  qMin: -3,
  qMax: 3,
  qStep: 0.1,
  scaleFree: false,
  ...PLAIN_RUN,
};

/** As the extension host's checks, as far as a preview needs them. */
export function checkedSettings(settings: ChosenSettings): ChosenSettings {
  if (settings.samples >= 1) return settings;
  throw new NeuroMfaError(
    'usage',
    'samples',
    `${settings.samples} is not a whole number from 1`,
    'The paper has 10',
  );
}

export const common = {
  showLog: () => null,
  openSettings: () => null,
  explain: ({ topic }: { topic: string }) => {
    explained.push(topic);
    return null;
  },
  report: ({ message }: { message: string }) => {
    console.error(message);
    return null;
  },
};
