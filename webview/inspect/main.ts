/** Entry of the page of the inspect view. */
import { inspectHostMethods, inspectPageMethods, type InspectModel } from '../../src/protocol/inspect';
import { Peer } from '../../src/protocol/rpc';
import { pageFault } from '../components/pageFault';
import { connect } from '../shell/connection';
import { errorText, reportErrors } from '../shell/page';
import { PageGuard } from '../shell/pageGuard';
import '../styles/panel.css';
import './inspect.css';
import { InspectPanel } from './panel';

const { channel, keep, kept } = connect();

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

const show = guard.whole((model: InspectModel) => {
  panel.show(model);
});

const peer = new Peer(
  channel,
  inspectPageMethods,
  {
    show,
    reading: guard.part((progress) => {
      panel.reading(progress);
    }),
    changed: guard.part(() => {
      panel.changed();
    }),
  },
  inspectHostMethods,
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

const panel = new InspectPanel(document.getElementById('app') ?? document.body, {
  read: () => {
    must(peer.call('read', null));
  },
  analyze: (role) => {
    must(peer.call('analyze', { role }));
  },
  showLog,
  report,
  keep,
  kept,
});

start();
