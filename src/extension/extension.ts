/** The composition root: makes every part and joins them. */
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { makeSubset } from '../core/network/subset';
import type { AdapterInfo, AnalysisResult, Subset } from '../protocol/analysis';
import type { Drop } from '../protocol/drop';
import type { NetworkListing } from '../protocol/inspectionListing';
import { canonicalJson, isRemote } from '../protocol/subject';
import { subsetName } from '../protocol/subset';
import { RUN_VIEWS, type Run, type RunView } from '../protocol/trends';
import type { Approve } from '../worker/approval';
import { Engine } from '../worker/engine';
import { SlurmCommands } from '../dispatch/slurmCommands';
import { hubEndpoint } from '../remote/environment';
import { Gateway } from '../remote/gateway';
import { RemoteRuns } from '../remote/remoteRuns';
import { Scheduler } from '../worker/scheduler';
import { cacheFolder } from '../core/store/cachedFiles';
import { MemoryBudget } from '../worker/memoryBudget';
import { registerAgentTools } from './agents/agentTools';
import { askBase } from './adapters/askBase';
import { BaseChooser } from './adapters/baseQuestion';
import { Bases } from './adapters/bases';
import { fittingBases } from './adapters/fittingBases';
import { analyzeCheckpoint } from './commands/analyzeCheckpoint';
import { CheckpointPicker } from './commands/pickCheckpoints';
import { chooseBase } from './commands/chooseBase';
import { chooseWeights } from './commands/chooseWeights';
import { readChosenSettings, readRunSettings, writeChosenSettings } from './chosenSettings';
import { compare } from './commands/compare';
import { ComparePanels } from './compare/comparePanels';
import { CompareSession, type Sides } from './compare/compareSession';
import { clearResults } from './commands/clearResults';
import { inspectCheckpoint, openInspect } from './commands/inspectCheckpoint';
import { RunChooser } from './commands/chooseRuns';
import { metricsPicker } from './commands/pickMetrics';
import { registerRunCommands } from './commands/runCommands';
import { WatchCommands } from './commands/watchCommands';
import { SavedResultsCommands } from './commands/savedResults';
import { askToEnd, registerSlurmCommands } from './commands/slurmCommands';
import { COMMANDS, EDITORS, SECTION, SETTINGS, VIEW_TYPES, VIEWS } from './ids';
import { withSubset, type OwnSettings } from './ownSettings';
import { linkTo, openLink } from './links';
import { InspectEditor } from './panels/inspectEditor';
import { RunsPanels } from './panels/runsPanels';
import { SpectrumPanels } from './panels/spectrumPanels';
import { SpectrumSession } from './panels/spectrumSession';
import { ViewStates } from './panels/viewStates';
import { RunActions } from './runs/actions';
import { Choices } from './runs/choices';
import { Curves } from './runs/curves';
import { RunMetrics } from './runs/runMetrics';
import { Findings } from './runs/findings';
import { FormerCheckpoints } from './runs/formerCheckpoints';
import { GoneCheckpoints } from './runs/goneCheckpoints';
import { Refinements } from './runs/refinements';
import { checkListed } from './remote/checkListed';
import { uriOf } from './remote/places';
import { HubToken } from './remote/hubToken';
import { registerRemoteCommands } from './remote/remoteCommands';
import { priceOf } from './remote/price';
import { RemoteRunList } from './remote/remoteRunList';
import { Runs } from './runs/runs';
import { SavedRuns } from './runs/savedRuns';
import { Analyses, target } from './services/analyses';
import { Elsewhere, withElsewhere } from './services/elsewhere';
import { Discovery } from './services/discovery';
import { Drops } from './services/drops';
import { openGuide } from './services/guide';
import { EngineHost } from './services/engineHost';
import { FailureReport } from './services/failureReport';
import { HeaderLooks } from './services/headerLooks';
import { InspectOffer } from './services/inspectOffer';
import { Unstored } from './services/unstored';
import { WeightSets } from './services/weightSets';
import { Approval } from './services/approval';
import { Attention } from './services/attention';
import { Runner } from './services/runner';
import { openStore, watchStore } from './services/storage';
import {
  MAX_RESULT_BYTES,
  readAnalysisSettings,
  readDispatch,
  readSlurmArguments,
  readDecorations,
  readKeepsViews,
  readMaxStoreBytes,
  readMemory,
  readOpensTrends,
  readProxy,
  readResultsFolder,
  readThreads,
  readWatchSettings,
  SUBSET_KEYS,
} from './settings';
import { nameCheckpoints, resolveCheckpoints } from './panelCheckpoints';
import { Badges } from './views/badges';
import { DashboardView } from './views/dashboardView';
import { QueueView } from './views/queueView';
import { failingPlainly } from './ui/failing';
import { registerBadges } from './ui/decorations';
import { askText } from './ui/inputBox';
import { EditorLog } from './ui/log';
import { confirm, tell } from './ui/messages';
import {
  linkScheme,
  onFocus,
  registerCommand,
  registerEditor,
  registerLinks,
  registerPanels,
  registerView,
} from './ui/registering';
import { preferEditor } from './ui/settings';
import { onTextTab } from './ui/tabs';
import { Tree } from './ui/tree';
import { faultIn, t, thrownText, translations } from './ui/words';
import { RunsTree } from './views/runsTree';
import { findWatched } from './watch/findWatched';
import { WatchedRuns } from './watch/watchedRuns';
import { Watcher } from './watch/watcher';

