/** Entry of the dashboard's page. */
import { dashboardHostMethods, dashboardMethods } from '../../src/protocol/trends';
import { setExplain } from '../components/hint';
import { startPage } from '../shell/page';
import '../styles/dashboard.css';
import { Dashboard } from './dashboard';

startPage(dashboardMethods, dashboardHostMethods, ({ tell, report }, root) => {
  setExplain((topic) => {
    tell('explain', { topic });
  });
  const dashboard = new Dashboard(root, {
    select: (run) => {
      tell('select', { run });
    },
    analyzeRun: (run) => {
      tell('analyzeRun', { run });
    },
    setNulls: (on) => {
      tell('setNulls', { on });
    },
    openView: (view) => {
      tell('openView', { view });
    },
    openSampleRun: () => {
      tell('openSampleRun', null);
    },
    cancel: () => {
      tell('cancel', null);
    },
    report,
  });
  return {
    show: (model) => {
      dashboard.show(model);
    },
    fail: (error) => {
      dashboard.fail(error);
    },
  };
});
