import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Choices } from '../../../src/extension/runs/choices';
import type { ReportRun } from '../../../src/protocol/report';
import { RunsSession } from '../../../src/extension/panels/runsSession';
import { DashboardSession } from '../../../src/extension/views/dashboardSession';
import { PLAIN_RUN, type ChosenSettings } from '../../../src/protocol/chosenSettings';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { Peer } from '../../../src/protocol/rpc';
import {
  dashboardHostMethods,
  dashboardMethods,
  runsHostMethods,
  runsPanelMethods,
  type DashboardHostMethods,
  type DashboardMethods,
  type DashboardModel,
  type RunsHostMethods,
  type RunsModel,
  type RunsPanelMethods,
} from '../../../src/protocol/trends';
import { eventually } from '../../support/eventually';
import { channels, run, RunBench, silent } from './runBench';

const a = run('a');
const b = run('b');

const open: { dispose(): void }[] = [];
beforeEach(() => {
  open.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
  for (const each of open) each.dispose();
});

const CHOSEN: ChosenSettings = {
  samples: 4,
  neurons: 32,
  draws: 'scattered',
  seed: 0,
  threshold: 150,
  transfer: 'inv',
  filter: 0,
  qMin: -3,
  qMax: 3,
  qStep: 0.1,
  scaleFree: 'network',
  ...PLAIN_RUN,
};

const services = {
  log: { ...silent, show: vi.fn() },
  openSettings: vi.fn(),
  explain: vi.fn(),
  openCheckpoint: vi.fn(() => Promise.resolve()),
  compare: vi.fn(() => Promise.resolve()),
  openRuns: vi.fn(),
  openSampleRun: vi.fn(() => Promise.resolve()),
  pickRun: vi.fn(() => Promise.resolve(b)),
  pickMetrics: vi.fn(() => Promise.resolve()),
  remember: () => null,
  findMetrics: vi.fn(() => Promise.resolve()),
  leaveOut: vi.fn(() => Promise.resolve()),
  filesOf: ({ uris }: { uris: string[] }) => uris,
  reveal: vi.fn(() => Promise.resolve()),
  askName: vi.fn((): Promise<string | undefined> => Promise.resolve('other')),
  watch: vi.fn(() => Promise.resolve()),
  save: () => ({ path: null }),
  saveReport: vi.fn(() => Promise.resolve('/home/user/report.html')),
  settings: { read: () => null, write: vi.fn(() => Promise.resolve()) },
  l10n: {},
};

interface PanelPage {
  bench: RunBench;
  session: RunsSession;
  page: Peer<RunsPanelMethods, RunsHostMethods>;
  shown: RunsModel[];
  updates: string[];
}

/**
 * That a page of run A tells how far the queue is while A is in it, and cancels A alone. Returns the analysis of B, which
 * is still in the queue.
 */
async function expectOwnProgress(
  bench: RunBench,
  session: { model: { progress: unknown } },
  analyze: () => Promise<unknown>,
  cancel: () => Promise<unknown>,
): Promise<Promise<unknown>[]> {
  bench.engine.gate = new Promise(() => undefined);
  const others = bench.actions.analyzeRuns([b]);
  await eventually(() => {
    expect(bench.scheduler.progress).toMatchObject({ total: 3 });
  });
  expect(session.model.progress).toBeNull();
  await analyze();
  await eventually(() => {
    expect(session.model.progress).toMatchObject({ total: 6 });
  });
  await cancel();
  expect(session.model.progress).toBeNull();
  expect(bench.scheduler.progress).toMatchObject({ total: 3 });
  return [others];
}

