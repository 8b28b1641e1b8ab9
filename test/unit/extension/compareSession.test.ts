import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { CompareSession, type Sides } from '../../../src/extension/compare/compareSession';
import { Analyses } from '../../../src/extension/services/analyses';
import { PLAIN_RUN, type RunSettings } from '../../../src/protocol/chosenSettings';
import { compareModelSchema, type CompareModel } from '../../../src/protocol/comparePanel';
import type { TensorComparison } from '../../../src/protocol/comparison';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { english } from '../../../src/protocol/translate';
import { Scheduler } from '../../../src/worker/scheduler';
import { makeAnalysis, settings } from '../support/analysis';
import { FakeEngine } from './fakeEngine';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const { checkpoint } = makeAnalysis().result;

const tensors = (relative: number): TensorComparison => ({
  a: checkpoint,
  b: checkpoint,
  of: 'tensors',
  changed: ['first', 'second'].map((name, i) => ({
    name,
    shape: [2, 3],
    dtype: ['F16', 'BF16'],
    elements: 6,
    equal: i === 0 && relative > 0 ? 0.5 : 1,
    relative: i === 0 ? relative : null,
    cosine: 1,
    nonFinite: 0,
  })),
  total: { elements: 12, equal: relative > 0 ? 0.75 : 1, relative, cosine: 1 },
  onlyA: [{ name: 'gone', shape: [4] }],
  onlyB: [],
  reshaped: [
    { name: 'grown', a: [2], b: [3] },
    { name: 'turned', a: [4, 4], b: [4, 4], inputsFirst: 'b' },
  ],
  metadata: [{ key: 'format', a: 'pt', b: null }],
  metadataLeftOut: 0,
});

const CHECKPOINTS: Sides = {
  kind: 'checkpoints',
  sides: [
    { path: '/a', name: 'a' },
    { path: '/b', name: 'b' },
  ],
};
const run = (name: string, ...steps: number[]) => ({
  id: `/${name}`,
  path: `/${name}`,
  name,
  checkpoints: steps.map((step) => ({ step, path: `/${name}/${step}` })),
});

function setUp(
  pair: Sides = CHECKPOINTS,
  ofRuns: () => RunSettings = () => PLAIN_RUN,
  metricsAt?: ConstructorParameters<typeof CompareSession>[7],
): {
  engine: FakeEngine;
  session: CompareSession;
  shown: () => CompareModel;
  bases: Map<string, string | null>;
} {
  const engine = new FakeEngine();
  engine.comparison = tensors(0.25);
  const bases = new Map<string, string | null>();
  const analyses = new Analyses(engine.host(), undefined, silent, { of: (at) => bases.get(at) });
  const scheduler = new Scheduler((job, options) => analyses.analyze(job, options));
  const session = new CompareSession(
    pair,
    analyses,
    scheduler,
    (own) => ({ ...settings, ...(own?.mode && { mode: own.mode }) }),
    english,
    {},
    ofRuns,
    metricsAt,
  );
  // What goes to the page passes its schema.
  const shown = (): CompareModel =>
    v.parse(compareModelSchema, { ...session.shown, settings: null, l10n: {} });
  return { engine, session, shown, bases };
}

