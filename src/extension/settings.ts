/** The user's settings, read when they are needed. */
import * as vscode from 'vscode';
import { makeSettings, NULL_DRAWS, PAPER_PRESET, type SettingsInput } from '../core/analysis/settings';
import { makeSubset } from '../core/network/subset';
import { DEFAULT_STORE_BYTES } from '../core/store/resultStore';
import type { AnalysisSettings } from '../protocol/analysis';
import { NeuroMfaError } from '../protocol/errors';
import { writtenSubset, type SubsetInput } from '../protocol/subset';
import { defaultMemory } from '../worker/memory';
import { SETTINGS } from './ids';
import type { OwnSettings } from './ownSettings';

/** The keys of the settings that choose a part of the network. */
export const SUBSET_KEYS = Object.keys(writtenSubset(null)) as (keyof SubsetInput)[];

/** Null models are switched on in panels. */
const OFFERED = (Object.keys(PAPER_PRESET) as (keyof SettingsInput)[]).filter((key) => key !== 'nullDraws');

/**
 * @param own in place of the user's.
 * @throws NeuroMfaError `usage`, naming the setting.
 */
export function readAnalysisSettings({ mode, subset, nulls = false }: OwnSettings = {}): AnalysisSettings {
  const configuration = vscode.workspace.getConfiguration();
  const read = (keys: readonly (keyof typeof SETTINGS)[]): Record<string, unknown> =>
    Object.fromEntries(keys.map((key) => [key, configuration.get<unknown>(SETTINGS[key])]));
  try {
    // The editor does not enforce a setting's schema: every value is checked by who makes something of it.
    const input = read(OFFERED);
    const settings = makeSettings({ ...input, ...scaleFreeOf(input['scaleFree']), ...(mode && { mode }) });
    return {
      ...settings,
      nulls: nulls ? { draws: NULL_DRAWS[settings.mode] } : null,
      subset: subset === undefined ? makeSubset(read(SUBSET_KEYS)) : subset,
    };
  } catch (error) {
    throw error instanceof NeuroMfaError ? namingSetting(error) : error;
  }
}

/** The setting was a checkbox before, and `none` stands for what settings of the core call false. */
const scaleFreeOf = (value: unknown): { scaleFree?: false } => (value === 'none' ? { scaleFree: false } : {});

/** Whether the Trends panel opens when a run is analyzed. */
export const readOpensTrends = (): boolean =>
  vscode.workspace.getConfiguration().get<unknown>(SETTINGS.openTrends) !== false;

/** Worker threads; 0 leaves the choice to the engine. */
export function readThreads(): number {
  const threads = vscode.workspace.getConfiguration().get<unknown>(SETTINGS.threads);
  return typeof threads === 'number' && threads >= 1 ? Math.floor(threads) : 0;
}

/**
 * The largest result that the editor is asked to hold, in bytes, whatever the workers may take: panels keep theirs for as
 * long as they are open, and hand a copy to their page.
 */
export const MOST_RESULT_BYTES = 2 ** 29;

/** Bytes that the workers and the result of an analysis may take together. */
export function readMemory(): number {
  const megabytes = vscode.workspace.getConfiguration().get<unknown>(SETTINGS.memory);
  return typeof megabytes === 'number' && megabytes > 0 ? megabytes * 2 ** 20 : defaultMemory();
}

/** Disk space for stored results. */
export function readMaxStoreBytes(): number {
  const megabytes = vscode.workspace.getConfiguration().get<unknown>(SETTINGS.maxMegabytes);
  return typeof megabytes === 'number' && megabytes > 0 ? megabytes * 2 ** 20 : DEFAULT_STORE_BYTES;
}

function namingSetting(error: NeuroMfaError): NeuroMfaError {
  const { code, subject, cause, nextStep } = error.data;
  const setting = Object.hasOwn(SETTINGS, subject) ? SETTINGS[subject as keyof typeof SETTINGS] : subject;
  return new NeuroMfaError(code, setting, cause, nextStep, { cause: error });
}