function panel(...ids: string[]): PanelPage {
  const bench = new RunBench(a, b);
  const [host, own] = channels();
  const session = new RunsSession(
    'trends',
    ids,
    host,
    bench,
    { ...services, listNetwork: () => bench.listNetwork(), setSubset: (subset) => bench.setSubset(subset) },
    () => undefined,
  );
  session.connect();
  const shown: RunsModel[] = [];
  const updates: string[] = [];
  const handlers = {
    show: (model: RunsModel) => {
      shown.push(model);
      return null;
    },
    updateCheckpoint: ({ checkpoint }: { checkpoint: { name: string; state: { kind: string } } }) => {
      updates.push(`${checkpoint.name} ${checkpoint.state.kind}`);
      return null;
    },
    progress: () => null,
  };
  const page = new Peer(own, runsPanelMethods, handlers, runsHostMethods, (cause) => {
    throw new Error(cause);
  });
  open.push(session, page);
  return { bench, session, page, shown, updates };
}

/** What a bench is asked to look for, and whether somebody still waits for it. */
function searches(bench: RunBench): () => string[] {
  const load = vi.spyOn(bench.runs, 'load').mockImplementation(() => Promise.resolve());
  return () => load.mock.calls.map(([id, signal]) => `${id.trim()}${signal!.aborted ? ' given up' : ''}`);
}

