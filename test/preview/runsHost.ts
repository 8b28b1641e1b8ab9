/** Hosts of the run views that answer with made-up runs, and change them as a real one would. */
import { Peer, type Channel } from '../../src/protocol/rpc';
import type { Mode, Subset } from '../../src/protocol/analysis';
import type { BaselineChoice, EmergenceSource } from '../../src/protocol/run';
import {
  dashboardHostMethods,
  dashboardMethods,
  runsHostMethods,
  runsPanelMethods,
  type DashboardModel,
  type QueueProgress,
  type Run,
  type RunsModel,
  type RunView,
} from '../../src/protocol/trends';
import type { Look } from '../../src/protocol/looks';
import { REPORT_DATA_ID, REPORT_SCHEMA } from '../../src/protocol/report';
import { acrossRuns } from '../../src/core/metrics/correlations';
import { h } from '../../webview/dom';
import { checkedSettings, common, dropped, l10n, opened, PAPER, save } from './common';
import { EIGHTEEN, PYTHIA, runFixture, SHORT, type RunOptions } from './runFixtures';
import { sampleRun } from './sampleRun';
import { PART, subsetHost } from './subsetHost';
import { withLosses } from './withLosses';

const failure = {
  kind: 'failed',
  error: {
    code: 'damaged',
    subject: '/models/neox-1m/step2000',
    cause: 'it is cut short: at least 1,470,552 of its bytes are missing',
    nextStep: 'Save, copy or download it again',
  },
} as const;
const LONG = 'EleutherAI--pythia-6.9b-deduped-v0-with-a-very-long-name-that-never-ends-at-all';

/** The runs of each scenario, before a baseline is chosen. */
function optionsOf(scenario: string): RunOptions[] {
  switch (scenario) {
    case 'none':
    case 'sample':
      return [];
    case 'one':
      return [{ steps: [4000] }];
    case 'eighteen':
    case 'nulls':
      return [{ steps: EIGHTEEN }];
    case 'specified':
      return [{ steps: EIGHTEEN, specified: 99 }];
    case 'specifying':
      return [{ steps: EIGHTEEN, specified: 6 }];
    case 'many':
      return [{ name: 'pythia-160m-deduped', steps: PYTHIA, parameters: 162_322_944, kept: [0.53, 0.97] }];
    case 'overlay':
    case 'nulls-overlay':
      return [
        { steps: EIGHTEEN },
        { name: 'neox-1m-shuffled', steps: EIGHTEEN, fall: 0.01 },
        { name: 'neox-4m', steps: EIGHTEEN, fall: 0.16, parameters: 4_200_000 },
        { name: LONG, steps: EIGHTEEN, fall: 0.2, parameters: 6_860_000_000 },
      ];
    case 'changed':
      return [{ steps: EIGHTEEN }, { name: 'neox-4m', steps: EIGHTEEN, fall: 0.16, parameters: 4_200_000 }];
    case 'watched':
      return [{ steps: EIGHTEEN, states: { 17: { kind: 'running', fraction: 0.4 } } }];
    case 'metrics':
      return [{ steps: EIGHTEEN }];
    case 'metrics-five':
      return [0.05, 0.08, 0.11, 0.12, 0.16].map((fall, i) => ({
        name: `seed-${i + 1}`,
        steps: EIGHTEEN,
        fall,
      }));
    case 'families':
      return [
        { name: 'neox-1m', steps: EIGHTEEN },
        {
          name: 'resnet18',
          steps: [0, 500, 1000, 2000, 3000, 6000],
          fall: -0.06,
          architecture: 'resnet',
          parameters: 11_689_512,
        },
        { name: 'vit-tiny', steps: [0, 1000, 6000], fall: 0.004, architecture: 'vit', parameters: 5_717_416 },
      ];
    case 'crowd':
      return [70, 160, 410, 1000, 1400, 2800].map((size, index) => ({
        name: `pythia-${size}m`,
        steps: PYTHIA,
        parameters: size * 1e6,
        fall: 0.06 + 0.03 * index,
      }));
    case 'single-sample':
      return [{ samples: 1 }];
    case 'full':
      return [{ steps: EIGHTEEN, mode: 'full' }];
    case 'time':
      return [{ steps: SHORT.map(() => null) }];
    case 'partial':
      return [
        {
          steps: EIGHTEEN,
          states: {
            12: failure,
            14: { kind: 'running', fraction: 0.4 },
            15: { kind: 'queued' },
            16: { kind: 'queued' },
            17: { kind: 'missing' },
          },
        },
      ];
    case 'slurm':
      return [
        {
          steps: EIGHTEEN,
          states: {
            14: { kind: 'elsewhere', where: 'Slurm 1234_7', waiting: null, fraction: 0.45 },
            15: { kind: 'elsewhere', where: 'Slurm 1234_8', waiting: null, fraction: null },
            16: { kind: 'elsewhere', where: 'Slurm 1234_9', waiting: 'Priority', fraction: null },
            17: { kind: 'elsewhere', where: 'Slurm 1234_10', waiting: '', fraction: null },
          },
        },
      ];
    case 'missing':
      return [{ states: Object.fromEntries(SHORT.map((_, index) => [index, { kind: 'missing' as const }])) }];
    case 'no-baseline':
      return [{ noBaseline: true }];
    case 'part':
      return [{ steps: EIGHTEEN }, { name: 'neox-4m', steps: EIGHTEEN, fall: 0.16, parameters: 4_200_000 }];
    case 'part-mixed':
      return [{ steps: EIGHTEEN }, { name: 'neox-1m-attention', steps: EIGHTEEN, fall: 0.06, subset: PART }];
    case 'hostile':
      return [{ name: '<img src=x onerror=alert(1)>' }, { name: LONG, readOnly: true, steps: EIGHTEEN }];
    default:
      return [{}];
  }
}

