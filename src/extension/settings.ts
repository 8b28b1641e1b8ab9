/** The user's settings, read when they are needed. */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import { makeSettings, NULL_DRAWS, PAPER_PRESET, type SettingsInput } from '../core/analysis/settings';
import { makeSubset } from '../core/network/subset';
import { parseBand } from '../core/run/alerts';
import { StoreFailure } from '../core/store/storeFailure';
import type { AnalysisSettings } from '../protocol/analysis';
import { NeuroMfaError } from '../protocol/errors';
import { writtenSubset, type SubsetInput } from '../protocol/subset';
import { defaultMemory } from '../worker/memory';
import { SETTINGS } from './ids';
import type { OwnSettings } from './ownSettings';
import type { WatchSettings } from './watch/watcher';

/** The keys of the settings that choose a part of the network. */
export const SUBSET_KEYS = Object.keys(writtenSubset(null)) as (keyof SubsetInput)[];

/** Null models are switched on in panels. */
const OFFERED = (Object.keys(PAPER_PRESET) as (keyof SettingsInput)[]).filter((key) => key !== 'nullDraws');

/**
 * @param own replaces the user's settings.
 * @throws NeuroMfaError `usage`, naming the setting.
 */
export function readAnalysisSettings({ mode, subset, nulls = false }: OwnSettings = {}): AnalysisSettings {
  const configuration = vscode.workspace.getConfiguration();
  const read = (keys: readonly (keyof typeof SETTINGS)[]): Record<string, unknown> =>
    Object.fromEntries(keys.map((key) => [key, configuration.get<unknown>(SETTINGS[key])]));
  try {
    // The editor does not enforce a setting's schema: whoever uses a value checks it.
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

/** The setting was a checkbox before; `none` means false in the core's settings. */
const scaleFreeOf = (value: unknown): { scaleFree?: false } => (value === 'none' ? { scaleFree: false } : {});

/** Whether the Trends panel opens when a run is analyzed. */
/** Whether Slurm computes. */
export const readDispatch = (): boolean =>
  vscode.workspace.getConfiguration().get<string>(SETTINGS.dispatch) === 'slurm';

/** The editor's own proxy, for remote files. */
export function readProxy(): { proxy: string | undefined; noProxy: readonly string[] } {
  const http = vscode.workspace.getConfiguration('http');
  const proxy = http.get<string>('proxy') ?? '';
  return { proxy: proxy === '' ? undefined : proxy, noProxy: http.get<string[]>('noProxy') ?? [] };
}

/** Options of sbatch; anything else in the setting is ignored. */
export function readSlurmArguments(): string[] {
  const words: unknown = vscode.workspace.getConfiguration().get(SETTINGS.slurmArguments);
  const isOption = (word: unknown): word is string => typeof word === 'string' && word.startsWith('-');
  return Array.isArray(words) ? words.filter(isOption) : [];
}

export const readOpensTrends = (): boolean =>
  vscode.workspace.getConfiguration().get<unknown>(SETTINGS.openTrends) !== false;

/** Less than a second overloads disks, more than a day is not watching. */
const [MIN_SECONDS, MAX_SECONDS] = [1, 86_400];

/** How runs are watched. @throws NeuroMfaError `usage`, naming the setting. */
export function readWatchSettings(): WatchSettings {
  const configuration = vscode.workspace.getConfiguration();
  const interval = configuration.get<unknown>(SETTINGS.watchInterval);
  const alerts = configuration.get<unknown>(SETTINGS.watchAlerts);
  const words = Array.isArray(alerts) ? alerts.map(String) : [];
  return {
    interval: Math.min(MAX_SECONDS, Math.max(MIN_SECONDS, Number(interval) || MIN_SECONDS)),
    bands: words.map((word) => parseBand(word, SETTINGS.watchAlerts)),
  };
}

/** Whether the explorer shows which checkpoints are analyzed. */
export const readDecorations = (): boolean =>
  vscode.workspace.getConfiguration().get<unknown>(SETTINGS.decorations) === true;

/** Whether a panel that is opened anew begins as its subject was looked at last. */
export const readKeepsViews = (): boolean =>
  vscode.workspace.getConfiguration().get<unknown>(SETTINGS.keepViews) !== false;

/** Worker threads; 0 lets the engine choose. */
export function readThreads(): number {
  const threads = vscode.workspace.getConfiguration().get<unknown>(SETTINGS.threads);
  return typeof threads === 'number' && threads >= 1 ? Math.floor(threads) : 0;
}

/**
 * The largest result that the editor has to hold, in bytes, whatever the workers may take: panels hold their results as
 * long as they are open, and pass a copy to their page.
 */
export const MAX_RESULT_BYTES = 2 ** 29;

/** Bytes that the workers and the result of an analysis may take together. */
export function readMemory(): number {
  const megabytes = vscode.workspace.getConfiguration().get<unknown>(SETTINGS.memory);
  return typeof megabytes === 'number' && megabytes > 0 ? megabytes * 2 ** 20 : defaultMemory();
}

/**
 * The folder that the user has chosen for results; undefined for the one in the user's cache.
 * @throws StoreFailure where it is not an absolute path: the editor has no folder to which it could be relative.
 */
export function readResultsFolder(): string | undefined {
  const value = vscode.workspace.getConfiguration().get<unknown>(SETTINGS.resultsFolder);
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const folder = /^~[/\\]/.test(value) ? join(homedir(), value.slice(2)) : value;
  if (isAbsolute(folder)) return folder;
  const remedy = 'Give an absolute path, such as ~/neuromfa-results, and reload the window';
  throw new StoreFailure(SETTINGS.resultsFolder, `“${value}” is not an absolute path`, remedy);
}

/** Disk space for stored results, in bytes; undefined where the user has not set it. */
export function readMaxStoreBytes(): number | undefined {
  const configuration = vscode.workspace.getConfiguration();
  const chosen = configuration.inspect(SETTINGS.maxMegabytes)?.globalValue !== undefined;
  const megabytes = configuration.get<unknown>(SETTINGS.maxMegabytes);
  return chosen && typeof megabytes === 'number' && megabytes > 0 ? megabytes * 2 ** 20 : undefined;
}

function namingSetting(error: NeuroMfaError): NeuroMfaError {
  const { code, subject, cause, nextStep } = error.data;
  const setting = Object.hasOwn(SETTINGS, subject) ? SETTINGS[subject as keyof typeof SETTINGS] : subject;
  return new NeuroMfaError(code, setting, cause, nextStep, { cause: error });
}