describe('RunsSession', () => {
  it('looks for stored results of its runs while it is seen', async () => {
    const { bench, session, page } = panel(a.id);
    const looked = searches(bench);
    session.add([b.id]);
    expect(looked()).toEqual([]);
    await page.call('ready', null);
    expect(looked()).toEqual(['/a', '/b']);
    await page.call('removeRun', { run: b.id });
    expect(looked()).toEqual(['/a given up', '/b given up', '/a']);
    session.disconnect();
    expect(looked().at(-1)).toBe('/a given up');
  });

  it('answers a page that is ready with its runs', async () => {
    const { page } = panel(a.id, '/gone');
    const model = await page.call('ready', null);
    expect(model.runs.map(({ name }) => name)).toEqual(['a']);
    expect(model).toMatchObject({ view: 'trends', baseline: { kind: 'first' }, emergenceFrom: 'alpha0' });
  });

  it('keeps what it showed last of a run that is gone, to be looked at and removed', async () => {
    const { bench, session, page, shown } = panel(a.id, b.id);
    await page.call('ready', null);
    await bench.actions.analyzeRuns([a]);
    await eventually(() => {
      expect(shown.at(-1)?.runs[0]?.series?.points).toHaveLength(3);
    });
    const { series } = session.model.runs[0]!;
    // Of the other one nothing is known.
    bench.list.set([]);
    expect(session.model.runs).toMatchObject([{ id: a.id, readOnly: true, gone: true, series }]);
    await page.call('setLooks', { looks: { [a.id]: { hue: 2 } } });
    await expect(page.call('openCheckpoint', { run: a.id, path: '/a/a' })).rejects.toThrow(
      /does not show it/,
    );
    await page.call('removeRun', { run: a.id });
    expect(session.model.runs).toEqual([]);
    bench.list.set([a]);
    session.add([a.id]);
    expect(session.model.runs).toMatchObject([{ id: a.id, readOnly: false }]);
    expect(session.model.runs[0]).not.toHaveProperty('gone');
  });

  it('leaves deleted checkpoints out of its runs', async () => {
    const { page } = panel(a.id);
    await page.call('ready', null);
    await page.call('leaveOut', null);
    expect(services.leaveOut).toHaveBeenCalledWith([a.id]);
  });

  it('shows results as they come, and every state', async () => {
    const { page, shown, updates } = panel(a.id);
    await page.call('ready', null);
    await page.call('analyzeRun', { run: a.id });
    await eventually(() => {
      expect(shown.at(-1)?.runs[0]?.series?.points).toHaveLength(3);
    });
    expect(updates).toEqual(expect.arrayContaining(['step0 queued', 'step0 running', 'step0 done']));
  });

  it('tells nothing to a page that has not asked yet, nor to one that is hidden', async () => {
    const { bench, session, page, shown, updates } = panel(a.id);
    await bench.actions.analyzeRuns([a]);
    await page.call('ready', null);
    session.disconnect();
    vi.useFakeTimers();
    await bench.actions.analyzeCheckpoints(a, ['/a/a']);
    // Whatever was to be told later.
    await vi.runAllTimersAsync();
    expect(shown).toEqual([]);
    expect(updates).toEqual([]);
  });

  it('keeps how runs are shown with the workspace, for every panel and the report', async () => {
    const { bench, page, shown } = panel(a.id, b.id);
    await page.call('ready', null);
    await bench.actions.analyzeRuns([a, b]);
    await page.call('setLooks', { looks: { [a.id]: { hidden: true }, [b.id]: { hue: 4, pinned: true } } });
    await page.call('renameRun', { run: b.id });
    await eventually(() => {
      expect(shown.at(-1)?.runs.map(({ name, look }) => [name, look])).toEqual([
        ['a', { hidden: true }],
        ['other', { hue: 4, pinned: true }],
      ]);
    });
    // In the tree and in files as well.
    expect(bench.runs.get(b.id)).toMatchObject({ name: 'other', foundAs: 'b' });
    expect(bench.runs.get(b.id)).toBe(bench.runs.get(b.id));
    await page.call('saveReport', null);
    const [name, reported] = services.saveReport.mock.calls.at(-1) as unknown as [string, ReportRun[]];
    expect(name).toBe('other-report.html');
    expect(reported.map(({ series, style }) => [series.run.name, style])).toEqual([
      ['other', { place: 1, hue: 4 }],
    ]);
    // A window that comes later has it from the workspace's memory.
    const again = new Choices({ get: (key) => bench.memory.get(key), update: () => Promise.resolve() });
    expect([again.look(b.id), again.nameOf(b.id)]).toEqual([{ hue: 4, pinned: true }, 'other']);
    services.askName.mockResolvedValueOnce('');
    await page.call('renameRun', { run: b.id });
    expect(bench.runs.get(b.id)!.name).toBe('b');
    services.askName.mockResolvedValueOnce(undefined);
    await page.call('renameRun', { run: b.id });
    expect(bench.runs.get(b.id)!.name).toBe('b');
  });

  it('overlays the runs of dropped folders and checkpoints', async () => {
    const { bench, page, shown } = panel(a.id);
    await page.call('ready', null);
    await page.call('drop', { uris: [b.checkpoints[1]!.path, b.path], fromTree: false });
    await eventually(() => {
      expect(shown.at(-1)?.runs.map(({ id }) => id)).toEqual([a.id, b.id]);
    });
    expect(bench.failures).toEqual([]);
    await expect(page.call('drop', { uris: ['/elsewhere'], fromTree: false })).rejects.toThrow(
      /no training run/,
    );
  });

  it('changes the looks of no run that it does not show', async () => {
    const { page } = panel(a.id);
    await page.call('ready', null);
    await expect(page.call('setLooks', { looks: { [b.id]: { hidden: true } } })).rejects.toThrow(
      /does not show it/,
    );
  });

  it('finds how E depends on the settings, tells how far it has come, and uses stored results again', async () => {
    const { bench, page, shown } = panel(a.id);
    await page.call('ready', null);
    await page.call('analyzeRun', { run: a.id });
    await eventually(() => {
      expect(bench.runs.model(a.id)?.series?.points).toHaveLength(3);
    });
    await page.call('specify', { run: a.id });
    await eventually(() => {
      expect(shown.at(-1)?.runs[0]?.series?.specifications?.length).toBeGreaterThan(10);
      expect(shown.at(-1)?.runs[0]?.specifying).toBeNull();
    });
    // It is about this baseline.
    await page.call('setBaseline', { kind: 'step', step: 10 });
    expect(bench.runs.model(a.id)?.series?.specifications).toBeUndefined();
    await page.call('setBaseline', { kind: 'first' });
    expect(bench.runs.model(a.id)?.series?.specifications?.length).toBeGreaterThan(10);
  });

  it('stops looking how E depends on the settings', async () => {
    const { bench, page, shown } = panel(a.id);
    await page.call('ready', null);
    await page.call('analyzeRun', { run: a.id });
    await eventually(() => {
      expect(bench.runs.model(a.id)?.series?.points).toHaveLength(3);
    });
    bench.engine.gate = new Promise(() => undefined);
    await page.call('specify', { run: a.id });
    await eventually(() => {
      expect(shown.at(-1)?.runs[0]?.specifying).toEqual({ done: 0, total: null });
    });
    await page.call('stopSpecifying', { run: a.id });
    await eventually(() => {
      expect(shown.at(-1)?.runs[0]?.specifying).toBeNull();
    });
    expect(bench.runs.model(a.id)?.series?.specifications).toBeUndefined();
    expect(bench.failures).toEqual([]);
  });

  it('tells how far the queue is while its own runs are in it, and cancels these alone', async () => {
    const { bench, page, session } = panel(a.id);
    await page.call('ready', null);
    const [others] = await expectOwnProgress(
      bench,
      session,
      () => page.call('analyzeRun', { run: a.id }),
      () => page.call('cancel', null),
    );
    expect(bench.runs.model(b.id)?.checkpoints.map(({ state }) => state.kind)).not.toContain('missing');
    bench.scheduler.cancel();
    await others;
  });

  it.each([
    ['what is changed one at a time', PLAIN_RUN, 'specify'],
    ['what settings of runs take', { ...PLAIN_RUN, population: 'common' as const }, 'analyzeRun'],
  ] as const)('cancels %s, too', async (_, own, begin) => {
    const { bench, page, session } = panel(a.id);
    await page.call('ready', null);
    await bench.actions.analyzeRuns([a]);
    bench.runSettings = own;
    bench.runs.settingsChanged();
    bench.engine.gate = new Promise(() => undefined);
    await page.call(begin, { run: a.id });
    await eventually(() => {
      expect(session.model.progress).not.toBeNull();
    });
    await page.call('cancel', null);
    await eventually(() => {
      expect(session.model.progress).toBeNull();
      expect(bench.scheduler.progress).toBeNull();
    });
    expect(bench.failures).toEqual([]);
  });

  it('changes the baseline for every view, and analyzes what it takes', async () => {
    const { bench, page, shown } = panel(a.id);
    await page.call('ready', null);
    await page.call('analyzeCheckpoint', { run: a.id, path: '/a/b' });
    await eventually(() => {
      expect(bench.runs.model(a.id)?.series?.points).toHaveLength(1);
    });
    await page.call('setBaseline', { kind: 'step', step: 20 });
    await eventually(() => {
      expect(shown.at(-1)?.runs[0]?.series?.baseline.point?.step).toBe(20);
    });
    expect(shown.at(-1)?.baseline).toEqual({ kind: 'step', step: 20 });
    expect(bench.engine.analyzed).toEqual(['/a/b', '/a/c']);
  });

  it('analyzes a part of the network, for all runs, and stops what is under way', async () => {
    const { bench, page, shown } = panel(a.id);
    await page.call('ready', null);
    expect(await page.call('outline', null)).toMatchObject({ blocks: 2, roles: [{ role: 'mlp.up' }, {}] });
    const input = { include: [], exclude: [], blocks: ['1'], roles: [] };
    expect(await page.call('checkSubset', input)).toEqual({ projections: 1, of: 2 });
    bench.engine.gate = new Promise(() => undefined);
    await page.call('analyzeRun', { run: a.id });
    await eventually(() => {
      expect(bench.engine.analyzed).toHaveLength(2);
    });
    bench.engine.gate = Promise.resolve();
    const before = bench.engine.analyzed.length;
    await page.call('setSubset', input);
    await eventually(() => {
      expect(shown.at(-1)?.runs[0]?.series?.points).toHaveLength(3);
    });
    expect(bench.engine.analyzed.slice(before)).toEqual(['/a/a', '/a/b', '/a/c']);
    expect(shown.at(-1)?.asked).toMatchObject({ blocks: [[1, 1]] });
    expect(shown.at(-1)?.runs[0]?.series?.settings.subset).toEqual(shown.at(-1)?.asked);
  });

  it('analyzes all runs anew with null models, and finds what was made without them when they are off again', async () => {
    const { bench, page, shown } = panel(a.id);
    await page.call('ready', null);
    await page.call('analyzeRun', { run: a.id });
    await eventually(() => {
      expect(shown.at(-1)?.runs[0]?.series?.points).toHaveLength(3);
    });
    const before = bench.engine.analyzed.length;
    await page.call('setNulls', { on: true });
    await eventually(() => {
      expect(shown.at(-1)).toMatchObject({ nulls: true });
      expect(shown.at(-1)?.runs[0]?.series?.settings.nulls).toEqual({ draws: 20 });
      expect(shown.at(-1)?.runs[0]?.series?.points).toHaveLength(3);
    });
    expect(bench.engine.analyzed.slice(before)).toEqual(['/a/a', '/a/b', '/a/c']);
    await page.call('setNulls', { on: false });
    await eventually(() => {
      expect(shown.at(-1)).toMatchObject({ nulls: false });
    });
  });

  it('takes full networks when they are asked for, shows earlier results meanwhile, and waits for the word', async () => {
    const { bench, page, shown } = panel(a.id);
    await page.call('ready', null);
    await page.call('analyzeRun', { run: a.id });
    await eventually(() => {
      expect(shown.at(-1)?.runs[0]?.series?.points).toHaveLength(3);
    });
    const before = bench.engine.analyzed.length;
    await page.call('setMode', { mode: 'full' });
    await eventually(() => {
      expect(shown.at(-1)).toMatchObject({ askedMode: 'full' });
      expect(shown.at(-1)?.runs[0]?.series).toBeNull();
    });
    expect(shown.at(-1)?.runs[0]?.former?.series.points).toHaveLength(3);
    expect(bench.engine.analyzed).toHaveLength(before);
    await page.call('analyzeMissing', null);
    await eventually(() => {
      expect(shown.at(-1)?.runs[0]?.series?.settings.mode).toBe('full');
    });
    expect(shown.at(-1)?.runs[0]?.former).toBeUndefined();
  });

  it('hands changed settings on, and the reason where they cannot be', async () => {
    const { page } = panel(a.id);
    await page.call('ready', null);
    await page.call('setSettings', CHOSEN);
    // What cannot be is for the host to refuse, not for the channel.
    await page.call('setSettings', { ...CHOSEN, samples: -1, neurons: 0.5 });
    expect(services.settings.write).toHaveBeenCalledTimes(2);
    expect(services.settings.write).toHaveBeenCalledWith(CHOSEN);
    services.settings.write.mockRejectedValueOnce(new NeuroMfaError('usage', 'samples', '0 is too few', ''));
    await expect(page.call('setSettings', CHOSEN)).rejects.toThrow('0 is too few');
  });

  it('changes nothing where a part leaves nothing', async () => {
    const { bench, page } = panel(a.id);
    await page.call('ready', null);
    const input = { include: [], exclude: [], blocks: ['7'], roles: [] };
    await expect(page.call('setSubset', input)).rejects.toThrow('leaves no projection');
    expect(bench.runs.asked).toBeNull();
    expect(bench.engine.analyzed).toEqual([]);
  });

  it('overlays another run, and takes one away', async () => {
    const { session, page, shown } = panel(a.id);
    await page.call('ready', null);
    await page.call('watch', { on: true });
    expect(services.watch).toHaveBeenLastCalledWith([a], true);
    await page.call('addRun', null);
    await page.call('removeRun', { run: a.id });
    expect(session.ids).toEqual([b.id]);
    await eventually(() => {
      expect(shown.at(-1)?.runs.map(({ name }) => name)).toEqual(['b']);
    });
  });

  it('reports the runs that have results', async () => {
    const { bench, page } = panel(a.id, b.id);
    await page.call('ready', null);
    await expect(page.call('saveReport', null)).rejects.toThrow('no results');
    await bench.actions.analyzeRuns([a]);
    expect(await page.call('saveReport', null)).toEqual({ path: '/home/user/report.html' });
    const { series, spectra } = bench.runs.model(a.id)!;
    expect(services.saveReport).toHaveBeenCalledWith('a-report.html', [
      { series, spectra, style: { place: 0 } },
    ]);
  });

  it('opens only what it shows', async () => {
    const { page } = panel(a.id);
    await page.call('openCheckpoint', { run: a.id, path: '/a/a' });
    expect(services.openCheckpoint).toHaveBeenCalledWith('/a/a');
    const pair = (path: string) => ({ a: { run: a.id, path: '/a/a' }, b: { run: a.id, path } });
    await page.call('compareCheckpoints', pair('/a/b'));
    await expect(page.call('compareCheckpoints', pair('/etc/passwd'))).rejects.toThrow();
    expect(services.compare.mock.calls).toEqual([['/a/a', '/a/b']]);
    await expect(page.call('openCheckpoint', { run: a.id, path: '/etc/passwd' })).rejects.toThrow(
      'no checkpoint',
    );
    await expect(page.call('analyzeRun', { run: b.id })).rejects.toThrow('does not show');
  });
});

