/** Entry of the page of a comparison. */
import { compareHostMethods, comparePageMethods, type CompareState } from '../../src/protocol/comparePanel';
import { setExplain } from '../components/hint';
import { startPage } from '../shell/page';
import { compareMemory } from './memory';
import { ComparePanel } from './panel';

startPage(comparePageMethods, compareHostMethods, ({ setState, getState, ...host }, root) => {
  const memory = compareMemory({ setState, getState });
  setExplain((topic) => {
    host.tell('explain', { topic });
  });
  const panel = new ComparePanel(root, host, memory);
  return {
    show: (model) => {
      const state: CompareState = model.kept;
      memory.shows(state);
      panel.show(model);
    },
    progress: (state) => {
      panel.progress(state);
    },
    fail: (error) => {
      panel.fail(error);
    },
  };
});
