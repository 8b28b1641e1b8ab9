/** "Watch Run" around an engine and a folder that are made up, as one window has it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunCheckpoint, TrainingRun } from '../../../src/core/run/trainingRun';
import { ResultStore } from '../../../src/core/store/resultStore';
import { Emitter } from '../../../src/extension/emitter';
import { Watcher, type WatchSettings } from '../../../src/extension/watch/watcher';
import { WatchedRuns } from '../../../src/extension/watch/watchedRuns';
import { target } from '../../../src/extension/services/analyses';
import type { Alert } from '../../../src/protocol/alerts';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { canonicalJson } from '../../../src/protocol/subject';
import { Random } from '../../fuzz/support/random';
import { VirtualTrainer } from '../support/virtualTrainer';
import { PartsBench, silent } from './runBench';

const ID = '/run\n';
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const checkpoint = (step: number, modified = step): RunCheckpoint => ({
  ...{ path: `/run/step${step}`, name: `step${step}`, step, epoch: null, tokens: null, bytes: 10, modified },
});
const runOf = (...checkpoints: RunCheckpoint[]): TrainingRun => ({
  ...{ id: ID, label: '', name: 'run', path: '/run', orderedBy: 'step', checkpoints, leftOut: [] },
});

class Found {
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;
  runs: TrainingRun[] = [];

  set(...runs: TrainingRun[]): void {
    this.runs = runs;
    this.#changed.fire();
  }
}

/** A window; `reload` makes another one with the same memory and store. */
class Window extends PartsBench {
  readonly watched: WatchedRuns;
  readonly watcher: Watcher;
  readonly alerts: (readonly [number | null, string[]])[] = [];
  readonly warnings: string[] = [];
  watchSettings: WatchSettings = { interval: 1, bands: [] };

  private constructor(
    readonly results: ResultStore,
    remembered: Map<string, unknown>,
    readonly files: Found,
    find: () => TrainingRun,
  ) {
    const kept = {
      get: (key: string) => structuredClone(remembered.get(key)),
      update: (key: string, value: unknown) => {
        remembered.set(key, structuredClone(value));
        return Promise.resolve();
      },
    };
    const watched = new WatchedRuns(files, kept);
    super([], { store: results, lists: [watched], remembered: (path) => watched.remembered(path) });
    this.watched = watched;
    const { analyses, findings, runs } = this;
    this.watcher = new Watcher(watched, {
      ...{ analyses, findings, runs, log: silent },
      find: () => Promise.resolve().then(find),
      method: () => canonicalJson([findings.asks]),
      settings: () => this.watchSettings,
      alert: (_, { step }, alerts: readonly Alert[]) => {
        this.alerts.push([step, alerts.map(({ figure }) => figure)]);
      },
      warn: (_, { message }) => {
        this.warnings.push(message);
      },
    });
  }

  static async open(
    find: () => TrainingRun,
    memory = new Map<string, unknown>(),
    store?: ResultStore,
  ): Promise<Window> {
    const folder = store?.directory ?? mkdtempSync(join(tmpdir(), 'neuromfa-watch-'));
    if (!store) folders.push(folder);
    return new Window(await ResultStore.open(folder, () => undefined), memory, new Found(), find);
  }

  async start(): Promise<void> {
    await this.watched.start({ id: ID, folder: '/run', runName: 'run', orderedBy: 'step' });
  }

  async look(times = 1): Promise<void> {
    for (let i = 0; i < times; i++) await this.watcher.look();
  }

  get steps(): (number | null)[] {
    return this.runs.model(ID)?.series?.points.map(({ step }) => step) ?? [];
  }
}

