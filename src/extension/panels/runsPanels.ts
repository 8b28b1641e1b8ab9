/** All Trends and Emergence panels: one per set of runs, and back after a reload. */
import type * as vscode from 'vscode';
import * as v from 'valibot';
import { runsStateSchema, type RunView } from '../../protocol/trends';
import { VIEW_TYPES } from '../ids';
import type { EditorLog } from '../ui/log';
import { createPanel } from '../ui/tabs';
import { RunsPanel } from './runsPanel';
import type { RunsContext, RunsPanelServices } from './runsSession';
import type { ViewStates } from './viewStates';
import { webviewOptions } from './webviewPage';

/** More runs than anyone overlays: a longer list is not ours. */
const MAX_RESTORED = 100;

type Services = Omit<RunsPanelServices, 'save' | 'saveReport' | 'remember' | 'openRuns'> & {
  views: ViewStates;
  extensionUri: vscode.Uri;
  log: EditorLog;
};

export class RunsPanels {
  readonly #open = new Set<RunsPanel>();

  constructor(
    private readonly context: RunsContext,
    private readonly services: Services,
  ) {}

  /** Shows runs, in the panel that already does or in a new one. */
  show(view: RunView, runs: readonly string[]): void {
    const existing = [...this.#open].find((panel) => panel.view === view && sameSet(panel.runs, runs));
    if (existing) {
      existing.reveal();
      return;
    }
    this.#adopt(createPanel(VIEW_TYPES[view], webviewOptions(this.services.extensionUri)), view, runs);
  }

  /** Whether a visible panel shows all of these runs. */
  sees(runs: readonly string[]): boolean {
    return [...this.#open].some((panel) => panel.visible && runs.every((run) => panel.runs.includes(run)));
  }

  /** Brings a panel back after a reload. */
  restore(view: RunView, panel: vscode.WebviewPanel, state: unknown): void {
    this.#adopt(panel, view, restoredRuns(state));
  }

  #adopt(webviewPanel: vscode.WebviewPanel, view: RunView, runs: readonly string[]): void {
    const panel = new RunsPanel(webviewPanel, view, runs, this.context, {
      ...this.services,
      openRuns: (other, ids) => {
        this.show(other, ids);
      },
    });
    this.#open.add(panel);
    webviewPanel.onDidDispose(() => this.#open.delete(panel));
  }
}

/** The runs of a panel's stored state. It comes from a page, perhaps of another version, so it is not trusted. */
function restoredRuns(state: unknown): string[] {
  const parsed = v.safeParse(runsStateSchema, state);
  return parsed.success && parsed.output.runs.length <= MAX_RESTORED ? parsed.output.runs : [];
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each) => b.includes(each));
}
