/** All Spectrum panels: one for each set of checkpoints and own settings; restored after a reload. */
import type * as vscode from 'vscode';
import { VIEW_TYPES } from '../ids';
import type { OwnSettings } from '../ownSettings';
import type { Runner } from '../services/runner';
import type { PanelCheckpoint } from '../panelCheckpoints';
import { createPanel } from '../ui/tabs';
import { restoredPanel } from './restoredPanel';
import { SpectrumPanel, type PanelServices } from './spectrumPanel';
import type { RunRequest, SpectrumSession } from './spectrumSession';
import { webviewOptions } from './webviewPage';

export class SpectrumPanels {
  readonly #open = new Set<SpectrumPanel>();

  constructor(
    private readonly runner: Runner,
    private readonly services: PanelServices,
    private readonly createSession: (
      checkpoints: readonly PanelCheckpoint[],
      own: OwnSettings,
    ) => SpectrumSession,
  ) {}

  /**
   * Shows `checkpoints` in the panel that already does so or in a new one, and runs what has to be run.
   * @param own replaces the user's settings, until others are chosen in the panel.
   */
  async show(checkpoints: readonly PanelCheckpoint[], own: OwnSettings = {}): Promise<void> {
    const wanted = keyOf(checkpoints, own);
    const existing = [...this.#open].find(({ session }) => keyOf(session.items, session.own) === wanted);
    existing?.reveal();
    const panel = existing ?? this.#create(checkpoints, own);
    await panel.run({});
  }

  /** Brings a panel back after a reload. A state that cannot be understood gives an empty panel that says what to do. */
  restore(webviewPanel: vscode.WebviewPanel, state: unknown): void {
    const { checkpoints, own } = restoredPanel(state);
    const panel = this.#adopt(webviewPanel, checkpoints, own);
    // Not awaited: the editor waits before it shows the panel.
    panel.run({}).catch((error: unknown) => {
      this.services.log.error(error instanceof Error ? error : String(error));
    });
  }

  /** Must be called when settings have changed: results with other settings are marked as such. */
  settingsChanged(): void {
    for (const { session } of this.#open) session.settingsChanged();
  }

  #create(checkpoints: readonly PanelCheckpoint[], own: OwnSettings): SpectrumPanel {
    const webviewPanel = createPanel(VIEW_TYPES.spectrum, webviewOptions(this.services.extensionUri));
    return this.#adopt(webviewPanel, checkpoints, own);
  }

  #adopt(
    webviewPanel: vscode.WebviewPanel,
    checkpoints: readonly PanelCheckpoint[],
    own: OwnSettings,
  ): SpectrumPanel {
    const session = this.createSession(checkpoints, own);
    // The user may have closed the panel by then.
    const retry = (): Promise<void> => this.show(checkpoints, session.own);
    const run = (request: RunRequest): Promise<void> => this.runner.run(session, { ...request, retry });
    const panel = new SpectrumPanel(webviewPanel, session, run, this.services);
    this.#open.add(panel);
    webviewPanel.onDidDispose(() => this.#open.delete(panel));
    return panel;
  }
}

/** The same checkpoints in another order are the same panel. */
function keyOf(
  checkpoints: readonly { path: string }[],
  { mode, subset, nulls = false }: OwnSettings,
): string {
  return JSON.stringify([mode, nulls, subset ?? String(subset), checkpoints.map(({ path }) => path).sort()]);
}