describe('a watched run', () => {
  it('grows by each checkpoint, without any event of the file system, and keeps those that are deleted', async () => {
    let there = [checkpoint(0), checkpoint(1)];
    const window = await Window.open(() => runOf(...there));
    window.files.set(runOf(...there));
    await window.start();
    await window.look();
    expect(window.steps).toEqual([]);
    await window.look();
    expect(window.steps).toEqual([0, 1]);
    there = [checkpoint(1), checkpoint(2)];
    await window.look(2);
    expect(window.steps).toEqual([0, 1, 2]);
    const { watched, checkpoints, series } = window.runs.model(ID)!;
    expect(watched).toBe(true);
    expect(checkpoints.map(({ deleted = false }) => deleted)).toEqual([true, false, false]);
    expect(series?.baseline.step).toBe(0);
    expect(window.engine.analyzed).toEqual(['/run/step0', '/run/step1', '/run/step2']);
  });

  it('keeps a checkpoint that the trainer deletes as soon as it has been analyzed', async () => {
    let there = [checkpoint(0), checkpoint(1)];
    const memory = new Map<string, unknown>();
    const window = await Window.open(() => runOf(...there), memory);
    window.files.set(runOf(...there));
    const load = window.runs.load.bind(window.runs);
    window.runs.load = async (...loaded) => {
      if (there.length === 2 && window.findings.resultOf(target('/run/step1'))) {
        there = [checkpoint(0)];
        const missing = new NeuroMfaError('missing', '/run/step1', 'nothing is there', '');
        window.engine.failures.set('/run/step1', missing);
        // What the editor does once the file system has told it.
        window.files.set(runOf(...there));
        window.findings.forget(new Set(['/run']));
      }
      await load(...loaded);
    };
    await window.start();
    await window.look(4);
    await window.runs.load(ID);
    expect(window.steps).toEqual([0, 1]);
    expect(window.runs.model(ID)!.checkpoints.map(({ deleted = false }) => deleted)).toEqual([false, true]);
    expect(window.warnings).toEqual([]);
  });

  it('survives a reload: with what was deleted before, and without analyzing anything twice', async () => {
    let there = [checkpoint(0), checkpoint(1)];
    const find = (): TrainingRun => runOf(...there);
    const memory = new Map<string, unknown>();
    const before = await Window.open(find, memory);
    await before.start();
    await before.look(2);
    there = [checkpoint(1)];
    await before.look();
    const after = await Window.open(find, memory, before.results);
    expect(after.watched.active.map(({ runName }) => runName)).toEqual(['run']);
    there = [checkpoint(1), checkpoint(2)];
    await after.look(3);
    expect(after.steps).toEqual([0, 1, 2]);
    expect(after.engine.analyzed).toEqual(['/run/step2']);
    expect(after.warnings).toEqual([]);
  });

  it('forgets what was deleted when results are cleared, and takes a checkpoint that was written anew for another', async () => {
    let there = [checkpoint(0), checkpoint(1)];
    const window = await Window.open(() => runOf(...there));
    await window.start();
    await window.look(2);
    there = [checkpoint(1, 50)];
    window.findings.rewritten(new Set(['/run']));
    await window.look();
    // Until it is whole it has no numbers: those of before are of other weights.
    expect(window.watched.active[0]!.analyzed.map(({ name }) => name)).toEqual(['step0']);
    await window.look();
    expect(window.steps).toEqual([0, 1]);
    await window.watched.forgetDeleted();
    expect(window.steps).toEqual([1]);
  });

  it('stays as it is when it is watched no longer, where some of it is still there', async () => {
    let there = [checkpoint(0), checkpoint(1)];
    const window = await Window.open(() => runOf(...there));
    window.files.set(runOf(...there));
    await window.start();
    await window.look(2);
    there = [checkpoint(1)];
    await window.look();
    window.files.set(runOf(...there));
    await window.watcher.stop(window.watched.active[0]!);
    expect(window.watched.active).toEqual([]);
    expect(window.runs.model(ID)!.watched).toBeUndefined();
    expect(window.steps).toEqual([0, 1]);
    there = [checkpoint(1), checkpoint(2)];
    await window.look(3);
    expect(window.steps).toEqual([0, 1]);
  });

  it('is analyzed again under other settings', async () => {
    const window = await Window.open(() => runOf(checkpoint(0), checkpoint(1)));
    await window.start();
    await window.look(2);
    window.settings = { ...window.settings, threshold: 99 };
    window.findings.settingsChanged();
    expect(window.steps).toEqual([]);
    await window.look();
    expect(window.steps).toEqual([0, 1]);
    expect(window.engine.analyzed).toHaveLength(4);
  });

  it('says a figure that has left its band once, until it is back', async () => {
    let there = [checkpoint(0)];
    const window = await Window.open(() => runOf(...there));
    // What a made-up result has for α₀ follows from the first letter of its content.
    const alpha0 = (step: number, high: boolean) =>
      window.engine.contents.set(`/run/step${step}`, `${high ? 'o' : 'a'}${step}`);
    window.watchSettings = { interval: 1, bands: [{ figure: 'alpha0', low: -Infinity, high: 0.7 }] };
    await window.start();
    for (const [step, high] of [false, true, true, false, true].entries()) {
      alpha0(step, high);
      there = [...there.filter((each) => each.step !== step), checkpoint(step)];
      await window.look(2);
    }
    expect(window.alerts).toEqual([
      [1, ['alpha0']],
      [4, ['alpha0']],
    ]);
  });

  it('says what cannot be analyzed, and no failure of the queue as well', async () => {
    const window = await Window.open(() => runOf(checkpoint(0), checkpoint(1)));
    await window.start();
    await window.look();
    const fault = new NeuroMfaError('unsupported', '/run/step1', 'no layer is in it', '');
    window.engine.failing.set('/run/step1', fault);
    await window.look(3);
    expect(window.warnings).toEqual([fault.message]);
    expect(window.failures).toEqual([]);
    expect(window.steps).toEqual([0]);
  });

  it('takes whatever was remembered by another version for nothing', async () => {
    for (const kept of [null, 7, [{ folder: 1 }], { a: [] }]) {
      const window = await Window.open(() => runOf(), new Map([['neuromfa.watched', kept]]));
      expect(window.watched.active).toEqual([]);
    }
  });
});

