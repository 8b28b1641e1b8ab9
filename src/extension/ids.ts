/**
 * Every name that code and package.json share. A test compares them both ways, so neither can drift from the other.
 */

/** The section of all settings. */
export const SECTION = 'neuromfa';

export const COMMANDS = {
  analyzeCheckpoint: 'neuromfa.analyzeCheckpoint',
} as const;

export const CONTEXT_KEYS = {
  /** Folders of the workspace that hold exactly one checkpoint: where the explorer offers the analysis. */
  checkpointFolders: 'neuromfa.checkpointFolders',
} as const;

export const VIEW_TYPES = {
  spectrum: 'neuromfa.spectrum',
} as const;

export const SETTINGS = {
  samples: 'neuromfa.analysis.samples',
  neurons: 'neuromfa.analysis.neurons',
  seed: 'neuromfa.analysis.seed',
  threshold: 'neuromfa.analysis.threshold',
  digits: 'neuromfa.analysis.digits',
  qMin: 'neuromfa.analysis.qMin',
  qMax: 'neuromfa.analysis.qMax',
  qStep: 'neuromfa.analysis.qStep',
  transfer: 'neuromfa.analysis.transfer',
  filter: 'neuromfa.analysis.filter',
  threads: 'neuromfa.workers.threads',
} as const;
