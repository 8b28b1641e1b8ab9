export type Settings = Readonly<Record<string, unknown>>;

/** User settings under which the workbench stays quiet: no welcome, no updates, no services, no experiments. */
export const QUIET_SETTINGS: Settings = {
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'editor.accessibilitySupport': 'off',
  'explorer.compactFolders': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'files.hotExit': 'off',
  'git.enabled': false,
  // Each spec begins with panels that nobody has looked at.
  'neuromfa.panels.keepViews': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.commandCenter': false,
  'workbench.enableExperiments': false,
  // A click in the explorer selects; it opens nothing.
  'workbench.list.openMode': 'doubleClick',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.settings.enableNaturalLanguageSearch': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
};

/** Under these no folder is trusted, and nobody is asked about it. */
export const RESTRICTED_SETTINGS: Settings = {
  'security.workspace.trust.banner': 'never',
  'security.workspace.trust.emptyWindow': false,
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'never',
};

/** VS Code's own themes, and the class by which the window shows that one is on. */
export const THEMES = {
  dark: { name: 'Default Dark Modern', cssClass: 'vs-dark' },
  light: { name: 'Default Light Modern', cssClass: 'vs' },
  'high-contrast-dark': { name: 'Default High Contrast', cssClass: 'hc-black' },
  'high-contrast-light': { name: 'Default High Contrast Light', cssClass: 'hc-light' },
} as const;
export type Theme = keyof typeof THEMES;
