/** The settings as pages show and change them. */
import * as vscode from 'vscode';
import * as v from 'valibot';
import { makeSettings, PAPER_PRESET } from '../core/analysis/settings';
import {
  chosenSettingsSchema,
  PLAIN_RUN,
  type ChosenSettings,
  type RunSettings,
  type SettingsModel,
} from '../protocol/chosenSettings';
import { SETTINGS } from './ids';
import { changeSetting } from './ui/settings';

const KEYS = Object.keys(chosenSettingsSchema.entries) as (keyof ChosenSettings)[];

/** The editor's setting for absolute lengths; `true` comes from older versions. */
const ABSOLUTE = 'none';
const scaleOf = (value: unknown): unknown =>
  value === ABSOLUTE ? false : value === true ? 'network' : value;

function current(): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration();
  const read = KEYS.map((key): [string, unknown] => [key, configuration.get<unknown>(SETTINGS[key])]);
  return Object.fromEntries(read.map(([key, value]) => [key, key === 'scaleFree' ? scaleOf(value) : value]));
}

/** Null where they are invalid. */
export function readChosenSettings(): SettingsModel {
  const now = v.safeParse(chosenSettingsSchema, current());
  return now.success
    ? { now: now.output, paper: v.parse(chosenSettingsSchema, { ...PAPER_PRESET, ...PLAIN_RUN }) }
    : null;
}

/** How runs are analyzed; the plain way where the settings are invalid. */
export function readRunSettings(): RunSettings {
  const { radii, population, autoSamples } = readChosenSettings()?.now ?? PLAIN_RUN;
  return { radii, population, autoSamples };
}

/**
 * Changes the user's settings.
 * @throws NeuroMfaError `usage` where they are invalid; its subject is the key.
 */
export async function writeChosenSettings(input: ChosenSettings): Promise<void> {
  makeSettings({ ...current(), ...input });
  for (const key of KEYS)
    await changeSetting(SETTINGS[key], key === 'scaleFree' ? input.scaleFree || ABSOLUTE : input[key]);
}