const progressOf = (scenario: string): QueueProgress =>
  scenario === 'partial' || scenario === 'slurm' ? { done: 13, total: 17, secondsLeft: 42 } : null;

interface Chosen {
  baseline: BaselineChoice;
  emergenceFrom: EmergenceSource;
  asked: Subset | null;
  nulls: boolean;
}

const chosenIn = (scenario: string): Chosen => ({
  baseline: { kind: scenario === 'init' || scenario === 'gaussian' ? scenario : 'first' },
  emergenceFrom: 'alpha0',
  asked: scenario === 'part' ? PART : null,
  nulls: scenario.startsWith('nulls'),
});

const runsOf = (
  options: readonly RunOptions[],
  { baseline, asked, nulls }: Chosen,
  scenario: string,
): Run[] =>
  options.map((each, nth) => {
    const made = runFixture({ subset: asked, nulls, ...each, baseline });
    const run =
      scenario === 'watched' ? watched(made) : scenario.startsWith('metrics') ? withLosses(made, nth) : made;
    if (scenario === 'changed') return changedSince(made, nth);
    return { ...run, specifying: scenario === 'specifying' ? { done: 6, total: 18 } : null };
  });

/** As after a change of settings: what was shown before stays. */
const withoutSeries = (run: Run): Run => ({
  ...run,
  checkpoints: run.checkpoints.map((checkpoint) => ({ ...checkpoint, state: { kind: 'missing' } })),
  series: null,
  spectra: [],
  ...(run.series && { former: { series: run.series, spectra: run.spectra } }),
});

/** One checkpoint has been written anew, one deleted; of a second run nothing is left. */
function changedSince(run: Run, nth: number): Run {
  if (nth > 0) return { ...run, readOnly: true, gone: true };
  const { series } = run;
  const lost = series!.points[6]!;
  const overwritten = { ...lost, emergence: { ...lost.emergence, value: null, ci95: null } };
  return {
    ...run,
    checkpoints: run.checkpoints.map((each, i) => ({
      ...each,
      ...(i === 6 && { state: { kind: 'missing' as const, overwritten: true as const } }),
      ...(i === 12 && { deleted: true as const }),
    })),
    series: { ...series!, points: series!.points.filter((point) => point !== lost) },
    spectra: run.spectra.filter((_, i) => i !== 6),
    overwritten: [overwritten],
  };
}

/** Of whose checkpoints the trainer keeps the last. */
const watched = (run: Run): Run => ({
  ...run,
  watched: true,
  checkpoints: run.checkpoints.map((each, i) => (i % 4 === 1 ? { ...each, deleted: true } : each)),
});

function across(runs: readonly Run[]): Pick<RunsModel, 'across'> {
  const found = acrossRuns(runs.flatMap(({ series }) => series ?? []));
  return found ? { across: found } : {};
}

