import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ResultStore } from '../../../src/core/store/resultStore';
import { Findings, type Subject } from '../../../src/extension/runs/findings';
import { AnalysisQueue } from '../../../src/extension/runs/queue';
import { Analyses } from '../../../src/extension/services/analyses';
import type { AnalysisSettings } from '../../../src/protocol/analysis';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { settings } from '../support/analysis';
import { FakeEngine } from './fakeEngine';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const at = (path: string): Subject => ({ path, initial: null });
const untrained = (path: string): Subject => ({ path, initial: 'init' });

let directory: string;
let engine: FakeEngine;
let now: AnalysisSettings;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'findings-'));
  engine = new FakeEngine();
  now = settings;
});
afterEach(() => rm(directory, { recursive: true }));

/** As a window that has just been opened. */
async function open(): Promise<{ findings: Findings; queue: AnalysisQueue; analyses: Analyses }> {
  const analyses = new Analyses(engine.host(), await ResultStore.open(directory, () => undefined), silent);
  const queue = new AnalysisQueue();
  return { analyses, queue, findings: new Findings(analyses, queue, () => now, silent) };
}

describe('Findings', () => {
  it('know what was analyzed, and tell of it', async () => {
    const { findings } = await open();
    const heard: string[] = [];
    findings.onChange((change) =>
      heard.push(
        change ? `${change.subject.path} ${change.kind} ${findings.stateOf(change.subject).kind}` : 'all',
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
    await analyses.analyze('/r/a', settings);
    expect(findings.stateOf(at('/r/a')).kind).toBe('done');
  });

  it('tell the untrained network from its checkpoint', async () => {
    const { findings } = await open();
    await findings.analyze([untrained('/r/a')]);
    expect(engine.analyzed).toEqual(['untrained /r/a']);
    expect(findings.stateOf(at('/r/a')).kind).toBe('missing');
    expect(findings.resultOf(untrained('/r/a'))?.checkpoint.synthetic).toBe('synthetic step 0');
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
    findings.forget(new Set(['/r/1']));
    expect(findings.stateOf(at('/r/1/a')).kind).toBe('missing');
    expect(findings.stateOf(at('/r/2/a')).kind).toBe('done');
  });

  it('refuse to analyze with settings that are not valid, and know nothing under them', async () => {
    const { analyses } = await open();
    const broken = (): never => {
      throw new NeuroMfaError('usage', 'neurons', '0 is not a whole number', '');
    };
    const findings = new Findings(analyses, new AnalysisQueue(), broken, silent);
    await findings.recall([at('/r/a')]);
    expect(() => findings.analyze([at('/r/a')])).toThrow('0 is not a whole number');
  });
});