/** What the extension offers to tests and to other extensions. */
export interface NeuroMfaApi {
  /** The results of the panel that ran last, in its order. */
  lastResults(): AnalysisResult[];
  /** The training runs that are known, as the views show them. */
  trainingRuns(): Run[];
}

let engines: EngineHost | undefined;
let gateway: Gateway | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<NeuroMfaApi> {
  return failingPlainly(() => compose(context));
}

async function compose(context: vscode.ExtensionContext): Promise<NeuroMfaApi> {
  const log = new EditorLog('NeuroMFA');
  const { extensionUri } = context;
  const l10n = translations();
  const openSettings = (): void => {
    void vscode.commands.executeCommand('workbench.action.openSettings', `@ext:${context.extension.id}`);
  };
  const explain = (topic: string): void => {
    void openGuide(extensionUri, topic);
  };
  // One for all engines: the former one may still be at work when the number of threads changes.
  const memory = new MemoryBudget(readMemory);
  let waiting: string | null = null;
  const network = (gateway = new Gateway(
    join(context.extensionPath, 'dist'),
    (words) => {
      waiting = words;
      sayPart();
    },
    ({ place, at, cause }) => {
      const why = cause === null ? '' : ` (${cause})`;
      log.info(`${place}: what lies there counts as it was at ${new Date(at).toISOString()}${why}`);
    },
  ));
  const kept = placeOfCached(log);
  network.keep({ directory: kept, refresh: false });
  const entrance = new RemoteRuns(network);
  const remote = new RemoteRunList(context.workspaceState);
  const approval = new Approval((path) => remote.runOf(path));
  const engineHost = (engines = new EngineHost(readThreads, (threads) =>
    createEngine(context, log, memory, threads, network, approval.ask, kept),
  ));
  const storage = [context.storageUri, context.globalStorageUri];
  const { store, fault } = await openStore(
    {
      folder: readResultsFolder,
      maxBytes: readMaxStoreBytes(),
      former: storage.flatMap((uri) => (uri ? [vscode.Uri.joinPath(uri, 'results').fsPath] : [])),
    },
    log,
    (message) => {
      failures.warn(message, true);
    },
  );
  const unstored = new Unstored(fault);
  const failures = new FailureReport(log, openSettings, unstored);
  const bases = new Bases(context.workspaceState);
  const weightSets = new WeightSets(context.workspaceState);
  const discovery = new Discovery(log);
  const watched = new WatchedRuns(discovery, context.workspaceState);
  const former = new FormerCheckpoints(context.workspaceState);
  const analyses = new Analyses(
    engines,
    store,
    log,
    bases,
    openFolders,
    unstored,
    weightSets,
    (path) => (isRemote(path) ? remote.remembered(path) : (watched.remembered(path) ?? former.of(path))),
    (path) => {
      checkListed(remote, path);
    },
  );
  analyses.onDescribed(({ at, ...described }) => {
    former.saw(at, described);
  });
  analyses.onFinding(({ job: { subject }, result }) => {
    const { at, weights } = subject;
    if (weights.kind !== 'stored' || !isRemote(at)) return;
    remote.analyzed(at, result.checkpoint.fingerprint, () => analyses.describe(at)).catch(() => undefined);
  });
  const token = new HubToken(context.secrets, hubEndpoint(process.env), (hubToken) => {
    entrance.use({ hubToken, ...readProxy() });
  });
  void token.load();
  const attention = new Attention();
  const slurm = new SlurmCommands();
  const elsewhere = new Elsewhere({
    ...{ engines, store, log, askToEnd },
    program: join(context.extensionPath, 'dist'),
    state: context.workspaceState,
    always: readDispatch,
    extra: readSlurmArguments,
  });
  const scheduler = new Scheduler(withElsewhere(elsewhere, analyses), {
    rank: attention.rank,
    onEnd: ({ failures: failed, total, retry }) => {
      // What a page in sight says is not said again.
      const unseen = failed.map(({ error }) => error).filter(({ subject }) => !attention.sees(subject));
      failures.show(unseen, total, retry);
    },
  });
  const adapterAt = async (path: string): Promise<AdapterInfo | null> =>
    (await analyses.describe(path, { base: null })).checkpoint.adapter ?? null;
  const baseChooser = new BaseChooser(bases, adapterAt, askBase, openFolders, (adapter) =>
    fittingBases(discovery.checkpoints, (base, signal) => analyses.describe(adapter, { base, signal })),
  );

  const runner = new Runner((paths) => paths.some((path) => attention.sees(path)));
  const settings = { read: readChosenSettings, write: writeChosenSettings };
  const listNetwork = (path: string): Promise<NetworkListing> => analyses.listNetwork(path);
  const drops = new Drops();
  const filesOf = (drop: Drop): readonly string[] => drops.filesOf(drop);
  const views = new ViewStates(vscode.Uri.joinPath(context.globalStorageUri, 'views').fsPath, readKeepsViews);
  const spectra = new SpectrumPanels(
    runner,
    {
      extensionUri,
      views,
      listNetwork,
      log,
      openSettings,
      explain,
      attention,
      settings,
      overlay: (paths, own) => openCheckpoints(paths, own),
      reveal: (path) => reveal(path),
      filesOf,
    },
    (checkpoints, own) => new SpectrumSession(checkpoints, analyses, scheduler, readAnalysisSettings, own),
  );
  const openCheckpoints = async (paths: readonly string[], own: OwnSettings = {}): Promise<void> => {
    const checkpoints = resolveCheckpoints(paths);
    if (checkpoints.length === 0 || !(await baseChooser.settle(checkpoints.map(({ path }) => [path]))))
      return;
    await spectra.show(checkpoints, own);
  };

  const saved = new SavedRuns(storagePath(context, 'imported'), log);
  const found = Promise.all([discovery.refresh(), saved.load()]).catch((error: unknown) => {
    log.error(error instanceof Error ? error : String(error));
  });
  const picker = new CheckpointPicker(discovery, analyses);
  const choices = new Choices(context.workspaceState);
  const findings = new Findings(analyses, scheduler, () => readAnalysisSettings(choices.own), log);
  choices.onChange((choice) => {
    if (choice === 'subset' || choice === 'nulls' || choice === 'mode') findings.settingsChanged();
  });
  for (const chosen of [bases, weightSets]) {
    chosen.onChange((paths) => {
      // What was known is of other weights.
      former.forget(paths);
      findings.forget(new Set(paths.map((path) => dirname(path))));
      comparisons.weightsChanged();
    });
  }
  const lookIntoStore = watchStore(store, () => {
    findings.lookAgain();
  });
  const place = (path: string): string => vscode.workspace.asRelativePath(path);
  const curves = new Curves(analyses, scheduler);
  const metrics = new RunMetrics(engines, choices, log, thrownText);
  const refinements = new Refinements(analyses, scheduler, readRunSettings);
  const withGone = new GoneCheckpoints(watched, {
    hasResult: (path) => findings.resultOf(target(path)) !== undefined,
    former,
    memory: context.workspaceState,
  });
  analyses.onDescribed(() => {
    withGone.analyzed();
  });
  const runs = new Runs(
    ...([
      [withGone, saved, remote],
      findings,
      choices,
      curves,
      refinements,
      metrics,
      place,
      t,
      faultIn,
    ] as const),
  );
  const queueView = new QueueView(scheduler);
  const actions = new RunActions(
    runs,
    findings,
    scheduler,
    (groups) => baseChooser.settle(groups),
    curves,
    refinements,
  );
  const runsContext = { runs, scheduler, choices, actions, found, attention };
  const chooser = new RunChooser(runs, found);
  const pickMetrics = metricsPicker(metrics, failures);
  const watcher = new Watcher(watched, {
    ...{ find: findWatched, analyses, findings, runs, log },
    method: () => canonicalJson([findings.asks, choices.baseline]),
    settings: readWatchSettings,
    alert: (...said) => {
      watchCommands.alert(...said);
    },
    warn: (...said) => {
      watchCommands.warn(...said);
    },
  });
  const watchCommands = new WatchCommands({
    ...{ runs, found, chooser, watched, watcher },
    settings: readWatchSettings,
    nulls: () => choices.nulls,
    refined: () => refinements.wanted,
    settleBases: (groups) => baseChooser.settle(groups),
    openTrends: (ids) => {
      openTrends(ids);
    },
    opensTrends: readOpensTrends,
  });
  const reveal = async (path: string): Promise<void> => {
    await vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(path));
  };
  const runsPanels = new RunsPanels(runsContext, {
    extensionUri,
    log,
    openSettings,
    explain,
    l10n,
    listNetwork,
    settings,
    views,
    setSubset: (subset: Subset | null) =>
      choices.setSubset(withSubset(choices.own, subset, readAnalysisSettings).subset),
    // With the numbers that the run shows.
    openCheckpoint: (path) => openCheckpoints([path], choices.own),
    compare: async (a, b) => {
      const pair = [a, b].map(uriOf);
      await vscode.commands.executeCommand(COMMANDS.compare, pair[0], pair);
    },
    filesOf,
    reveal,
    askName: (value) =>
      askText({
        title: t('Rename Run'),
        prompt: t('What the run is called in every view of this workspace. Empty: as its folder.'),
        value,
        tooLong: t('At most 200 characters.'),
      }),
    pickRun: (shown) => chooser.pickAnother(shown),
    pickMetrics,
    leaveOut: async (ids) => {
      withGone.forget(ids);
      await watched.forgetDeleted(ids);
    },
    findMetrics: (run) => metrics.pick(run, undefined),
    watch: (list, on) => (on ? watchCommands.watch(list) : watchCommands.stop(list)),
  });
  const openRuns = (view: RunView, ids: readonly string[]): void => {
    runsPanels.show(view, ids);
  };
  const openTrends = (ids: readonly string[]): void => {
    openRuns('trends', ids);
  };
  const comparisons = new ComparePanels({
    ...{ extensionUri, log, openSettings, explain, attention, settings, reveal, views },
    openCheckpoint: (path) => openCheckpoints([path]),
    createSession: (pair, own) =>
      new CompareSession(
        ...([pair, analyses, scheduler, readAnalysisSettings, t, own, readRunSettings] as const),
        (id, steps) => {
          const run = runs.get(id);
          return run && metrics.at(run, steps);
        },
      ),
    find: async (kind, sides): Promise<Sides | undefined> => {
      if (kind === 'checkpoints') {
        const [a, b] = nameCheckpoints(sides);
        return { kind, sides: [a!, b!] };
      }
      await found;
      const [a, b] = sides.map((id) => runs.get(id));
      return a && b && { kind, sides: [a, b] };
    },
    openBoth: ({ kind, sides }) => {
      if (kind === 'runs') openTrends(sides.map(({ id }) => id));
      else void openCheckpoints(sides.map(({ path }) => path));
    },
  });
  metrics.onChange(() => {
    comparisons.metricsChanged();
  });
  const results = new SavedResultsCommands(runs, saved, chooser, failures, openTrends, extensionUri, log);
  const openSampleRun = (): Promise<void> => results.openSample();
  const looks = new HeaderLooks((path) => analyses.describe(path, { base: null }));
  const tree = new RunsTree(runs, found, log, {
    held: () => discovery.held,
    checkpoints: () => discovery.checkpoints,
    faultOf: (path) => looks.faultOf(path),
    look: (paths) => {
      looks.want(paths);
    },
    place,
  });
  looks.onChange(() => {
    tree.faultsChanged();
  });
  const treeView = new Tree(VIEWS.runs, tree, (files) => {
    drops.dragged = files;
  });

  treeView.onVisible((visible) => {
    tree.setVisible(visible);
  });
  const sayPart = (): void => {
    const { asked } = runs;
    const begins = watched.active.filter(({ id }) => id === null).map(({ folder }) => place(folder));
    treeView.setMessage(
      [
        ...(asked ? [t('Part of the network: {0}', subsetName(asked, t))] : []),
        ...(begins.length > 0 ? [t('Waiting for the first checkpoint in {0}.', begins.join(', '))] : []),
        ...(waiting === null ? [] : [waiting]),
      ].join(' · '),
    );
  };
  runs.onChange((change) => {
    if (change.kind === 'all') sayPart();
  });
  sayPart();
  treeView.onSelect(([node]) => {
    if (node?.kind === 'run') void choices.setRun(node.id);
    else if (node?.kind === 'checkpoint') void choices.setRun(node.run.id);
  });
  const editor = new InspectEditor(
    analyses,
    { extensionUri, log, openSettings, explain, views },
    (at, role) =>
      openCheckpoints([at], role === null ? {} : withSubset({}, roleAlone(role), readAnalysisSettings)),
    (path, set) => weightSets.choose([path], set),
  );
  const dashboard = new DashboardView(runsContext, {
    extensionUri,
    log,
    openSettings,
    explain,
    l10n,
    openRuns,
    openSampleRun,
  });

  const offer = new InspectOffer(context.globalState, {
    ask: async (name, pattern) => {
      const [open, always] = [t('Open'), t('Always for {0}', pattern)];
      const message = t('{0} is a checkpoint. NeuroMFA can show its tensors.', name);
      const choice = await tell('information', message, open, always);
      return choice === open ? 'open' : choice === always ? 'always' : undefined;
    },
    inspect: openInspect,
    prefer: (pattern) => preferEditor(pattern, EDITORS.inspect),
  });

  const badges = new Badges(runs, log);
  badges.wanted = readDecorations();

  const registered = [
    log,
    views,
    discovery,
    queueView,
    tree,
    treeView,
    registerCommand(COMMANDS.analyzeCheckpoint, analyzeCheckpoint(spectra, picker, baseChooser)),
    registerCommand(
      COMMANDS.analyzeCheckpointFull,
      analyzeCheckpoint(spectra, picker, baseChooser, { mode: 'full' }),
    ),
    registerCommand(
      COMMANDS.compare,
      compare({
        ...{ runs, chooser, picker, bases: baseChooser },
        show: (pair) => {
          comparisons.show(pair);
        },
      }),
    ),
    registerCommand(COMMANDS.inspectCheckpoint, inspectCheckpoint(picker)),
    registerCommand(COMMANDS.chooseBase, chooseBase(baseChooser, picker, openCheckpoints)),
    registerCommand(
      COMMANDS.chooseWeights,
      chooseWeights(weightSets, (path) => analyses.setsIn(path), picker, openCheckpoints),
    ),
    registerEditor(EDITORS.inspect, editor),
    onTextTab((path) => {
      void offer.opened(path).catch((error: unknown) => {
        failures.showRefusal(error);
      });
    }),
    registerCommand(
      COMMANDS.clearResults,
      clearResults(store, () => {
        void watched.forgetDeleted();
        withGone.forget();
        former.forget();
        findings.forget();
      }),
    ),
    registerCommand(COMMANDS.openGuide, () => openGuide(extensionUri)),
    ...results.register(),
    ...watchCommands.register(),
    ...registerAgentTools({ engines, analyses, scheduler, settings: readAnalysisSettings }),
    ...registerRemoteCommands({
      ...{ remote, token, chooser },
      list: (word, signal, onListed) => entrance.list(word, { signal, onListed, anew: true }),
      accepted: (id) => {
        if (readAnalysisSettings(choices.own).mode === 'full') approval.accept(id);
      },
      price: (checkpoints, signal) =>
        priceOf(
          {
            engines: engineHost,
            entrance,
            jobOf: (at) => analyses.jobOf(target(at), readAnalysisSettings(choices.own)),
          },
          checkpoints,
          signal,
        ),
      refuse: (error) => {
        failures.showRefusal(error);
      },
    }),
    ...registerSlurmCommands({
      ...{ runs, actions, findings, analyses, elsewhere, chooser },
      partitions: () => slurm.partitions(),
    }),
    watcher,
    ...registerRunCommands({
      ...runsContext,
      chooser,
      openRuns,
      seesRuns: (ids) => runsPanels.sees(ids),
      opensTrends: readOpensTrends,
      inspectCheckpoint: openInspect,
      pickMetrics,
      rowsAtKey: () => treeView.atKey(),
      linkTo: (kind, path) => linkTo({ scheme: linkScheme(), extension: context.extension.id }, kind, path),
      openCheckpoints: (paths) => openCheckpoints(paths, choices.own),
      refresh: async () => {
        await discovery.refresh();
        // Other windows and the command line may have stored results since.
        findings.forget();
      },
    }),
    badges,
    registerBadges((path) => badges.of(path), badges.onChange),
    registerLinks(
      async (link) => {
        await found;
        await openLink(link, {
          folders: openFolders,
          runAt: (path) => runs.list.find((run) => !run.saved && run.path === path)?.id,
          openRun: (id) => {
            openTrends([id]);
          },
          openCheckpoint: (path) => openCheckpoints([path]),
          ask: (path) =>
            confirm({
              message: t('Open a checkpoint outside this workspace?'),
              detail: t('A link requests it: {0}', path),
              button: t('Open'),
            }),
        });
      },
      (error) => {
        failures.showRefusal(error);
      },
    ),
    registerPanels(VIEW_TYPES.spectrum, (panel, state) => {
      spectra.restore(panel, state);
    }),
    registerPanels(VIEW_TYPES.compare, (panel, state) => comparisons.restore(panel, state)),
    ...RUN_VIEWS.map((view) =>
      registerPanels(VIEW_TYPES[view], (panel, state) => {
        runsPanels.restore(view, panel, state);
      }),
    ),
    registerView(VIEWS.dashboard, (view) => {
      dashboard.show(view);
    }),
    onFocus(() => {
      void lookIntoStore();
    }),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (!change.affectsConfiguration(SECTION)) return;
      // What was said last counts: a part that is asked for now, not one that was chosen in a panel before.
      if (SUBSET_KEYS.some((key) => change.affectsConfiguration(SETTINGS[key])))
        void choices.setSubset(undefined);
      badges.wanted = readDecorations();
      if (change.affectsConfiguration(SETTINGS.mode)) void choices.setMode(undefined);
      findings.settingsChanged();
      spectra.settingsChanged();
      comparisons.settingsChanged();
      if (change.affectsConfiguration(`${SECTION}.runs`)) runs.settingsChanged();
    }),
  ];
  for (const each of registered) context.subscriptions.push(each);
  void found.then(() => {
    watcher.start();
  });
  discovery.onRewritten((paths) => {
    const folders = new Set(paths.map((path) => dirname(path)));
    former.overwritten(folders);
    findings.rewritten(folders);
    looks.forget(folders);
    tree.faultsChanged();
  });
  // What an earlier window had submitted goes on.
  void elsewhere.former().then(
    (jobs) => scheduler.run(jobs),
    (error: unknown) => {
      log.error(error instanceof Error ? error : String(error));
    },
  );
  return {
    lastResults: () => runner.lastResults,
    trainingRuns: () => runs.list.flatMap(({ id }) => runs.model(id) ?? []),
  };
}

