import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ResultStore } from '../../../src/core/store/resultStore';
import { FormerCheckpoints } from '../../../src/extension/runs/formerCheckpoints';
import { wholeResult } from '../../../src/extension/runs/briefResults';
import { Findings } from '../../../src/extension/runs/findings';
import { Analyses, target as at, type Target } from '../../../src/extension/services/analyses';
import type { AnalysisResult, AnalysisSettings } from '../../../src/protocol/analysis';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { jobOf, type AnalysisJob } from '../../../src/protocol/subject';
import { Scheduler } from '../../../src/worker/scheduler';
import { settings } from '../support/analysis';
import { FakeEngine } from './fakeEngine';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const turn = (): Promise<void> => new Promise((go) => setImmediate(go));
const untrained = (path: string): Target => at(path, 'init');

let directory: string;
let engine: FakeEngine;
let now: AnalysisSettings;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'findings-'));
  engine = new FakeEngine();
  now = settings;
});
afterEach(() => rm(directory, { recursive: true }));

function schedulerOf(analyses: Pick<Analyses, 'analyze'>): Scheduler {
  return new Scheduler((job, options) => analyses.analyze(job, options));
}

/** As a window that has just been opened. */
async function open(
  former?: FormerCheckpoints,
): Promise<{ findings: Findings; scheduler: Scheduler; analyses: Analyses }> {
  const store = await ResultStore.open(directory, () => undefined);
  const none = { of: () => undefined };
  const analyses = new Analyses(
    ...([
      engine.host(),
      store,
      silent,
      none,
      () => [],
      undefined,
      none,
      (path: string) => former?.of(path),
    ] as const),
  );
  analyses.onDescribed(({ at: path, ...described }) => {
    former?.saw(path, described);
  });
  const scheduler = schedulerOf(analyses);
  return { analyses, scheduler, findings: new Findings(analyses, scheduler, () => now, silent) };
}