describe('DashboardSession', () => {
  function dashboard(bench: RunBench): {
    session: DashboardSession;
    page: Peer<DashboardMethods, DashboardHostMethods>;
    shown: DashboardModel[];
  } {
    const [host, own] = channels();
    const session = new DashboardSession(host, bench, services);
    session.connect();
    const shown: DashboardModel[] = [];
    const show = (model: DashboardModel): null => {
      shown.push(model);
      return null;
    };
    const page = new Peer(own, dashboardMethods, { show }, dashboardHostMethods);
    open.push(session, page);
    return { page, session, shown };
  }

  it('looks for stored results of its run while it is seen', async () => {
    const bench = new RunBench(a, b);
    const { session, page } = dashboard(bench);
    const looked = searches(bench);
    await page.call('ready', null);
    expect(looked()).toEqual(['/a']);
    await page.call('select', { run: b.id });
    expect(looked()).toEqual(['/a given up', '/b']);
    session.disconnect();
    expect(looked().at(-1)).toBe('/b given up');
  });

  it('tells how far the queue is while its run is in it, and cancels that alone', async () => {
    const bench = new RunBench(a, b);
    const { page, session } = dashboard(bench);
    await page.call('ready', null);
    const [others] = await expectOwnProgress(
      bench,
      session,
      () => page.call('analyzeRun', { run: a.id }),
      () => page.call('cancel', null),
    );
    bench.scheduler.cancel();
    await others;
  });

  it('shows nothing where there is nothing', async () => {
    const { page } = dashboard(new RunBench());
    expect(await page.call('ready', null)).toMatchObject({ runs: [], run: null, progress: null });
  });

  it('shows the first run until one is chosen, also after a reload', async () => {
    const bench = new RunBench(a, b);
    const { page, shown } = dashboard(bench);
    expect((await page.call('ready', null)).run?.name).toBe('a');
    await page.call('select', { run: b.id });
    await eventually(() => {
      expect(shown.at(-1)?.run?.name).toBe('b');
    });
    const { page: reloaded } = dashboard(bench);
    expect((await reloaded.call('ready', null)).run?.name).toBe('b');
  });

  it('follows the queue', async () => {
    const bench = new RunBench(a);
    const { page, shown } = dashboard(bench);
    await page.call('ready', null);
    await page.call('analyzeRun', { run: a.id });
    await eventually(() => {
      expect(shown.at(-1)?.run?.series?.points).toHaveLength(3);
    });
  });

  it('opens the panels with its run', async () => {
    const { page } = dashboard(new RunBench(a, b));
    await page.call('openView', { view: 'emergence' });
    expect(services.openRuns).toHaveBeenCalledWith('emergence', [a.id]);
  });

  it('offers the sample where there is nothing', async () => {
    const { page } = dashboard(new RunBench());
    await page.call('openSampleRun', null);
    expect(services.openSampleRun).toHaveBeenCalledOnce();
  });
});
