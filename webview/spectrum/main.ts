/** Entry of the Spectrum panel's page. */
import {
  hostMethods,
  spectrumMethods,
  type SpectrumModel,
  type SpectrumState,
} from '../../src/protocol/panel';
import { Peer } from '../../src/protocol/rpc';
import { pageFault } from '../components/pageFault';
import { connect } from '../shell/connection';
import { errorText, reportErrors } from '../shell/page';
import { PageGuard } from '../shell/pageGuard';
import '../styles/panel.css';
import { SpectrumPanel } from './panel';

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

const show = guard.whole((model: SpectrumModel) => {
  const { items, mode, subset } = model;
  const state: SpectrumState = {
    version: 1,
    paths: items.map(({ path }) => path),
    ...(mode && { mode }),
    ...(subset !== undefined && { subset }),
  };
  keep(state);
  panel.show(model);
});

const peer = new Peer(
  channel,
  spectrumMethods,
  {
    show,
    update: guard.part((item) => {
      panel.update(item);
    }),
  },
  hostMethods,
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

const panel = new SpectrumPanel(document.getElementById('app') ?? document.body, {
  save: async (file) => (await peer.call('save', file)).path,
  analyze: (path) => {
    must(peer.call('analyze', { path }));
  },
  outline: () => peer.call('outline', null),
  checkSubset: (input) => peer.call('checkSubset', input),
  setSubset: (input) => peer.call('setSubset', input),
  setMode: (mode) => {
    must(peer.call('setMode', { mode }));
  },
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
