/** Entry of the page of the Trends and Emergence panels. */
import { Peer } from '../../src/protocol/rpc';
import { runsHostMethods, runsPanelMethods, type RunsModel, type RunsState } from '../../src/protocol/trends';
import { RunsPanel } from '../runs/panel';
import { pageFault } from '../components/pageFault';
import { connect } from '../shell/connection';
import { errorText, reportErrors } from '../shell/page';
import { PageGuard } from '../shell/pageGuard';
import '../styles/panel.css';

const { channel, keep } = connect();

const start = (): void => {
  peer
    .call('ready', null)
    .then(show)
    .catch((error: unknown) => {
      guard.fail(error);
      report(error);
    });
};

const showLog = (): void => {
  must(peer.call('showLog', null));
};

const guard = new PageGuard(pageFault({ retry: start, showLog }));

const show = guard.whole((model: RunsModel) => {
  const state: RunsState = { version: 1, runs: model.runs.map(({ id }) => id) };
  keep(state);
  panel.show(model);
});

const peer = new Peer(
  channel,
  runsPanelMethods,
  {
    show,
    updateCheckpoint: guard.part(({ run, checkpoint }) => {
      panel.updateCheckpoint(run, checkpoint);
    }),
    progress: guard.part((progress) => {
      panel.progress(progress);
    }),
  },
  runsHostMethods,
  (cause, method) => {
    guard.refused(cause, method);
    report(cause);
  },
);

const report = (error: unknown): void => {
  // The log is a courtesy: when even that fails there is nobody left to tell.
  peer.call('report', { message: errorText(error) }).catch(() => undefined);
};

/** For calls whose answer does not matter but whose failure does. */
const must = (call: Promise<unknown>): void => {
  call.catch((error: unknown) => {
    panel.fail(error);
  });
};

reportErrors(report, guard);

const panel = new RunsPanel(document.getElementById('app') ?? document.body, {
  save: async (file) => (await peer.call('save', file)).path,
  saveReport: async () => (await peer.call('saveReport', null)).path,
  setBaseline: (baseline) => {
    must(peer.call('setBaseline', baseline));
  },
  setEmergenceFrom: (source) => {
    must(peer.call('setEmergenceFrom', { source }));
  },
  analyzeRun: (run) => {
    must(peer.call('analyzeRun', { run }));
  },
  analyzeMissing: () => {
    must(peer.call('analyzeMissing', null));
  },
  analyzeCheckpoint: (run, path) => {
    must(peer.call('analyzeCheckpoint', { run, path }));
  },
  openCheckpoint: (run, path) => {
    must(peer.call('openCheckpoint', { run, path }));
  },
  openView: (view) => {
    must(peer.call('openView', { view }));
  },
  addRun: () => {
    must(peer.call('addRun', null));
  },
  removeRun: (run) => {
    must(peer.call('removeRun', { run }));
  },
  outline: () => peer.call('outline', null),
  checkSubset: (input) => peer.call('checkSubset', input),
  setSubset: (input) => peer.call('setSubset', input),
  cancel: () => {
    must(peer.call('cancel', null));
  },
  showLog,
  openSettings: () => {
    must(peer.call('openSettings', null));
  },
  report,
});

start();