describe('a folder without a run', () => {
  it('is watched until one begins, with the first checkpoint alone', async () => {
    let there: RunCheckpoint[] = [];
    const window = await Window.open(() => {
      if (there.length === 0) throw new NeuroMfaError('missing', '/run', 'nothing is there', '');
      return runOf(...there);
    });
    await window.watched.start({ id: null, folder: '/run', runName: 'run', orderedBy: 'step' });
    await window.look(3);
    expect(window.runs.list).toEqual([]);
    there = [checkpoint(0)];
    await window.look(2);
    expect(window.steps).toEqual([0]);
    expect(window.runs.model(ID)!.watched).toBe(true);
  });
});

describe('a trainer that writes, renames, rotates and is killed, watched by two windows with one store (seeded)', () => {
  it.each(Array.from({ length: 8 }, (_, seed) => seed))(
    'each whole checkpoint once: seed %i',
    async (seed) => {
      const random = new Random(seed, 'watch in the editor');
      const trainer = new VirtualTrainer('/run', random);
      const first = await Window.open(() => trainer.found());
      const windows = [first, await Window.open(() => trainer.found(), new Map(), first.results)];
      for (const { engine } of windows) {
        engine.opened = (path) => `${trainer.open(path).serial} of the run`;
      }
      for (const window of windows) await window.start();
      for (let round = 0; round < 60; round++) {
        for (let i = random.below(8); i > 0; i--) trainer.tick();
        for (const window of windows) await window.look();
      }
      for (const window of windows) await window.look(3);
      const there = [...trainer.files.values()].filter((file) => file.whole && !file.name.startsWith('tmp-'));
      const all = windows.flatMap(({ engine }) => engine.analyzedContents);
      expect(new Set(all).size).toBe(all.length);
      for (const { steps } of windows) {
        expect(steps).toEqual([...steps].sort((a, b) => a! - b!));
        expect(steps).toEqual(expect.arrayContaining(there.map(({ step }) => step)));
        expect(steps.length).toBeGreaterThan(there.length);
      }
    },
  );
});