describe('a comparison of two checkpoints', () => {
  it('tells figures, tensors, and what only one of them has', async () => {
    const { engine, session, shown } = setUp();
    engine.contents.set('/b', 'another');
    await session.run();
    const { state, compared } = shown();
    expect(state).toEqual({ kind: 'done' });
    expect(compared!.figures!.lnAlpha0.value).not.toBe(0);
    expect(compared!.spectra.map(({ path }) => path)).toEqual(['/a', '/b']);
    expect(compared!.tensors).toMatchObject({
      names: ['first', 'second'],
      shapes: ['2 × 3', '2 × 3'],
      types: ['F16 → BF16', 'F16 → BF16'],
    });
    expect([...compared!.tensors.numbers]).toEqual([0.25, 1, 0.5, 0, 6, NaN, 1, 1, 0, 6]);
    expect(compared!.missing).toEqual([
      { key: 'gone', a: '4', b: null },
      { key: 'grown', a: '2', b: '3' },
      { key: 'turned', a: '4 × 4', b: '4 × 4, inputs first' },
    ]);
    expect(engine.compared).toEqual([['/a', '/b']]);
  });

  it('is written whole as CSV, JSON and HTML, and as nothing before there is one', async () => {
    const { session } = setUp();
    expect(() => session.file('csv')).toThrow('nothing is compared yet');
    await session.run();
    const [heading, first, , gone, grown] = session.file('csv').content.split('\r\n');
    expect(heading).toMatch(/^tensor,shape,type_a,type_b,elements,relative_change,cosine,equal_share/);
    expect(first).toBe('first,2x3,F16,BF16,6,0.25,1,0.5,0,both,');
    expect(gone).toBe('gone,4,,,,,,,,only in A,');
    expect(grown).toBe('grown,2,,,,,,,,other shape or orientation,3');
    expect(JSON.parse(session.file('json').content)).toMatchObject({ kind: 'checkpoints', same: false });
    expect(session.file('html')).toMatchObject({
      name: 'neuromfa-a-b-compare.html',
      content: expect.stringContaining('first') as string,
    });
  });

  it('is not of now once another base is chosen, until it is made again', async () => {
    const { session, shown, bases } = setUp();
    await session.run();
    expect(shown().stale).toBeNull();
    let told = 0;
    session.onChange(() => told++);
    bases.set('/b', '/base');
    session.weightsChanged();
    expect([shown().stale, told]).toEqual(['weights', 1]);
    // The former base again is the former comparison.
    bases.delete('/b');
    expect(shown().stale).toBeNull();
    bases.set('/b', null);
    expect(shown().stale).toBe('weights');
    await session.run();
    expect(shown().stale).toBeNull();
  });

  it('says which of them is an adapter, and on what', async () => {
    const { engine, session, shown } = setUp();
    const adapter = { updates: 2, rank: [4, 4], scale: [2, 2], baseName: 'llama' } as const;
    const base = { path: '/base', name: 'llama', fingerprint: 'f' };
    engine.comparison = {
      ...tensors(0.25),
      b: { ...checkpoint, adapter: { ...adapter, rank: [4, 4], scale: [2, 2], base } },
    };
    await session.run();
    expect(shown().compared!.notes).toEqual([
      'B is a low-rank adapter on llama, taken as the model that both make.',
    ]);
  });

  it('compares tensors where one of them cannot be analyzed, and says why', async () => {
    const { engine, session, shown } = setUp();
    engine.failures.set('/b', new NeuroMfaError('unsupported', '/b', 'it has no layers', ''));
    await session.run();
    expect(shown()).toMatchObject({
      state: { kind: 'done' },
      compared: { figures: null, fault: { cause: 'it has no layers' } },
    });
  });

  it('fails where the tensors cannot be read', async () => {
    const { engine, session, shown } = setUp();
    engine.comparison = new NeuroMfaError('damaged', '/b', 'it ends early', 'Fetch it again');
    await session.run();
    expect(shown().state).toMatchObject({ kind: 'failed', error: { cause: 'it ends early' } });
  });

  it('is cancelled, and keeps what was compared before', async () => {
    const { engine, session, shown } = setUp();
    await session.run();
    const before = shown().compared;
    engine.gate = new Promise(() => undefined);
    const told: string[] = [];
    session.onProgress((state) => told.push(state.kind));
    const again = session.run();
    expect(told).toEqual(['running']);
    expect(shown().state).toMatchObject({ kind: 'running', what: 'Comparing tensors: 0 of 1' });
    session.cancel();
    await again;
    expect(shown()).toMatchObject({ state: { kind: 'cancelled' } });
    expect(shown().compared).toEqual(before);
  });

  it('says when files or settings are no longer those that were compared', async () => {
    const { session, shown } = setUp();
    await session.run();
    session.filesChanged('/a', 'overwritten');
    expect(shown().stale).toBe('overwritten');
    session.filesChanged('/b', 'deleted');
    expect(shown().stale).toBe('deleted');
    session.filesChanged('/a', null);
    session.filesChanged('/b', null);
    expect(shown().stale).toBeNull();
    await session.run();
    expect(shown().stale).toBeNull();
  });

  it('is brought back by its paths and own settings', async () => {
    const { session, shown } = setUp();
    await session.setNulls(true);
    expect(shown().kept).toEqual({ version: 1, kind: 'checkpoints', sides: ['/a', '/b'], nulls: true });
  });
});

