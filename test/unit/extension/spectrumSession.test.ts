import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ResultStore } from '../../../src/core/store/resultStore';
import { SpectrumSession } from '../../../src/extension/panels/spectrumSession';
import type { ReadSettings } from '../../../src/extension/ownSettings';
import { Analyses } from '../../../src/extension/services/analyses';
import type { Elsewhere } from '../../../src/protocol/elsewhere';
import type { Analysis } from '../../../src/protocol/analysis';
import { NeuroMfaError, type ErrorData } from '../../../src/protocol/errors';
import type { SpectrumItem } from '../../../src/protocol/panel';
import type { Described } from '../../../src/worker/cachedAnalyses';
import { unpackArrays } from '../../../src/protocol/packing';
import { Scheduler } from '../../../src/worker/scheduler';
import { makeAnalysis, settings } from '../support/analysis';
import { FakeEngine } from './fakeEngine';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

function setUp(
  paths: string[],
  readSettings: ReadSettings = () => settings,
  elsewhere?: Elsewhere,
): { engine: FakeEngine; session: SpectrumSession; failures: ErrorData[] } {
  const engine = new FakeEngine();
  const subjects = paths.map((path) => ({ path, name: path.slice(1) }));
  const analyses = new Analyses(engine.host(), undefined, silent);
  const failures: ErrorData[] = [];
  const work: ConstructorParameters<typeof Scheduler<Analysis>>[0] = (job, options) => {
    if (elsewhere) options.onElsewhere?.(elsewhere);
    return analyses.analyze(job, options);
  };
  const scheduler = new Scheduler<Analysis>(work, {
    onEnd: (report) => failures.push(...report.failures.map(({ error }) => error)),
  });
  return { engine, session: new SpectrumSession(subjects, analyses, scheduler, readSettings), failures };
}

const kinds = (session: SpectrumSession): string[] => session.items.map(({ state }) => state.kind);
const never = new Promise<void>(() => undefined);
/** Resolves when `count` items are running. */
const running = (session: SpectrumSession, count: number): Promise<void> =>
  new Promise((resolve) => {
    session.onChange(() => {
      if (kinds(session).filter((kind) => kind === 'running').length === count) resolve();
    });
  });

