import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NULL_DRAWS, makeSettings } from '../../../src/core/analysis/settings';
import { makeSubset } from '../../../src/core/network/subset';
import { checkAllowed, parseTasks, taskKey, taskOf, tasksText, type Task } from '../../../src/dispatch/task';
import { ALGORITHM_VERSION } from '../../../src/protocol/analysis';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { jobOf, type Subject } from '../../../src/protocol/subject';

const subject = (at: string, rest: Partial<Subject> = {}): Subject => ({
  ...{ at, weights: { kind: 'stored' as const }, part: null },
  ...rest,
});
const task = (at = '/runs/a', rest: Partial<Subject> = {}): Task =>
  taskOf(jobOf(subject(at, rest), makeSettings()));
const parse = (value: unknown): ReturnType<typeof parseTasks> =>
  parseTasks(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), 'tasks.json');
const fileOf = (...tasks: Task[]): { groups: Record<string, unknown>[][] } & Record<string, unknown> =>
  JSON.parse(tasksText([tasks])) as never;

function refusalOf(work: () => unknown): NeuroMfaError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(NeuroMfaError);
    return error as NeuroMfaError;
  }
  throw new Error('it was taken');
}

describe('a task', () => {
  it('has absolute paths, and one key however it was spelled', () => {
    const from = (at: string, cwd: string): Task =>
      taskOf(jobOf(subject(at, { base: 'base', common: subject('c') }), makeSettings()), cwd);
    const one = from('x/../a', '/runs');
    expect(one.subject).toMatchObject({ at: '/runs/a', base: '/runs/base', common: { at: '/runs/c' } });
    expect(one.key).toBe(from('a', '/runs').key);
    expect(one.key).not.toBe(from('a', '/other').key);
  });

  it('comes back as it was, whatever its settings', () => {
    const part = makeSubset({ roles: ['attention', 'mlp.up'], blocks: ['0-3', '7'], include: ['*.weight'] });
    const all = [
      makeSettings(),
      makeSettings({ mode: 'full', nullDraws: NULL_DRAWS.full, scaleFree: 'projection' }),
      makeSettings({ samples: 400, neurons: 7, seed: 2 ** 31, threshold: 900.5, transfer: 'neglog' }),
      makeSettings({ qMin: -0.3, qMax: 0.9, qStep: 0.003 }),
      { ...makeSettings({ filter: 3 }), radii: { rule: 'fixed' as const, lo: 12 }, subset: part },
      { ...makeSettings(), common: 'f'.repeat(64) },
    ];
    const tasks = all.map((settings) =>
      taskOf(
        jobOf(
          subject('/a', { base: { within: ['/b'] }, weights: { kind: 'gaussian', set: 'ema' } }),
          settings,
        ),
      ),
    );
    expect(parse(fileOf(...tasks))).toEqual([tasks]);
  });
});

describe('a list of tasks from elsewhere', () => {
  const damaged = (change: (task: Record<string, object>) => void, rekey = true): NeuroMfaError => {
    const file = fileOf(task());
    const [[one]] = file.groups as [[Record<string, object>]];
    change(one);
    if (rekey) Object.assign(one, { key: taskKey(one as unknown as Task) });
    return refusalOf(() => parse(file));
  };

  it.each([
    ['an unknown field', { code: 'rm -rf' }],
    ['a path that is none', { subject: { ...task().subject, at: 123 } }],
    ['a relative path', { subject: { ...task().subject, at: 'a' } }],
    ['an address', { subject: { ...task().subject, at: 'https://a/b' } }],
    ['an unknown field of the subject', { subject: { ...task().subject, shell: 'sh' } }],
    ['an unknown kind of weights', { subject: { ...task().subject, weights: { kind: 'drawn' } } }],
    ['no settings', { settings: null }],
    ['an unknown setting', { settings: { ...task().settings, more: 1 } }],
  ])('is refused for %s', (_, change) => {
    const { code, message } = damaged((one) => Object.assign(one, change));
    expect(code).toBe('damaged');
    expect(message).toMatch(
      /^tasks\.json: it holds no tasks as this program writes them, at .+\. Submit the analyses again\.$/,
    );
  });

  it.each([
    ['samples', { samples: 1e6 }],
    ['neurons', { neurons: 2e6 }],
    ['threshold', { threshold: 1e9 }],
    ['qStep', { q: [] }],
    ['qStep', { q: Array.from({ length: 5000 }, (_, i) => (i - 2500) / 100) }],
    ['settings', { q: [-1, 0, 0.5, 1] }],
    ['nullDraws', { nulls: { draws: 1e6 } }],
    ['radii', { radii: { rule: 'fixed', lo: 0 } }],
  ])('is refused where %s is out of bounds', (key, change) => {
    const { code, data } = damaged((one) => Object.assign(one['settings']!, change));
    expect({ code, subject: data.subject }).toEqual({ code: 'usage', subject: 'tasks.json' });
    expect(data.cause).toMatch(new RegExp(`^${key}: `));
  });

  it('is refused where a task is not what its key names', () => {
    const { code, message } = damaged((one) => Object.assign(one['settings']!, { seed: 1 }), false);
    expect(code).toBe('damaged');
    expect(message).toContain('a task is not what its key names');
  });

  it('is refused as of another version, by its number', () => {
    const file = { ...fileOf(task()), algorithm: ALGORITHM_VERSION + 1 };
    const { code, message } = refusalOf(() => parse(file));
    expect(code).toBe('unsupported');
    expect(message).toContain(`version ${ALGORITHM_VERSION + 1} of the algorithm`);
  });

  it.each(['', '{', 'null', '[]', '{"schema":"neuromfa/tasks@1","schema":"neuromfa/tasks@1"}'])(
    'is refused as the text %j',
    (text) => {
      expect(refusalOf(() => parse(text)).code).toBe('damaged');
    },
  );
});

describe('folders that tasks may read', () => {
  it('hold what a task names, links followed', () => {
    const root = mkdtempSync(join(tmpdir(), 'neuromfa-allow-'));
    onTestFinished(() => {
      rmSync(root, { recursive: true });
    });
    const [inside, outside] = [join(root, 'in'), join(root, 'out')];
    for (const folder of [inside, outside]) {
      mkdirSync(folder);
      writeFileSync(join(folder, 'a'), '');
    }
    symlinkSync(join(outside, 'a'), join(inside, 'link'));
    symlinkSync('a', join(inside, 'own'));
    const check = (one: Task) => () => {
      checkAllowed(one, [inside]);
    };
    expect(check(task(join(inside, 'a')))).not.toThrow();
    expect(check(task(join(inside, 'own')))).not.toThrow();
    for (const at of [join(outside, 'a'), join(inside, 'link'), `${inside}/../out/a`, '/etc/shadow']) {
      expect(refusalOf(check(task(at))).message).toContain('lies outside the folders that tasks may read');
    }
    expect(check(task(join(inside, 'a'), { base: join(outside, 'a') }))).toThrow();
    expect(check(task(join(inside, 'a'), { base: { within: [outside] } }))).toThrow();
    expect(check(task(join(inside, 'a'), { common: subject(join(outside, 'a')) }))).toThrow();
  });
});
