/** Entry of the dashboard's page. */
import { Peer } from '../../src/protocol/rpc';
import { dashboardHostMethods, dashboardMethods, type DashboardModel } from '../../src/protocol/trends';
import { pageFault } from '../components/pageFault';
import { connect } from '../shell/connection';
import { errorText, reportErrors } from '../shell/page';
import { PageGuard } from '../shell/pageGuard';
import '../styles/dashboard.css';
import { Dashboard } from './dashboard';

const { channel } = connect();

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

const show = guard.whole((model: DashboardModel) => {
  dashboard.show(model);
});

const peer = new Peer(channel, dashboardMethods, { show }, dashboardHostMethods, (cause, method) => {
  guard.refused(cause, method);
  report(cause);
});

const report = (error: unknown): void => {
  // The log is a courtesy: when even that fails there is nobody left to tell.
  peer.call('report', { message: errorText(error) }).catch(() => undefined);
};

/** For calls whose answer does not matter but whose failure does. */
const must = (call: Promise<unknown>): void => {
  call.catch((error: unknown) => {
    dashboard.fail(error);
  });
};

reportErrors(report, guard);

const dashboard = new Dashboard(document.getElementById('app') ?? document.body, {
  select: (run) => {
    must(peer.call('select', { run }));
  },
  analyzeRun: (run) => {
    must(peer.call('analyzeRun', { run }));
  },
  openView: (view) => {
    must(peer.call('openView', { view }));
  },
  openSampleRun: () => {
    must(peer.call('openSampleRun', null));
  },
  cancel: () => {
    must(peer.call('cancel', null));
  },
  report,
});

start();
