/** Entry of the page of training runs: Trends and Emergence. */
import { runsHostMethods, runsPanelMethods, type RunsState } from '../../src/protocol/trends';
import { startPage } from '../shell/page';
import '../styles/panel.css';
import { RunsPanel } from './panel';

startPage(runsPanelMethods, runsHostMethods, ({ call, tell, keep, ...host }, root) => {
  const panel = new RunsPanel(root, {
    ...host,
    save: async (file) => (await call('save', file)).path,
    saveReport: async () => (await call('saveReport', null)).path,
    setBaseline: (baseline) => {
      tell('setBaseline', baseline);
    },
    setEmergenceFrom: (source) => {
      tell('setEmergenceFrom', { source });
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
    openView: (view) => {
      tell('openView', { view });
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
  });
  return {
    show: (model) => {
      const state: RunsState = { version: 1, runs: model.runs.map(({ id }) => id) };
      keep(state);
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