describe('Findings', () => {
  it('know the last result of a file that was overwritten before the window was reloaded, until there is another', async () => {
    const memory = new Map<string, unknown>();
    const reopened = (): FormerCheckpoints =>
      new FormerCheckpoints({
        get: (key) => memory.get(key),
        update: (key, value) => {
          memory.set(key, value);
          return Promise.resolve();
        },
      });
    engine.contents.set('/r/1/a', 'first');
    const former = reopened();
    const before = (await open(former)).findings;
    await before.analyze([at('/r/1/a')]);
    const last = before.resultOf(at('/r/1/a'))!;
    await former.write();
    // While no window is open.
    engine.contents.set('/r/1/a', 'second');

    const again = reopened();
    const { findings } = await open(again);
    await findings.recall([at('/r/1/a'), at('/r/1/b')]);
    expect(findings.stateOf(at('/r/1/a'))).toEqual({ kind: 'missing', overwritten: true });
    const { checkpoint, summary, settings: made } = last;
    expect(findings.lastOf(at('/r/1/a'))).toMatchObject({ checkpoint, summary, settings: made });
    expect(findings.stateOf(at('/r/1/b'))).toEqual({ kind: 'missing' });
    await findings.analyze([at('/r/1/a')]);
    expect(findings.stateOf(at('/r/1/a')).kind).toBe('done');
    expect(findings.lastOf(at('/r/1/a'))).toBeUndefined();
    expect(again.of('/r/1/a')?.checkpoint.fingerprint).not.toBe(last.checkpoint.fingerprint);
  });

  it('hold what views need of stored results alone, and find the whole of them again', async () => {
    const { findings, analyses } = await open();
    let whole: AnalysisResult | undefined;
    analyses.onFinding(({ result }) => {
      whole = result;
    });
    await findings.analyze([at('/r/1/a')]);
    const known = findings.resultOf(at('/r/1/a'))!;
    expect(() => known.samples[0]!.tau).toThrow('brief');
    expect(whole?.samples[0]!.tau.length).toBeGreaterThan(0);
    expect(await wholeResult(known)).toEqual(whole);
  });

  it('know what was analyzed, and tell of it', async () => {
    const { findings } = await open();
    const heard: string[] = [];
    findings.onChange((change) =>
      heard.push(
        change ? `${change.target.at} ${change.kind} ${findings.stateOf(change.target).kind}` : 'all',
      ),
    );
    await findings.analyze([at('/r/a')]);
    expect(findings.stateOf(at('/r/a')).kind).toBe('done');
    expect(findings.resultOf(at('/r/a'))?.checkpoint.path).toBe('/r/a');
    expect(heard[0]).toBe('/r/a state queued');
    expect(heard).toContain('/r/a result running');
    expect(heard.at(-1)).toBe('/r/a state done');
  });

  it('learn of analyses that others have asked for', async () => {
    const { findings, analyses } = await open();
    await analyses.analyze(analyses.jobOf(at('/r/a'), settings));
    expect(findings.stateOf(at('/r/a')).kind).toBe('done');
  });

  it('tell the untrained network from its checkpoint', async () => {
    const { findings } = await open();
    await findings.analyze([untrained('/r/a')]);
    expect(engine.analyzed).toEqual(['untrained /r/a']);
    expect(findings.stateOf(at('/r/a')).kind).toBe('missing');
    expect(findings.resultOf(untrained('/r/a'))?.checkpoint.weights.kind).toBe('init');
  });

  it('look again for what was not found: another process may have stored it', async () => {
    const { findings } = await open();
    await findings.recall([at('/r/a'), at('/r/b')]);
    await (await open()).findings.analyze([at('/r/a')]);
    await findings.recall([at('/r/a'), at('/r/b')]);
    expect(findings.stateOf(at('/r/a')).kind).toBe('missing');
    const heard: unknown[] = [];
    findings.onChange((change) => heard.push(change));
    findings.lookAgain();
    expect(heard).toEqual([null]);
    await findings.recall([at('/r/a'), at('/r/b')]);
    expect(findings.stateOf(at('/r/a')).kind).toBe('done');
    expect(findings.stateOf(at('/r/b')).kind).toBe('missing');
    expect(engine.analyzed).toEqual(['/r/a']);
  });

  it('recall what an earlier window has found, and compute nothing for it', async () => {
    await (await open()).findings.analyze([at('/r/a'), untrained('/r/a')]);
    const { findings } = await open();
    await findings.recall([at('/r/a'), at('/r/b'), untrained('/r/a')]);
    expect(findings.stateOf(at('/r/a')).kind).toBe('done');
    expect(findings.stateOf(at('/r/b')).kind).toBe('missing');
    expect(findings.stateOf(untrained('/r/a')).kind).toBe('done');
    expect(engine.analyzed).toHaveLength(2);
  });

  describe('look for stored results', () => {
    interface Search {
      findings: Findings;
      /** Paths that are being looked for, each with what ends it. */
      under: Map<string, { signal: AbortSignal; end: () => void }>;
      asked: string[];
    }
    /** Each search lasts until it is ended, or called off. */
    const searching = (): Search => {
      const under: Search['under'] = new Map();
      const asked: string[] = [];
      const analyses = {
        analyze: () => Promise.reject(new Error('not asked for')),
        onFinding: () => () => undefined,
        jobOf: (wanted: Target, how: AnalysisSettings) => jobOf(wanted, how),
        recall: (
          { subject: { at: path } }: AnalysisJob,
          { signal }: { signal?: AbortSignal },
        ): Promise<null> => {
          asked.push(path);
          return new Promise((found, refuse) => {
            const over = (settle: () => void) => () => {
              under.delete(path);
              settle();
            };
            under.set(path, {
              signal: signal!,
              end: over(() => {
                found(null);
              }),
            });
            signal!.addEventListener(
              'abort',
              over(() => {
                refuse(new Error('cancelled'));
              }),
            );
          });
        },
      } as unknown as Analyses;
      return { findings: new Findings(analyses, schedulerOf(analyses), () => now, silent), under, asked };
    };
    const paths = Array.from({ length: 9 }, (_, i) => `/r/${i}`);
    const subjects = paths.map((path) => at(path));

    it('as long as somebody waits for them', async () => {
      const { findings, under, asked } = searching();
      const [one, other] = [new AbortController(), new AbortController()];
      const waits = [
        findings.recall(subjects, one.signal),
        findings.recall(subjects.slice(0, 2), other.signal),
      ];
      await turn();
      one.abort();
      expect([...under.keys()]).toEqual(paths.slice(0, 4));
      other.abort();
      await Promise.all(waits);
      expect(under.size).toBe(0);
      expect(asked).toHaveLength(4);
    });

    it('anew, when somebody comes back', async () => {
      const { findings, under, asked } = searching();
      const gone = new AbortController();
      const first = findings.recall(subjects, gone.signal);
      await turn();
      gone.abort();
      const back = findings.recall(subjects, new AbortController().signal);
      await first;
      await turn();
      while (under.size > 0) {
        for (const { end } of under.values()) end();
        await turn();
      }
      await back;
      expect(asked).toEqual([...paths.slice(0, 4), ...paths]);
      // They are known to have none.
      const later = new AbortController();
      await findings.recall(subjects, later.signal);
      later.abort();
      await findings.recall(subjects);
      expect(asked).toHaveLength(13);
    });

    it('not under settings of before', async () => {
      const { findings, under } = searching();
      const wait = findings.recall(subjects);
      await turn();
      expect(under.size).toBe(4);
      now = { ...settings, seed: 7 };
      findings.settingsChanged();
      await wait;
      expect(under.size).toBe(0);
    });

    it('not for somebody who has gone', async () => {
      const { findings, asked } = searching();
      await findings.recall(subjects, AbortSignal.abort());
      expect(asked).toEqual([]);
    });
  });

  it('leave out what cannot be read when nobody has asked for it', async () => {
    engine.failures.set('/r/a', new NeuroMfaError('damaged', '/r/a', 'it is cut short', ''));
    const { findings } = await open();
    await findings.recall([at('/r/a')]);
    expect(findings.stateOf(at('/r/a')).kind).toBe('missing');
  });

  it('keep a failure until the next try', async () => {
    engine.failures.set('/r/a', new NeuroMfaError('damaged', '/r/a', 'it is cut short', ''));
    const { findings } = await open();
    await findings.analyze([at('/r/a')]);
    expect(findings.stateOf(at('/r/a'))).toMatchObject({ kind: 'failed', error: { code: 'damaged' } });
    engine.failures.clear();
    await findings.analyze([at('/r/a')]);
    expect(findings.stateOf(at('/r/a')).kind).toBe('done');
  });

  it('forget on a change of settings, and find it again after going back', async () => {
    const { findings } = await open();
    await findings.analyze([at('/r/a')]);
    now = { ...settings, seed: 7 };
    findings.settingsChanged();
    expect(findings.stateOf(at('/r/a')).kind).toBe('missing');
    now = { ...settings };
    findings.settingsChanged();
    await findings.recall([at('/r/a')]);
    expect(findings.stateOf(at('/r/a')).kind).toBe('done');
    expect(engine.analyzed).toHaveLength(1);
  });

  it('analyze with the settings of now, although analyses with others are under way', async () => {
    const { findings, scheduler } = await open();
    engine.gate = new Promise(() => undefined);
    const paths = ['/r/a', '/r/b', '/r/c'].map((path) => at(path));
    const stopped = findings.analyze(paths);
    now = { ...settings, threshold: 100 };
    findings.settingsChanged();
    expect(scheduler.progress).toBeNull();
    engine.gate = Promise.resolve();
    await findings.analyze(paths);
    await stopped;
    for (const path of paths) {
      expect(findings.stateOf(path).kind).toBe('done');
      expect(findings.resultOf(path)?.settings.threshold).toBe(100);
    }
  });

  it('compute once what is asked for twice at once', async () => {
    const { findings, scheduler, analyses } = await open();
    const asked = [findings.analyze([at('/r/a')]), findings.analyze([at('/r/a'), at('/r/b')])];
    const panel = scheduler.submit([analyses.jobOf(at('/r/a'), now)]);
    await Promise.all([...asked, panel]);
    // Both are looked up at once, and which look-up ends first is up to the disk.
    expect([...engine.analyzed].sort()).toEqual(['/r/a', '/r/b']);
  });

  it('take no result of another base for that of now', async () => {
    let base: string | null = '/base';
    const bases = { of: () => base };
    const analyses = new Analyses(engine.host(), undefined, silent, bases);
    const scheduler = schedulerOf(analyses);
    const findings = new Findings(analyses, scheduler, () => now, silent);
    findings.stateOf(at('/r/a'));
    engine.gate = new Promise(() => undefined);
    const stopped = findings.analyze([at('/r/a')]);
    base = null;
    findings.forget(new Set(['/r']));
    await stopped;
    expect(findings.stateOf(at('/r/a')).kind).toBe('missing');
    engine.gate = Promise.resolve();
    await findings.analyze([at('/r/a')]);
    expect(engine.bases).toEqual(['/base', null]);
    expect(findings.stateOf(at('/r/a')).kind).toBe('done');
  });

  it('keep everything when the settings are what they were', async () => {
    const { findings } = await open();
    await findings.analyze([at('/r/a')]);
    now = { ...settings };
    findings.settingsChanged();
    expect(findings.stateOf(at('/r/a')).kind).toBe('done');
  });

  it('forget checkpoints whose files have changed, and no others', async () => {
    const { findings } = await open();
    await findings.analyze([at('/r/1/a'), at('/r/2/a')]);
    findings.rewritten(new Set(['/r/1']));
    expect(findings.stateOf(at('/r/1/a'))).toEqual({ kind: 'missing', overwritten: true });
    expect(findings.stateOf(at('/r/1/b'))).toEqual({ kind: 'missing' });
    expect(findings.stateOf(at('/r/2/a')).kind).toBe('done');
    await findings.analyze([at('/r/1/a')]);
    expect(findings.stateOf(at('/r/1/a')).kind).toBe('done');
  });

  it('refuse to analyze with settings that are not valid, and know nothing under them', async () => {
    const { analyses } = await open();
    const broken = (): never => {
      throw new NeuroMfaError('usage', 'neurons', '0 is not a whole number', '');
    };
    const findings = new Findings(analyses, schedulerOf(analyses), broken, silent);
    await findings.recall([at('/r/a')]);
    await expect(findings.analyze([at('/r/a')])).rejects.toThrow('0 is not a whole number');
  });
});
