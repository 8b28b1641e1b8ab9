/** Entry of the page of training runs: Trends and Emergence. */
import { runsHostMethods, runsPanelMethods, type RunsState } from '../../src/protocol/trends';
import { acceptDrops } from '../components/dropTarget';
import { setExplain } from '../components/hint';
import { startPage } from '../shell/page';
import { runsMemory } from './memory';
import { RunsPanel, type RunsPanelActions } from './panel';

startPage(runsPanelMethods, runsHostMethods, ({ call, tell, setState, getState, ...host }, root) => {
  const memory = runsMemory({ setState, getState });
  const actions: RunsPanelActions = {
    ...host,
    save: async (file) => (await call('save', file)).path,
    saveReport: async () => (await call('saveReport', null)).path,
    setBaseline: (baseline) => {
      tell('setBaseline', baseline);
    },
    setNulls: (on) => {
      tell('setNulls', { on });
    },
    explain: (topic) => {
      tell('explain', { topic });
    },
    setLooks: (looks) => {
      tell('setLooks', { looks });
    },
    reveal: (run, path) => {
      tell('reveal', { run, path });
    },
    renameRun: (run) => {
      tell('renameRun', { run });
    },
    setSettings: (settings) => call('setSettings', settings),
    setMode: (mode) => {
      tell('setMode', { mode });
    },
    setEmergenceFrom: (source) => {
      tell('setEmergenceFrom', { source });
    },
    pickMetrics: (run) => {
      tell('pickMetrics', { run });
    },
    findMetrics: (run) => {
      tell('findMetrics', { run });
    },
    specify: (run) => {
      tell('specify', { run });
    },
    stopSpecifying: (run) => {
      tell('stopSpecifying', { run });
    },
    analyzeRun: (run) => {
      tell('analyzeRun', { run });
    },
    analyzeMissing: () => {
      tell('analyzeMissing', null);
    },
    analyzeCheckpoint: (run, path) => {
      tell('analyzeCheckpoint', { run, path });
    },
    openCheckpoint: (run, path) => {
      tell('openCheckpoint', { run, path });
    },
    compareCheckpoints: ([a, b]) => {
      tell('compareCheckpoints', { a, b });
    },
    openView: (view) => {
      tell('openView', { view });
    },
    watch: (on) => {
      tell('watch', { on });
    },
    leaveOut: () => {
      tell('leaveOut', null);
    },
    addRun: () => {
      tell('addRun', null);
    },
    removeRun: (run) => {
      tell('removeRun', { run });
    },
    outline: () => call('outline', null),
    checkSubset: (input) => call('checkSubset', input),
    setSubset: (input) => call('setSubset', input),
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
  const panel = new RunsPanel(root, actions, memory);
  return {
    show: (model) => {
      const state: RunsState = { version: 1, runs: model.runs.map(({ id }) => id) };
      memory.shows(state);
      panel.show(model);
    },
    updateCheckpoint: ({ run, checkpoint }) => {
      panel.updateCheckpoint(run, checkpoint);
    },
    progress: (progress) => {
      panel.progress(progress);
    },
    fail: (error) => {
      panel.fail(error);
    },
  };
});
