/** Entry of the Spectrum panel's page. */
import { hostMethods, spectrumMethods, type SpectrumState } from '../../src/protocol/panel';
import { acceptDrops } from '../components/dropTarget';
import { setExplain } from '../components/hint';
import { startPage } from '../shell/page';
import { panelMemory } from './memory';
import { SpectrumPanel, type PanelActions } from './panel';

startPage(spectrumMethods, hostMethods, ({ call, tell, setState, getState, ...host }, root) => {
  const memory = panelMemory({ setState, getState });
  const actions: PanelActions = {
    ...host,
    save: async (file) => (await call('save', file)).path,
    analyze: (path) => {
      tell('analyze', { path });
    },
    outline: () => call('outline', null),
    checkSubset: (input) => call('checkSubset', input),
    setSubset: (input) => call('setSubset', input),
    explain: (topic) => {
      tell('explain', { topic });
    },
    setSettings: (settings) => call('setSettings', settings),
    setMode: (mode) => {
      tell('setMode', { mode });
    },
    setNulls: (on) => {
      tell('setNulls', { on });
    },
    openCheckpoint: (path) => {
      tell('openCheckpoint', { path });
    },
    reveal: (path) => {
      tell('reveal', { path });
    },
    cancel: () => {
      tell('cancel', null);
    },
    openSettings: () => {
      tell('openSettings', null);
    },
  };
  setExplain(actions.explain);
  acceptDrops((drop) => {
    tell('drop', drop);
  });
  const panel = new SpectrumPanel(root, actions, memory);
  return {
    show: (model) => {
      const { items, mode, subset, nulls } = model;
      const state: SpectrumState = {
        version: 1,
        paths: items.map(({ path }) => path),
        ...(mode && { mode }),
        ...(subset !== undefined && { subset }),
        ...(nulls !== undefined && { nulls }),
      };
      memory.shows(state);
      panel.show(model);
    },
    update: (item) => {
      panel.update(item);
    },
    fail: (error) => {
      panel.fail(error);
    },
  };
});
