/** Entry of the page of the inspect view. */
import { inspectHostMethods, inspectPageMethods } from '../../src/protocol/inspect';
import { startPage } from '../shell/page';
import './inspect.css';
import { inspectMemory } from './memory';
import { InspectPanel, type InspectActions } from './panel';

startPage(inspectPageMethods, inspectHostMethods, ({ call, tell, setState, getState, ...host }, root) => {
  const actions: InspectActions = {
    ...host,
    read: () => {
      tell('read', null);
    },
    chooseWeights: (set) => {
      tell('chooseWeights', { set });
    },
    computeFacts: () => {
      tell('computeFacts', null);
    },
    cancelFacts: () => {
      tell('cancelFacts', null);
    },
    saveFacts: async () => (await call('saveFacts', null)).path,
    histogram: (tensor) => call('histogram', { tensor }),
    analyze: (role) => {
      tell('analyze', { role });
    },
  };
  const panel = new InspectPanel(root, actions, inspectMemory({ setState, getState }));
  return {
    show: (model) => {
      panel.show(model);
    },
    reading: (progress) => {
      panel.reading(progress);
    },
    facts: (state) => {
      panel.facts(state);
    },
    changed: (change) => {
      panel.changed(change);
    },
    fail: (error) => {
      panel.fail(error);
    },
  };
});
