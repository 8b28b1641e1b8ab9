/** Entry of the page of the inspect view. */
import { inspectHostMethods, inspectPageMethods } from '../../src/protocol/inspect';
import { startPage } from '../shell/page';
import '../styles/panel.css';
import './inspect.css';
import { InspectPanel } from './panel';

startPage(inspectPageMethods, inspectHostMethods, ({ call: _, tell, ...host }, root) => {
  const panel = new InspectPanel(root, {
    ...host,
    read: () => {
      tell('read', null);
    },
    analyze: (role) => {
      tell('analyze', { role });
    },
  });
  return {
    show: (model) => {
      panel.show(model);
    },
    reading: (progress) => {
      panel.reading(progress);
    },
    changed: () => {
      panel.changed();
    },
    fail: (error) => {
      panel.fail(error);
    },
  };
});
