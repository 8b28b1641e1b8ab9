/** The user's settings, read when they are needed. */
import * as vscode from 'vscode';
import { makeSettings, PAPER_PRESET, type SettingsInput } from '../core/analysis/settings';
import { DEFAULT_STORE_BYTES } from '../core/store/resultStore';
import type { AnalysisSettings, Mode } from '../protocol/analysis';
import { NeuroMfaError } from '../protocol/errors';
import { defaultMemory } from '../worker/memory';
import { SETTINGS } from './ids';

/**
 * @param mode in place of the setting's.
 * @throws NeuroMfaError `usage`, naming the setting.
 */
export function readAnalysisSettings(mode?: Mode): AnalysisSettings {
  const configuration = vscode.workspace.getConfiguration();
  const keys = Object.keys(PAPER_PRESET) as (keyof SettingsInput)[];
  const input = Object.fromEntries(keys.map((key) => [key, configuration.get<unknown>(SETTINGS[key])]));
  try {
    // The editor does not enforce a setting's schema: makeSettings checks every value.
    return makeSettings({ ...input, ...(mode && { mode }) });
  } catch (error) {
    throw error instanceof NeuroMfaError ? namingSetting(error) : error;
  }
}

/** Worker threads; 0 leaves the choice to the engine. */
export function readThreads(): number {
  const threads = vscode.workspace.getConfiguration().get<unknown>(SETTINGS.threads);
  return typeof threads === 'number' && threads >= 1 ? Math.floor(threads) : 0;
}

/** Bytes that all workers together may take. */
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
