/** The settings that a page shows and changes in place: those of the editor, in place of which a page has none of its own. */
import * as v from 'valibot';
import { DRAWS, FILTERS, RADII_RULES, SCALES, TRANSFERS } from './analysis';
import { POPULATIONS } from './run';
import { finite } from './numbers';

export const chosenSettingsSchema = v.object({
  // Whatever was typed: the host says what is wrong about it, and names the setting.
  samples: finite,
  neurons: finite,
  draws: v.picklist(DRAWS),
  seed: finite,
  threshold: finite,
  transfer: v.picklist(TRANSFERS),
  filter: v.picklist(FILTERS),
  qMin: finite,
  qMax: finite,
  qStep: finite,
  scaleFree: v.union([v.literal(false), v.picklist(SCALES)]),
  /** Of training runs alone. */
  radii: v.picklist(RADII_RULES),
  population: v.picklist(POPULATIONS),
  /** As many samples as the intervals of E take, in place of `samples`. */
  autoSamples: v.boolean(),
});
/** What a run is analyzed by besides the settings of each of its checkpoints. */
export type RunSettings = Pick<ChosenSettings, 'radii' | 'population' | 'autoSamples'>;
export const PLAIN_RUN: RunSettings = { radii: 'observed', population: 'all', autoSamples: false };
export type ChosenSettings = v.InferOutput<typeof chosenSettingsSchema>;

/** Null where the settings are not valid: an analysis says what is wrong about them. */
export const settingsModelSchema = v.nullable(
  v.object({
    now: chosenSettingsSchema,
    /** Those of the paper: only differences from them are shown. */
    paper: chosenSettingsSchema,
  }),
);
export type SettingsModel = v.InferOutput<typeof settingsModelSchema>;

export const settingsMethods = {
  /**
   * Changes the editor's settings, and analyzes what the page shows with them. An error is about the key that is its
   * subject.
   */
  setSettings: { params: chosenSettingsSchema, result: v.null() },
} as const;
