/** The settings that a panel, or the workspace's runs, use in place of the user's settings. */
import type { AnalysisSettings, Mode, Subset } from '../protocol/analysis';
import { sameSubset } from '../protocol/subset';

export interface OwnSettings {
  mode?: Mode;
  /** Null is the whole network, even where the settings specify a part. */
  subset?: Subset | null;
  /** Whether to draw null models beside the network. */
  nulls?: boolean;
}

/** The user's settings with these in place of theirs. @throws NeuroMfaError `usage`, naming the setting. */
export type ReadSettings = (own?: OwnSettings) => AnalysisSettings;

/** `own` with another subset; without one where the settings specify the same. */
export function withSubset(
  { subset: _before, ...own }: OwnSettings,
  subset: Subset | null,
  read: ReadSettings,
): OwnSettings {
  return isOfSettings(subset, read) ? own : { ...own, subset };
}

/** `own` with another mode; without one where the settings specify the same. */
export function withMode(
  { mode: _before, ...own }: OwnSettings,
  mode: Mode,
  read: ReadSettings,
): OwnSettings {
  return modeOfSettings(read) === mode ? own : { ...own, mode };
}

/** `own` with null models, or without. */
export const withNulls = ({ nulls: _before, ...own }: OwnSettings, nulls: boolean): OwnSettings =>
  nulls ? { ...own, nulls } : own;

function modeOfSettings(read: ReadSettings): Mode | undefined {
  try {
    return read().mode;
  } catch {
    // They are invalid, and so specify nothing.
    return undefined;
  }
}

function isOfSettings(subset: Subset | null, read: ReadSettings): boolean {
  try {
    return sameSubset(subset, read().subset);
  } catch {
    // They are invalid, and so specify nothing.
    return false;
  }
}
