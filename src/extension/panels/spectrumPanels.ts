/** All Spectrum panels: one per mode and set of checkpoints, and back after a reload. */
import * as vscode from 'vscode';
import type { Mode } from '../../protocol/analysis';
import { VIEW_TYPES } from '../ids';
import type { Runner } from '../services/runner';
import type { Subject } from '../subjects';
import { restoredPanel } from './restoredSubjects';
import { SpectrumPanel, type PanelServices } from './spectrumPanel';
import type { RunRequest, SpectrumSession } from './spectrumSession';
import { webviewOptions } from './webviewPage';

export class SpectrumPanels implements vscode.WebviewPanelSerializer {
  readonly #open = new Map<string, SpectrumPanel>();

  constructor(
    private readonly runner: Runner,
    private readonly services: PanelServices,
    private readonly createSession: (subjects: readonly Subject[], mode?: Mode) => SpectrumSession,
  ) {}

  /**
   * Shows `subjects`, in the panel that already does or in a new one, and runs what has to be run.
   * @param mode in place of the setting's, for good.
   */
  async show(subjects: readonly Subject[], mode?: Mode): Promise<void> {
    const existing = this.#open.get(keyOf(subjects, mode));
    existing?.reveal();
    const panel = existing ?? this.#create(subjects, mode);
    await panel.run({});
  }

  /** Brings a panel back after a reload. A state that cannot be understood gives an empty panel that says what to do. */
  async deserializeWebviewPanel(webviewPanel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { subjects, mode } = restoredPanel(state);
    const panel = this.#adopt(webviewPanel, subjects, mode);
    // Not awaited: the editor waits for this promise before it shows the panel.
    panel.run({}).catch((error: unknown) => {
      this.services.log.error(error instanceof Error ? error : String(error));
    });
    return Promise.resolve();
  }

  /** To be called when settings have changed: results of others are marked as such. */
  settingsChanged(): void {
    for (const panel of this.#open.values()) panel.settingsChanged();
  }

  #create(subjects: readonly Subject[], mode?: Mode): SpectrumPanel {
    const options = { ...webviewOptions(this.services.extensionUri), enableFindWidget: true };
    const { Active } = vscode.ViewColumn;
    // The panel names itself.
    const webviewPanel = vscode.window.createWebviewPanel(VIEW_TYPES.spectrum, '', Active, options);
    return this.#adopt(webviewPanel, subjects, mode);
  }

  #adopt(webviewPanel: vscode.WebviewPanel, subjects: readonly Subject[], mode?: Mode): SpectrumPanel {
    const key = keyOf(subjects, mode);
    const session = this.createSession(subjects, mode);
    const retry = (): Promise<void> => this.show(subjects, mode);
    const run = (request: RunRequest): Promise<void> => this.runner.run(session, request, retry);
    const panel = new SpectrumPanel(webviewPanel, session, run, this.services, mode);
    this.#open.set(key, panel);
    webviewPanel.onDidDispose(() => {
      if (this.#open.get(key) === panel) this.#open.delete(key);
    });
    return panel;
  }
}

/** The same checkpoints in another order are the same panel. */
function keyOf(subjects: readonly Subject[], mode: Mode | undefined): string {
  return [mode ?? '', ...subjects.map(({ path }) => path).sort()].join('\n');
}
