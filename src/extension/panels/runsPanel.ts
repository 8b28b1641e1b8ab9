/** One Trends or Emergence panel: the editor tab around a session. */
import * as vscode from 'vscode';
import { readReportBundle } from '../../core/report/reportBundle';
import { reportPage } from '../../core/report/reportPage';
import type { RunView } from '../../protocol/trends';
import { VIEW_TYPES } from '../ids';
import type { EditorLog } from '../ui/log';
import { nameTab } from '../ui/tabs';
import { t } from '../ui/words';
import { FileSaver } from './fileSaver';
import { RunsSession, type RunsContext, type RunsPanelServices } from './runsSession';
import type { ViewStates } from './viewStates';
import { channelOf, loadPage, pageFolder } from './webviewPage';

export class RunsPanel {
  readonly #session: RunsSession;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    readonly view: RunView,
    runs: readonly string[],
    context: RunsContext,
    services: Omit<RunsPanelServices, 'save' | 'saveReport' | 'remember'> & {
      views: ViewStates;
      extensionUri: vscode.Uri;
      log: EditorLog;
    },
  ) {
    const { extensionUri, log } = services;
    let shown = (): readonly string[] => runs;
    const kept = services.views.of(VIEW_TYPES[view], () => shown());
    const saver = new FileSaver(
      view === 'trends' ? t('Export Trends') : t('Export Emergence'),
      () => this.#session.runs.find(({ saved }) => !saved)?.path ?? '',
      log,
    );
    const session = new RunsSession(
      view,
      runs,
      channelOf(panel.webview),
      context,
      {
        ...services,
        remember: kept.remember,
        save: async ({ suggestedName, format, content }) => ({
          path: await saver.save(suggestedName, format, content),
        }),
        saveReport: async (suggestedName, reported) => {
          const bundle = await readReportBundle(pageFolder(extensionUri).fsPath);
          return saver.save(suggestedName, 'html', reportPage(reported, bundle));
        },
      },
      () => {
        this.#name();
      },
    );
    this.#session = session;
    shown = () => session.ids;
    this.#name();
    panel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, 'media', 'spectrum-light.svg'),
      dark: vscode.Uri.joinPath(extensionUri, 'media', 'spectrum-dark.svg'),
    };
    session.connect();
    loadPage(panel.webview, extensionUri, 'runs', panel.title, kept.last);
    panel.onDidChangeViewState(() => {
      if (panel.visible) session.connect();
      else session.disconnect();
    });
    panel.onDidDispose(() => {
      session.dispose();
    });
  }

  get runs(): readonly string[] {
    return this.#session.ids;
  }

  get visible(): boolean {
    return this.panel.visible;
  }

  reveal(): void {
    this.panel.reveal();
  }

  #name(): void {
    const names = this.#session.runs.map(({ name }) => name).join(', ');
    if (this.view === 'trends') nameTab(this.panel, names ? t('Trends: {0}', names) : t('Trends'));
    else nameTab(this.panel, names ? t('Emergence: {0}', names) : t('Emergence'));
  }
}
