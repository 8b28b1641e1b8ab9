/** The base of low-rank adapters: asked for once, kept with the workspace, part of what is analyzed. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Bases } from '../../../src/extension/adapters/bases';
import { BaseChooser, type BaseQuestion } from '../../../src/extension/adapters/baseQuestion';
import type { Memory } from '../../../src/extension/runs/choices';
import { Analyses, target } from '../../../src/extension/services/analyses';
import { WeightSets } from '../../../src/extension/services/weightSets';
import type { AdapterInfo } from '../../../src/protocol/analysis';
import { settings } from '../support/analysis';
import { FakeEngine } from './fakeEngine';
import { run, RunBench, silent } from './runBench';

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-bases-'));
const base = join(folder, 'base.safetensors');
writeFileSync(base, '');
symlinkSync('/etc', join(folder, 'away'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const adapter = (baseName: string | null = null): AdapterInfo => ({
  updates: 1,
  rank: [4, 4],
  scale: [2, 2],
  base: null,
  baseName,
});

function makeMemory(kept: Record<string, unknown> = {}): Memory {
  return {
    get: (key) => kept[key],
    update: (key, value) => {
      kept[key] = structuredClone(value);
      return Promise.resolve();
    },
  };
}

/** A chooser whose user gives these answers, one after the other. */
function chooser(
  adapters: Record<string, AdapterInfo>,
  answers: (string | null | undefined)[],
  memory = makeMemory(),
) {
  const asked: Omit<BaseQuestion, 'fitting'>[] = [];
  const bases = new Bases(memory);
  const adapterOf = (path: string): Promise<AdapterInfo | null> =>
    path === '/damaged' ? Promise.reject(new Error('damaged')) : Promise.resolve(adapters[path] ?? null);
  const ask = (question: BaseQuestion): Promise<string | null | undefined> => {
    const { adapters, name, declared } = question;
    asked.push({ adapters, name, declared });
    return Promise.resolve(answers.shift());
  };
  return { asked, bases, chooser: new BaseChooser(bases, adapterOf, ask, () => [folder]) };
}

describe('a base', () => {
  it('is asked for once, for all adapters together, and kept', async () => {
    const memory = makeMemory();
    const one = chooser({ '/a': adapter(), '/b': adapter() }, [base], memory);
    expect(await one.chooser.settle([['/a'], ['/whole'], ['/b'], ['/damaged']])).toBe(true);
    expect(one.asked).toEqual([{ adapters: ['/a', '/b'], name: null, declared: null }]);
    expect(['/a', '/b', '/whole'].map((path) => one.bases.of(path))).toEqual([base, base, undefined]);
    const later = chooser({ '/a': adapter() }, [], memory);
    expect(await later.chooser.settle([['/a']])).toBe(true);
    expect(later.asked).toEqual([]);
    expect(later.bases.of('/a')).toBe(base);
  });

  it('may be none, and backing out is neither', async () => {
    const { chooser: own, bases } = chooser({ '/a': adapter(), '/b': adapter() }, [null, undefined]);
    expect(await own.settle([['/a']])).toBe(true);
    expect(bases.of('/a')).toBeNull();
    expect(await own.settle([['/b']])).toBe(false);
    expect(bases.of('/b')).toBeUndefined();
  });

  it('is the same for the checkpoints of a run, later ones too', async () => {
    const { chooser: own, bases, asked } = chooser({ '/r/1': adapter() }, [base]);
    await own.settle([['/r/1', '/r/2']]);
    await own.settle([['/r/1', '/r/2', '/r/3']]);
    expect(asked).toHaveLength(1);
    expect(bases.of('/r/3')).toBe(base);
  });

  it.each([
    ['base.safetensors', { path: base, outside: false }],
    ['sub/../base.safetensors', { path: base, outside: false }],
    [base, { path: base, outside: false }],
    // A model on a hub, no path.
    ['meta-llama/Llama-2-7b-hf', null],
    // Elsewhere nobody looks whether it is there.
    ['/no/such/model', { path: '/no/such/model', outside: true }],
    ['../../no/such', { path: resolve(folder, '../../no/such'), outside: true }],
    // A link that leads out is no base inside.
    ['away', null],
  ])('named %s by the adapter is proposed as %j', async (name, declared) => {
    const own = join(folder, 'a');
    const { chooser: one, asked } = chooser({ [own]: adapter(name) }, [null]);
    await one.settle([[own]]);
    expect(asked).toEqual([{ adapters: [own], name, declared }]);
  });

  it('of an adapter outside of the workspace may lie in its own folder', async () => {
    const { chooser: own, asked } = chooser({ '/b': adapter('meta-llama/Llama-2-7b-hf') }, [null]);
    await own.settle([['/b']]);
    expect(asked.map(({ declared }) => declared)).toEqual([null]);
  });

  it('is asked for anew when it is gone, or on request; a change is told', async () => {
    const { chooser: own, bases, asked } = chooser({ '/a': adapter() }, [base, null, null]);
    const told: (readonly string[])[] = [];
    bases.onChange((paths) => told.push(paths));
    await bases.choose(['/a'], join(folder, 'no longer there'));
    await own.settle([['/a']]);
    expect(asked).toHaveLength(1);
    expect(await own.chooseAnew([['/a']])).toBe('chosen');
    expect(await own.chooseAnew([['/a']])).toBe('chosen');
    expect(await own.chooseAnew([['/whole']])).toBe('no adapters');
    expect(bases.of('/a')).toBeNull();
    expect(told).toEqual([['/a'], ['/a'], ['/a']]);
  });

  it('that cannot be understood is forgotten', () => {
    expect(new Bases(makeMemory({ 'neuromfa.bases': { '/a': 7 } })).of('/a')).toBeUndefined();
  });
});

