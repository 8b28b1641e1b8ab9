/** Every name that code and package.json share. A test compares them in both directions. */

/** The section of all settings. */
export const SECTION = 'neuromfa';

export const COMMANDS = {
  analyzeCheckpoint: 'neuromfa.analyzeCheckpoint',
  analyzeCheckpointFull: 'neuromfa.analyzeCheckpointFull',
  inspectCheckpoint: 'neuromfa.inspectCheckpoint',
  compare: 'neuromfa.compare',
  chooseBase: 'neuromfa.chooseBase',
  chooseWeights: 'neuromfa.chooseWeights',
  analyzeRun: 'neuromfa.analyzeRun',
  openTrends: 'neuromfa.openTrends',
  openEmergence: 'neuromfa.openEmergence',
  setBaseline: 'neuromfa.setBaseline',
  pickMetrics: 'neuromfa.pickMetrics',
  watchRun: 'neuromfa.watchRun',
  stopWatching: 'neuromfa.stopWatching',
  refreshRuns: 'neuromfa.refreshRuns',
  cancelAll: 'neuromfa.cancelAll',
  clearResults: 'neuromfa.clearResults',
  exportResults: 'neuromfa.exportResults',
  importResults: 'neuromfa.importResults',
  openSampleRun: 'neuromfa.openSampleRun',
  closeSavedResults: 'neuromfa.closeSavedResults',
  openGuide: 'neuromfa.openGuide',
  /** Those of the tree's rows. */
  analyzeInRun: 'neuromfa.analyzeInRun',
  inspectInTree: 'neuromfa.inspectInTree',
  useAsBaseline: 'neuromfa.useAsBaseline',
  copyPath: 'neuromfa.copyPath',
  copyLink: 'neuromfa.copyLink',
  reveal: 'neuromfa.reveal',
  openSpectrum: 'neuromfa.openSpectrum',
  cancelAnalysis: 'neuromfa.cancelAnalysis',
  runOnSlurm: 'neuromfa.runOnSlurm',
  openTaskLog: 'neuromfa.openTaskLog',
  analyzeRemoteRun: 'neuromfa.analyzeRemoteRun',
  closeRemoteRun: 'neuromfa.closeRemoteRun',
  forgetHubToken: 'neuromfa.forgetHubToken',
} as const;

export const CONTEXT_KEYS = {
  /** Folders of the workspace that hold exactly one checkpoint: where the explorer offers the analysis. */
  checkpointFolders: 'neuromfa.checkpointFolders',
  /** Folders of the workspace that are training runs. */
  runFolders: 'neuromfa.runFolders',
  /** Whether the queue is working. */
  analyzing: 'neuromfa.analyzing',
  /** Whether a run is watched. */
  watching: 'neuromfa.watching',
  /** Whether there is a Slurm to submit to. */
  slurm: 'neuromfa.slurm',
} as const;

export const VIEW_TYPES = {
  spectrum: 'neuromfa.spectrum',
  trends: 'neuromfa.trends',
  emergence: 'neuromfa.emergence',
  compare: 'neuromfa.compare',
} as const;

/** Custom editors. VS Code activates the extension for them by itself. */
export const EDITORS = {
  inspect: 'neuromfa.inspect',
} as const;

export const VIEWS = {
  runs: 'neuromfa.runs',
  dashboard: 'neuromfa.dashboard',
} as const;

export const SETTINGS = {
  samples: 'neuromfa.analysis.samples',
  neurons: 'neuromfa.analysis.neurons',
  draws: 'neuromfa.analysis.draws',
  seed: 'neuromfa.analysis.seed',
  threshold: 'neuromfa.analysis.threshold',
  qMin: 'neuromfa.analysis.qMin',
  qMax: 'neuromfa.analysis.qMax',
  qStep: 'neuromfa.analysis.qStep',
  transfer: 'neuromfa.analysis.transfer',
  filter: 'neuromfa.analysis.filter',
  mode: 'neuromfa.analysis.mode',
  scaleFree: 'neuromfa.analysis.scaleFree',
  radii: 'neuromfa.runs.radii',
  population: 'neuromfa.runs.population',
  autoSamples: 'neuromfa.runs.autoSamples',
  include: 'neuromfa.analysis.include',
  exclude: 'neuromfa.analysis.exclude',
  blocks: 'neuromfa.analysis.blocks',
  roles: 'neuromfa.analysis.roles',
  threads: 'neuromfa.workers.threads',
  memory: 'neuromfa.workers.memory',
  resultsFolder: 'neuromfa.results.folder',
  maxMegabytes: 'neuromfa.results.maxMegabytes',
  openTrends: 'neuromfa.runs.openTrends',
  dispatch: 'neuromfa.dispatch',
  slurmArguments: 'neuromfa.slurm.arguments',
  keepViews: 'neuromfa.panels.keepViews',
  decorations: 'neuromfa.explorer.decorations',
  watchInterval: 'neuromfa.watch.interval',
  watchAlerts: 'neuromfa.watch.alerts',
} as const;