export async function deactivate(): Promise<void> {
  await engines?.dispose();
  await gateway?.dispose();
}

/** The folders of the workspace that are on a disk. */
function openFolders(): string[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.flatMap(({ uri }) => (uri.scheme === 'file' ? [uri.fsPath] : []));
}

/** @throws NeuroMfaError `usage` where there is no such role. */
const roleAlone = (role: string): Subset | null => makeSubset({ roles: [role] });

/** Where what is read over a network is kept for the next time; null for nowhere. */
function placeOfCached(log: EditorLog): string | null {
  try {
    return cacheFolder();
  } catch (error) {
    log.error(error instanceof Error ? error : new Error(String(error)));
    return null;
  }
}

function createEngine(
  context: vscode.ExtensionContext,
  log: EditorLog,
  memory: MemoryBudget,
  threads: number,
  remote: Gateway,
  approve: Approve,
  kept: string | null,
): Engine {
  return Engine.local({
    remote,
    kept,
    directory: join(context.extensionPath, 'dist'),
    memory,
    mostResult: MAX_RESULT_BYTES,
    approve,
    onError: (error) => {
      log.error(error);
    },
    ...(threads > 0 ? { threads } : {}),
  });
}

/** A folder of the extension's own: the workspace's, where one is open. */
function storagePath({ storageUri, globalStorageUri }: vscode.ExtensionContext, name: string): string {
  return vscode.Uri.joinPath(storageUri ?? globalStorageUri, name).fsPath;
}