describe('a comparison of two runs', () => {
  it('is over the steps that both have, and compares the tensors of the last', async () => {
    const { engine, session, shown } = setUp({
      kind: 'runs',
      sides: [run('long', 0, 10, 20, 30), run('short', 10, 20, 25)],
    });
    await session.run();
    expect(engine.compared).toEqual([['/long/20', '/short/20']]);
    expect(shown().compared).toMatchObject({
      points: [{ step: 10 }, { step: 20 }],
      onlyA: [0, 30],
      onlyB: [25],
    });
    expect(session.paths).toEqual(['/long/10', '/short/10', '/long/20', '/short/20']);
  });

  it('tells how far the training of both is at these steps, as names and logs do', async () => {
    const long = run('long', 10, 20, 400);
    const short = run('short', 10, 20);
    const named = short.checkpoints.map((each) => ({ ...each, epoch: each.step / 10 }));
    const { session, shown } = setUp(
      { kind: 'runs', sides: [long, { ...short, checkpoints: named }] },
      undefined,
      (id, steps) =>
        id === long.id
          ? {
              files: [],
              values: [
                { name: 'loss', values: steps.map(() => 1) },
                { name: 'train/tokens_seen', values: steps.map((step) => 1000 * step) },
              ],
            }
          : undefined,
    );
    expect(shown().courses).toBeNull();
    await session.run();
    const none = { epoch: null, tokens: null };
    expect(shown().courses).toEqual([
      {
        points: [
          { step: 10, ...none },
          { step: 20, ...none },
        ],
        lastStep: 400,
        metrics: { files: [], values: [{ name: 'train/tokens_seen', values: [10_000, 20_000] }] },
      },
      {
        points: [
          { step: 10, ...none, epoch: 1 },
          { step: 20, ...none, epoch: 2 },
        ],
        lastStep: 20,
      },
    ]);
  });

  it('has fixed radii where runs have them, from the first checkpoint of A, and is stale without them', async () => {
    let radii: RunSettings['radii'] = 'fixed';
    const { engine, session, shown } = setUp(
      { kind: 'runs', sides: [run('long', 0, 10), run('short', 10)] },
      () => ({ ...PLAIN_RUN, radii }),
    );
    await session.run();
    expect(shown().compared!.settings.radii).toMatchObject({ rule: 'fixed' });
    expect(engine.analyzed.map((at, i) => `${at} ${engine.radii[i]!}`)).toEqual([
      '/long/0 observed',
      '/long/10 fixed',
      '/short/10 fixed',
    ]);
    expect(shown().stale).toBeNull();
    radii = 'observed';
    expect(shown().stale).toBe('settings');
  });

  it('whose first checkpoint cannot be analyzed has no fixed radii, and says why', async () => {
    const { engine, session, shown } = setUp(
      { kind: 'runs', sides: [run('long', 0, 10), run('short', 10)] },
      () => ({ ...PLAIN_RUN, radii: 'fixed' }),
    );
    engine.failures.set(
      '/long/0',
      new NeuroMfaError('damaged', '/long/0', 'it ends early', 'Fetch it again'),
    );
    await session.run();
    expect(shown().state).toMatchObject({ kind: 'failed', error: { cause: 'it ends early' } });
  });

  it('says which settings of runs it does not take', async () => {
    const { session, shown } = setUp({ kind: 'runs', sides: [run('a', 10), run('b', 10)] }, () => ({
      radii: 'observed',
      population: 'common',
      autoSamples: true,
    }));
    await session.run();
    expect(shown().compared!.notes).toEqual([
      expect.stringMatching(/^A comparison has no E, .* each side has \d+ samples?\.$/) as string,
      expect.stringMatching(
        /^A comparison has no E, .* all neurons of each side, not only common ones\.$/,
      ) as string,
    ]);
    // Two checkpoints are no run.
    const two = setUp(CHECKPOINTS, () => ({ radii: 'fixed', population: 'common', autoSamples: true }));
    await two.session.run();
    expect(two.shown().compared).toMatchObject({ notes: [], settings: { radii: { rule: 'observed' } } });
  });

  it('without a common step is refused with that reason', async () => {
    const { session, shown } = setUp({ kind: 'runs', sides: [run('one', 0, 10), run('other', 5)] });
    await session.run();
    expect(shown().state).toMatchObject({
      kind: 'failed',
      error: { subject: '/other', cause: 'it has no step that /one has' },
    });
  });
});
