/** The composition root: makes every part and joins them. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { ResultStore } from '../core/store/resultStore';
import type { AnalysisResult } from '../protocol/analysis';
import { Engine } from '../worker/engine';
import { analyzeCheckpoint } from './commands/analyzeCheckpoint';
import { CheckpointPicker } from './commands/pickCheckpoints';
import { COMMANDS, VIEW_TYPES } from './ids';
import { SpectrumPanels } from './panels/spectrumPanels';
import { SpectrumSession } from './panels/spectrumSession';
import { Analyses } from './services/analyses';
import { Discovery } from './services/discovery';
import { EngineHost } from './services/engineHost';
import { Runner } from './services/runner';
import { readAnalysisSettings, readThreads } from './settings';

/** What the extension offers to tests and to other extensions. */
export interface NeuroMfaApi {
  /** The results of the panel that ran last, in its order. */
  lastResults(): AnalysisResult[];
}

let engines: EngineHost | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<NeuroMfaApi> {
  const log = vscode.window.createOutputChannel('NeuroMFA', { log: true });
  const openSettings = (): void => {
    void vscode.commands.executeCommand('workbench.action.openSettings', `@ext:${context.extension.id}`);
  };
  engines = new EngineHost(readThreads, (threads) => createEngine(context, log, threads));
  const analyses = new Analyses(engines, await openStore(context, log), log);
  const discovery = new Discovery(log);
  const runner = new Runner(log, openSettings);
  const panels = new SpectrumPanels(
    runner,
    { extensionUri: context.extensionUri, log, openSettings },
    (subjects) => new SpectrumSession(subjects, analyses, readAnalysisSettings),
  );
  const picker = new CheckpointPicker(discovery, analyses);

  context.subscriptions.push(
    log,
    discovery,
    vscode.commands.registerCommand(COMMANDS.analyzeCheckpoint, analyzeCheckpoint(panels, picker)),
    vscode.window.registerWebviewPanelSerializer(VIEW_TYPES.spectrum, panels),
  );
  discovery.refresh().catch((error: unknown) => {
    log.error(error instanceof Error ? error : String(error));
  });
  return { lastResults: () => runner.lastResults };
}

export async function deactivate(): Promise<void> {
  await engines?.dispose();
}

function createEngine(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  threads: number,
): Engine {
  return new Engine({
    directory: join(context.extensionPath, 'dist'),
    onError: (error) => {
      log.error(error);
    },
    ...(threads > 0 ? { threads } : {}),
  });
}

/** Without a store the extension works, and computes everything each time. */
async function openStore(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
): Promise<ResultStore | undefined> {
  const directory = vscode.Uri.joinPath(context.storageUri ?? context.globalStorageUri, 'results').fsPath;
  try {
    const store = await ResultStore.open(directory, (message) => {
      log.warn(message);
    });
    log.info(`Results are kept in ${directory}`);
    return store;
  } catch (error) {
    log.warn(`Results cannot be kept in ${directory}: ${String(error)}`);
    return undefined;
  }
}