it('goes with every analysis of its adapter', async () => {
  const engine = new FakeEngine();
  const bases = new Bases(makeMemory());
  const analyses = new Analyses(engine.host(), undefined, silent, bases, () => [folder]);
  await bases.choose(['/a'], base);
  await bases.choose(['/b'], null);
  for (const path of ['/a', '/b', '/c']) await analyses.analyze(analyses.jobOf(target(path), settings));
  // Nobody has chosen for the last: what it names counts in the user's folders alone.
  expect(engine.bases).toEqual([base, null, { within: [folder] }]);
});

it('so does the copy that is chosen of a model that is stored several times', async () => {
  const sets = new WeightSets(makeMemory());
  const host = new FakeEngine().host();
  const analyses = new Analyses(host, undefined, silent, undefined, undefined, undefined, sets);
  await sets.choose(['/a'], 'teacher');
  expect(analyses.jobOf(target('/a', 'init'), settings).subject.weights).toEqual({
    kind: 'init',
    set: 'teacher',
  });
  expect(analyses.jobOf(target('/b'), settings).subject.weights).toEqual({ kind: 'stored' });
});

describe('runs', () => {
  const a = run('a');

  it('are analyzed once their bases are known: one question for the checkpoints of each', async () => {
    const bench = new RunBench(a, run('b'));
    await bench.actions.analyzeRuns([a, run('b')]);
    expect(bench.askedBases).toEqual([
      ['/a/a', '/a/b', '/a/c'],
      ['/b/a', '/b/b', '/b/c'],
    ]);
    expect(bench.engine.analyzed).toHaveLength(6);
  });

  it('are not where the user backs out, nor asked about where nothing is to be done', async () => {
    const bench = new RunBench(a);
    bench.basesKnown = false;
    await bench.actions.analyzeRuns([a]);
    await bench.actions.analyzeCheckpoints(a, ['/a/b']);
    expect(bench.engine.analyzed).toEqual([]);
    expect(bench.failures).toEqual([]);
    bench.askedBases.length = 0;
    await bench.actions.analyzeBaselines([a]);
    expect(bench.askedBases).toEqual([]);
  });
});

it('checkpoints that fit are offered, but neither the declared base nor the adapters', async () => {
  const questions: BaseQuestion[] = [];
  const ask = (question: BaseQuestion): Promise<null> => {
    questions.push(question);
    return Promise.resolve(null);
  };
  const inFolder = join(folder, 'whole', 'model.safetensors');
  mkdirSync(dirname(inFolder));
  writeFileSync(inFolder, '');
  const own = join(folder, 'a.safetensors');
  const fitting = (): Promise<string[]> => Promise.resolve(['/x', base, own, inFolder, '/y']);
  // It may be named by its folder.
  for (const [name, others] of [
    ['base.safetensors', ['/x', inFolder, '/y']],
    ['whole', ['/x', base, '/y']],
    ['missing', ['/x', base, inFolder, '/y']],
  ] as const) {
    const adapterOf = (): Promise<AdapterInfo> => Promise.resolve(adapter(name));
    const one = new BaseChooser(new Bases(makeMemory()), adapterOf, ask, () => [folder], fitting);
    await one.settle([[own]]);
    const question = questions.pop()!;
    expect(question.declared).toEqual(
      name === 'missing' ? null : { path: join(folder, name), outside: false },
    );
    expect(await question.fitting).toEqual(others);
  }
});
