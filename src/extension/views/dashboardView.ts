/** The dashboard in the side panel: the view around a session. */
import type * as vscode from 'vscode';
import { channelOf, loadPage } from '../panels/webviewPage';
import type { RunsContext } from '../panels/runsSession';
import { t } from '../ui/words';
import { DashboardSession, type DashboardServices } from './dashboardSession';

export class DashboardView {
  constructor(
    private readonly context: RunsContext,
    private readonly services: DashboardServices & { extensionUri: vscode.Uri },
  ) {}

  /** Called whenever the view comes into being, also again after it was closed. */
  show(view: vscode.WebviewView): void {
    const session = new DashboardSession(channelOf(view.webview), this.context, this.services);
    session.connect();
    loadPage(view.webview, this.services.extensionUri, 'dashboard', t('Dashboard'));
    view.onDidChangeVisibility(() => {
      if (view.visible) session.connect();
      else session.disconnect();
    });
    view.onDidDispose(() => {
      session.dispose();
    });
  }
}