export function runsHost(
  channel: Channel,
  view: RunView,
  scenario: string,
): Peer<typeof runsHostMethods, typeof runsPanelMethods> {
  let options = optionsOf(scenario);
  /** Where it is not made up. */
  let real: Run[] = [];
  const chosen = chosenIn(scenario);
  let now = PAPER;
  let askedMode: Mode = scenario.includes('full') ? 'full' : 'sampled';
  const looks: Record<string, Look> = {};
  const names: Record<string, string> = {};
  const all = (): Run[] =>
    [...runsOf(options, chosen, scenario), ...real].map((run) => ({
      ...run,
      name: names[run.id] ?? run.name,
      ...(looks[run.id] && { look: looks[run.id]! }),
    }));
  const model = (): RunsModel => ({
    view,
    runs: scenario === 'outdated' ? all().map(withoutSeries) : all(),
    ...across(all()),
    askedMode,
    settings: { now, paper: PAPER },
    ...chosen,
    progress: progressOf(scenario),
    l10n,
  });
  const show = (): null => {
    void peer.call('show', model());
    return null;
  };
  const peer = new Peer<typeof runsHostMethods, typeof runsPanelMethods>(
    channel,
    runsHostMethods,
    {
      remember: () => null,
      ready: async () => {
        if (scenario === 'sample') real = [await sampleRun()];
        return model();
      },
      setBaseline: (baseline) => {
        chosen.baseline = baseline;
        return show();
      },
      setMode: ({ mode }) => {
        askedMode = mode;
        return show();
      },
      setSettings: (settings) => {
        now = checkedSettings(settings);
        return show();
      },
      setNulls: ({ on }) => {
        chosen.nulls = on;
        return show();
      },
      setEmergenceFrom: ({ source }) => {
        chosen.emergenceFrom = source;
        return show();
      },
      watch: ({ on }) => {
        options = options.map(({ watched: _, ...each }) => ({
          ...each,
          ...(on && { watched: true as const }),
        }));
        return show();
      },
      addRun: () => {
        options = [
          ...options,
          { name: `added-${options.length}`, steps: EIGHTEEN, fall: 0.05 * options.length },
        ];
        return show();
      },
      ...subsetHost((subset) => {
        chosen.asked = subset;
        show();
      }),
      setLooks: (params) => {
        Object.assign(looks, params.looks);
        return show();
      },
      reveal: () => null,
      renameRun: ({ run }) => {
        names[run] = 'renamed';
        return show();
      },
      removeRun: ({ run }) => {
        options = options.filter(({ name = 'neox-1m' }) => run !== `/models/${name}`);
        return show();
      },
      leaveOut: () => null,
      analyzeRun: () => null,
      analyzeMissing: () => null,
      pickMetrics: () => null,
      findMetrics: () => null,
      specify: () => null,
      stopSpecifying: () => null,
      analyzeCheckpoint: () => null,
      openCheckpoint: ({ path }) => {
        opened.push(path);
        return null;
      },
      compareCheckpoints: ({ a, b }) => {
        opened.push(`${a.path} with ${b.path}`);
        return null;
      },
      openView: () => null,
      cancel: () => null,
      save,
      saveReport: () => ({ path: null }),
      drop: (drop) => {
        dropped.push(drop);
        return null;
      },
      ...common,
    },
    runsPanelMethods,
  );
  return peer;
}

export function dashboardHost(
  channel: Channel,
  scenario: string,
): Peer<typeof dashboardHostMethods, typeof dashboardMethods> {
  const options = optionsOf(scenario);
  const chosen = chosenIn(scenario);
  let selected = 0;
  const model = (): DashboardModel => {
    const runs = runsOf(options, chosen, scenario);
    return {
      runs: runs.map(({ id, name }) => ({ id, name })),
      run: runs[selected] ?? null,
      ...chosen,
      progress: progressOf(scenario),
      l10n,
    };
  };
  const show = (): null => {
    void peer.call('show', model());
    return null;
  };
  const peer = new Peer<typeof dashboardHostMethods, typeof dashboardMethods>(
    channel,
    dashboardHostMethods,
    {
      ready: model,
      select: ({ run }) => {
        selected = Math.max(
          0,
          model().runs.findIndex(({ id }) => id === run),
        );
        return show();
      },
      setBaseline: (baseline) => {
        chosen.baseline = baseline;
        return show();
      },
      setNulls: ({ on }) => {
        chosen.nulls = on;
        return show();
      },
      setEmergenceFrom: ({ source }) => {
        chosen.emergenceFrom = source;
        return show();
      },
      analyzeRun: () => null,
      openView: () => null,
      openSampleRun: () => null,
      cancel: () => null,
      ...common,
    },
    dashboardMethods,
  );
  return peer;
}

/** The element that a report reads its data from. */
export function reportData(scenario: string): HTMLElement {
  const chosen = chosenIn(scenario);
  const report = {
    schema: REPORT_SCHEMA,
    created: '2025-11-22T10:00:00Z',
    runs: runsOf(optionsOf(scenario), chosen, scenario).map(({ series, spectra }) => ({ series, spectra })),
  };
  return h('script', { type: 'application/json', id: REPORT_DATA_ID }, JSON.stringify(report));
}
