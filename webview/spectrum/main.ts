/** Entry of the Spectrum panel's page. */
import {
  hostMethods,
  spectrumMethods,
  type SpectrumModel,
  type SpectrumState,
} from '../../src/protocol/panel';
import { Peer } from '../../src/protocol/rpc';
import { connect } from '../shell/connection';
import { errorText, reportErrors } from '../shell/page';
import '../styles/panel.css';
import { SpectrumPanel } from './panel';

const { channel, keep } = connect();

const show = (model: SpectrumModel): null => {
  const { items, mode, subset } = model;
  const state: SpectrumState = {
    version: 1,
    paths: items.map(({ path }) => path),
    ...(mode && { mode }),
    ...(subset !== undefined && { subset }),
  };
  keep(state);
  panel.show(model);
  return null;
};

const peer = new Peer(
  channel,
  spectrumMethods,
  {
    show,
    update: (item) => {
      panel.update(item);
      return null;
    },
  },
  hostMethods,
  (cause) => {
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
  showLog: () => {
    must(peer.call('showLog', null));
  },
  openSettings: () => {
    must(peer.call('openSettings', null));
  },
  report,
});

reportErrors(report);
must(peer.call('ready', null).then(show));