describe('SpectrumSession', () => {
  it('runs every checkpoint and keeps their order', async () => {
    const { session } = setUp(['/b', '/a', '/c']);
    expect(kinds(session)).toEqual(['waiting', 'waiting', 'waiting']);
    await session.run();
    expect(kinds(session)).toEqual(['done', 'done', 'done']);
    expect(session.results.map(({ checkpoint }) => checkpoint.path)).toEqual(['/b', '/a', '/c']);
  });

  it('packs the arrays with the result', async () => {
    const { session } = setUp(['/a']);
    await session.run();
    const { state } = session.items[0]!;
    if (state.kind !== 'done') throw new Error(state.kind);
    expect(unpackArrays(state.packed)).toEqual(makeAnalysis().arrays);
  });

  it('tells how each item moves on', async () => {
    const { session } = setUp(['/a']);
    const heard: string[] = [];
    const stop = session.onChange(({ state }) => heard.push(state.kind));
    await session.run();
    expect(heard).toEqual(['waiting', 'running', 'done']);
    stop();
    await session.run();
    expect(heard).toHaveLength(3);
  });

  it('tells where an analysis waits that another machine computes', async () => {
    const { session } = setUp(['/a'], undefined, { where: 'Slurm 1_0', waiting: 'Priority', fraction: null });
    const heard: unknown[] = [];
    session.onChange(({ state }) => {
      if (state.kind === 'waiting') heard.push(state.elsewhere);
    });
    await session.run();
    expect(heard).toEqual([undefined, { where: 'Slurm 1_0', waiting: 'Priority', fraction: null }]);
    expect(kinds(session)).toEqual(['done']);
  });

  it('keeps one failure to its checkpoint', async () => {
    const { engine, session, failures } = setUp(['/a', '/bad', '/c']);
    engine.failures.set(
      '/bad',
      new NeuroMfaError('damaged', '/bad', 'the header is cut short', 'Download it again'),
    );
    await session.run();
    expect(kinds(session)).toEqual(['done', 'failed', 'done']);
    expect(failures).toMatchObject([{ code: 'damaged', subject: '/bad' }]);
  });

  it('makes settings that cannot be read a failure, and can run again after it', async () => {
    let broken = true;
    const { session, failures } = setUp(['/a'], () => {
      if (broken) throw new NeuroMfaError('usage', 'neurons', '0 is not a whole number', '');
      return settings;
    });
    await session.run();
    expect(failures).toMatchObject([{ code: 'usage' }]);
    broken = false;
    await session.run();
    expect(kinds(session)).toEqual(['done']);
  });

  describe('after a reload', () => {
    const file = { path: '/a', name: 'a' };

    /** A window in which /a was analyzed has been closed; another is opened. */
    async function reopened(change: (engine: FakeEngine) => void, read: ReadSettings = () => settings) {
      const directory = await mkdtemp(join(tmpdir(), 'spectrum-'));
      const engine = new FakeEngine();
      const known = new Map<string, Described>();
      const store = await ResultStore.open(directory, () => undefined);
      const none = { of: () => undefined };
      const open = (readSettings: ReadSettings): SpectrumSession => {
        const analyses = new Analyses(
          ...([engine.host(), store, silent, none, () => [], undefined, none] as const),
          (at: string) => known.get(at),
        );
        analyses.onDescribed(({ at, ...described }) => known.set(at, described));
        const scheduler = new Scheduler<Analysis>((job, options) => analyses.analyze(job, options));
        return new SpectrumSession([file], analyses, scheduler, readSettings);
      };
      const before = open(() => settings);
      await before.run();
      change(engine);
      const session = open(read);
      return { engine, session, last: before.results[0]!, clean: () => rm(directory, { recursive: true }) };
    }
    const missing = new NeuroMfaError('missing', '/a', 'there is no such file or folder', 'Check the path');

    it('shows the last result of a file that was overwritten, until there is another', async () => {
      const { engine, session, last, clean } = await reopened(({ contents }) => contents.set('/a', 'second'));
      let go = (): void => undefined;
      engine.gate = new Promise((resolve) => {
        go = resolve;
      });
      const found = new Promise<SpectrumItem>((resolve) => {
        session.onChange((item) => {
          if (item.former) resolve(item);
        });
      });
      const run = session.run();
      expect((await found).former!.result).toEqual(last);
      expect(session.shown[0]!.former!.result).toEqual(last);
      go();
      await run;
      expect(session.shown[0]!.former).toBeUndefined();
      expect(session.results[0]!.checkpoint.fingerprint).not.toBe(last.checkpoint.fingerprint);
      await clean();
    });

    it('shows the last result of a file that was deleted, and says so', async () => {
      const { session, last, clean } = await reopened(({ failures }) => failures.set('/a', missing));
      await session.run();
      expect(session.items[0]!.state).toMatchObject({ kind: 'done', stale: 'deleted', result: last });
      await clean();
    });

    it('shows none that was made with other settings, or of which another file is missing', async () => {
      const others = { ...settings, neurons: 7 };
      const [changed, shard] = await Promise.all([
        reopened(
          ({ failures }) => failures.set('/a', missing),
          () => others,
        ),
        reopened(({ failures }) =>
          failures.set('/a', new NeuroMfaError('missing', '/a-00002', 'there is no such file or folder', '')),
        ),
      ]);
      for (const { session, clean } of [changed, shard]) {
        await session.run();
        expect(kinds(session)).toEqual(['failed']);
        await clean();
      }
      expect(changed.session.shown[0]!.former).toBeUndefined();
      expect(shard.session.shown[0]!.former!.result).toEqual(shard.last);
    });
  });

  it('cancels what runs and what waits, and can run again', async () => {
    const { engine, session } = setUp(['/a', '/b', '/c', '/d']);
    engine.gate = never;
    const two = running(session, 2);
    const run = session.run();
    await two;
    session.cancel();
    await run;
    expect(kinds(session)).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled']);
    expect(engine.analyzed).toEqual(['/a', '/b']);
    engine.gate = Promise.resolve();
    await session.run();
    expect(kinds(session)).toEqual(['done', 'done', 'done', 'done']);
  });

  it('shows the last result again when its successor is cancelled', async () => {
    const { engine, session } = setUp(['/a']);
    await session.run();
    const before = session.items[0]!.state;
    engine.gate = never;
    const one = running(session, 1);
    const run = session.run({ fresh: true });
    await one;
    session.cancel();
    await run;
    expect(session.items[0]!.state).toBe(before);
  });

  it('marks results of other settings, until they are analyzed again or the settings go back', async () => {
    let now = settings;
    const { session } = setUp(['/a', '/b'], () => now);
    await session.run({ paths: ['/a'] });
    const stale = (): unknown[] =>
      session.items.map(({ state }) => (state.kind === 'done' ? (state.stale ?? false) : null));
    session.settingsChanged();
    expect(stale()).toEqual([false, null]);
    now = { ...settings, seed: 7 };
    session.settingsChanged();
    expect(stale()).toEqual(['settings', null]);
    await session.run({ fresh: true });
    expect(stale()).toEqual([false, false]);
    now = settings;
    session.settingsChanged();
    expect(stale()).toEqual(['settings', 'settings']);
  });

  it('marks results of files that are others now, until they are back or analyzed again', async () => {
    const { session } = setUp(['/a', '/b']);
    await session.run();
    const stale = (): unknown[] => session.items.map(({ state }) => state.kind === 'done' && state.stale);
    session.filesChanged('/a', 'overwritten');
    expect(stale()).toEqual(['overwritten', undefined]);
    session.filesChanged('/a', null);
    expect(stale()).toEqual([undefined, undefined]);
    session.filesChanged('/b', 'overwritten');
    await session.run({ paths: ['/b'], fresh: true });
    expect(stale()).toEqual([undefined, undefined]);
  });

  it('comes back to the last result of a checkpoint that is gone, under its settings alone', async () => {
    const { engine, session } = setUp(['/a'], ({ mode = 'sampled' } = {}) => ({ ...settings, mode }));
    await session.run();
    const { state } = session.items[0]!;
    session.filesChanged('/a', 'deleted');
    engine.failures.set('/a', new NeuroMfaError('missing', '/a', 'it does not exist', ''));
    await session.setMode('full');
    await session.run();
    expect(kinds(session)).toEqual(['failed']);
    await session.setMode('sampled');
    await session.run();
    expect(session.items[0]!.state).toEqual({ ...state, stale: 'deleted' });
  });

  describe('of a part of the network', () => {
    const part = { include: [], exclude: [], blocks: [], roles: ['mlp'] };
    const read: ReadSettings = ({ subset = null } = {}) => ({ ...settings, subset });
    const subsets = (session: SpectrumSession): unknown[] =>
      session.results.map((result) => result.settings.subset);

    it('analyzes that from then on, and shows no result of another meanwhile', async () => {
      const { session } = setUp(['/a', '/b'], read);
      await session.run();
      await session.setSubset(part);
      expect([session.own, session.asked]).toEqual([{ subset: part }, part]);
      expect(kinds(session)).toEqual(['waiting', 'waiting']);
      await session.run();
      expect(subsets(session)).toEqual([part, part]);
      session.settingsChanged();
      expect(session.items.every(({ state }) => state.kind === 'done' && !state.stale)).toBe(true);
    });

    it('goes back to the whole, and to the settings', async () => {
      const { session } = setUp(['/a'], read);
      await session.setSubset(part);
      await session.setSubset(null);
      expect([session.own, session.asked]).toEqual([{}, null]);
      await session.run();
      expect(subsets(session)).toEqual([null]);
    });

    it('drops what is under way of another part, even when it comes too late to be stopped', async () => {
      const { engine, session } = setUp(['/a'], read);
      let open = (): void => undefined;
      engine.gate = new Promise((resolve) => {
        open = resolve;
      });
      const one = running(session, 1);
      const before = session.run();
      await one;
      open();
      await session.setSubset(part);
      await before;
      expect(kinds(session)).toEqual(['waiting']);
      await session.run();
      expect(subsets(session)).toEqual([part]);
    });

    it('knows one checkpoint of each of its networks', async () => {
      const { session } = setUp(['/a', '/b'], read);
      expect(session.networks).toEqual(['/a']);
      await session.run();
      expect(session.networks).toHaveLength(1);
      expect(setUp([]).session.networks).toEqual([]);
    });
  });

  it('analyzes sampled or full networks from then on, and follows the settings where they ask for the same', async () => {
    const read: ReadSettings = ({ mode = 'sampled' } = {}) => ({ ...settings, mode });
    const { session } = setUp(['/a'], read);
    await session.run();
    expect(session.askedMode).toBe('sampled');
    await session.setMode('full');
    expect([session.own, session.askedMode, kinds(session)]).toEqual([{ mode: 'full' }, 'full', ['waiting']]);
    await session.run();
    expect(session.results.map((result) => result.settings.mode)).toEqual(['full']);
    await session.setMode('sampled');
    expect([session.own, session.askedMode]).toEqual([{}, 'sampled']);
  });

  it('does not start twice what is running', async () => {
    const { engine, session } = setUp(['/a', '/b']);
    await Promise.all([session.run(), session.run({ paths: ['/a'] })]);
    expect(engine.analyzed).toEqual(['/a', '/b']);
  });

  it('runs only what is asked for, and knows no other paths', async () => {
    const { engine, session } = setUp(['/a', '/b']);
    await session.run({ paths: ['/b', '/elsewhere'] });
    expect(engine.analyzed).toEqual(['/b']);
    expect(kinds(session)).toEqual(['waiting', 'done']);
  });

  it('has nothing to do when it is empty', async () => {
    const { session } = setUp([]);
    await session.run();
    session.cancel();
    expect(session.items).toEqual([]);
  });
});
