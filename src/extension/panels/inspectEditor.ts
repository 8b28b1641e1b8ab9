/** The inspect view: a readonly editor for checkpoints, offered beside whatever else opens them. */
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { checkpointName } from '../../core/checkpoint/name';
import {
  inspectHostMethods,
  inspectPageMethods,
  type InspectHostMethods,
  type InspectModel,
  type InspectPageMethods,
  type ReadingProgress,
} from '../../protocol/inspect';
import { duration } from '../../protocol/format';
import type { Inspection } from '../../protocol/inspection';
import type { FileChange } from '../../protocol/panel';
import type { Location } from '../../protocol/subject';
import type { Analyses } from '../services/analyses';
import { commonHandlers } from './commonHandlers';
import { Conversation } from './conversation';
import { EDITORS } from '../ids';
import { Emitter } from '../emitter';
import { FileWatch } from '../services/fileWatch';
import { FactsSession } from './factsSession';
import { FileSaver } from './fileSaver';
import { InspectSession } from './inspectSession';
import { notOnDisk } from '../notOnDisk';
import { locationOf } from '../remote/places';
import { t, translations } from '../ui/words';
import type { PageServices } from './spectrumPanel';
import { channelOf, loadPage } from './webviewPage';

const NAME = 'the inspect view';

/** One checkpoint, in as many editors as show it. */
class InspectDocument implements vscode.CustomDocument {
  readonly #changes = new Emitter<FileChange | null>();
  /** Told when its files, those that an index names among them, are others than those that were read, are gone, or are back. */
  readonly onChanged = this.#changes.event;
  readonly #files: FileWatch;

  constructor(
    readonly uri: vscode.Uri,
    /** Where the checkpoint is. */
    readonly at: Location,
    readonly session: InspectSession,
    readonly facts: FactsSession,
  ) {
    const { fsPath, scheme } = uri;
    // No event reports changes elsewhere.
    this.#files = new FileWatch(scheme === 'file' ? [fsPath] : [], (_, change) => {
      if (session.noteChange(change)) this.#changes.fire(change);
    });
  }

  /** Reads it, as its files are now. */
  read(): void {
    if (this.uri.scheme === 'file') this.#files.made(this.uri.fsPath);
    void this.session.read();
  }

  /** Looks at its files now. */
  look(): void {
    this.#files.look();
  }

  dispose(): void {
    this.#files.dispose();
    this.session.dispose();
    this.facts.reset();
  }
}

export class InspectEditor {
  /**
   * @param analyze runs the analysis of a checkpoint, or of what has one role, in sight of the user.
   * @param chooseWeights takes another copy of a model that a checkpoint holds several times.
   */
  constructor(
    private readonly analyses: Analyses,
    private readonly services: PageServices,
    private readonly analyze: (at: Location, role: string | null) => Promise<void>,
    private readonly chooseWeights: (path: string, set: string) => Promise<void>,
  ) {}

  open(uri: vscode.Uri): InspectDocument {
    const at = locationOf(uri) ?? uri.path;
    const session = new InspectSession((signal, onReading) => this.#inspect(uri, signal, onReading));
    const facts = new FactsSession(
      async (signal, onProgress) => (await this.analyses.facts(at, { signal, onProgress })).tensors,
    );
    const document = new InspectDocument(uri, at, session, facts);
    // Not awaited: the editor shows itself meanwhile.
    document.read();
    return document;
  }

  show(document: InspectDocument, panel: vscode.WebviewPanel): void {
    const { extensionUri, log } = this.services;
    const { session, facts, at } = document;
    const saver = new FileSaver(t('Export Tensor Facts'), () => dirname(at), log);
    const model = (): InspectModel => ({
      name: checkpointName(at),
      state: session.state,
      facts: facts.state,
      changed: session.changedOnDisk,
      l10n: translations(),
    });
    const kept = this.services.views.of(EDITORS.inspect, () => [at]);
    const { showLog, report } = commonHandlers(NAME, this.services);
    const conversation = new Conversation<InspectHostMethods, InspectPageMethods>(
      NAME,
      channelOf(panel.webview),
      inspectHostMethods,
      {
        ready: () => {
          conversation.begin();
          return model();
        },
        read: () => {
          facts.reset();
          document.read();
          return null;
        },
        analyze: async ({ role }) => {
          await this.analyze(at, role);
          return null;
        },
        chooseWeights: async ({ set }) => {
          await this.chooseWeights(at, set);
          facts.reset();
          document.read();
          return null;
        },
        computeFacts: () => {
          void facts.compute();
          return null;
        },
        cancelFacts: () => {
          facts.reset();
          return null;
        },
        saveFacts: async () => {
          const name = `neuromfa-${basename(dirname(at))}-facts.csv`;
          return { path: await saver.save(name, 'csv', facts.csv(at)) };
        },
        histogram: ({ tensor }) => facts.histogram(tensor),
        remember: kept.remember,
        showLog,
        report,
      },
      inspectPageMethods,
      log,
    );
    conversation.connect();
    loadPage(panel.webview, extensionUri, 'inspect', t('Inspect {0}', checkpointName(at)), kept.last);
    const stop = session.onChange(() => {
      conversation.tell('show', model());
    });
    const stopReading = session.onReading((progress) => {
      conversation.tell('reading', progress);
    });
    const stopFacts = facts.onChange((state) => {
      conversation.tell('facts', state);
    });
    const stopWatching = document.onChanged((change) => {
      conversation.tell('changed', change);
    });
    panel.onDidChangeViewState(() => {
      if (panel.visible) {
        document.look();
        conversation.connect();
      } else conversation.disconnect();
    });
    panel.onDidDispose(() => {
      stop();
      stopReading();
      stopFacts();
      stopWatching();
      conversation.disconnect();
    });
  }

  async #inspect(
    uri: vscode.Uri,
    signal: AbortSignal,
    onReading: (progress: ReadingProgress) => void,
  ): Promise<Inspection> {
    const { log } = this.services;
    try {
      const at = locationOf(uri);
      if (at === undefined) throw notOnDisk(uri);
      const begin = performance.now();
      const inspection = await this.analyses.inspect(at, { signal, onReading });
      const { length } = inspection.tensors.kinds;
      log.info(`Inspected ${at}: ${length} tensors, ${duration(performance.now() - begin)}`);
      return inspection;
    } catch (error) {
      if (!signal.aborted) log.error(error instanceof Error ? error : String(error));
      throw error;
    }
  }
}
