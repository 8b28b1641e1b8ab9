/** Entry of the page of the inspect view. */
import { inspectHostMethods, inspectPageMethods, type InspectModel } from '../../src/protocol/inspect';
import { Peer } from '../../src/protocol/rpc';
import { connect } from '../shell/connection';
import { errorText, reportErrors } from '../shell/page';
import '../styles/panel.css';
import './inspect.css';
import { InspectPanel } from './panel';

const { channel, keep, kept } = connect();

const show = (model: InspectModel): null => {
  panel.show(model);
  return null;
};

const peer = new Peer(
  channel,
  inspectPageMethods,
  {
    show,
    reading: (progress) => {
      panel.reading(progress);
      return null;
    },
    changed: () => {
      panel.changed();
      return null;
    },
  },
  inspectHostMethods,
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

const panel = new InspectPanel(document.getElementById('app') ?? document.body, {
  read: () => {
    must(peer.call('read', null));
  },
  analyze: (role) => {
    must(peer.call('analyze', { role }));
  },
  showLog: () => {
    must(peer.call('showLog', null));
  },
  report,
  keep,
  kept,
});

reportErrors(report);
must(peer.call('ready', null).then(show));
