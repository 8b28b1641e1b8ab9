import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordedSettings } from '../../../src/protocol/subject';
import { resultKey } from '../../../src/core/store/resultKey';
import { ResultStore } from '../../../src/core/store/resultStore';
import { LATE_MS } from '../../../src/dispatch/clock';
import { DispatchedAnalyses, type DispatchOptions } from '../../../src/dispatch/dispatchedAnalyses';
import type { Submission, TaskGroup, Watching } from '../../../src/dispatch/dispatcher';
import type { Task } from '../../../src/dispatch/task';
import type { Elsewhere } from '../../../src/protocol/elsewhere';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { jobOf, storedSubject, type AnalysisJob } from '../../../src/protocol/subject';
import { makeAnalysis, nameOf, settings, sourced } from '../support/analysis';
import { FakeClock } from './fakeSlurm';

let directory: string;
let store: ResultStore;
let clock: FakeClock;
/** What was submitted, and who watches it. */
let submissions: { submission: Submission; watching: Watching | null }[];
let live: { submission: Submission; tasks: readonly Task[] }[];
let notes: string[];
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'neuromfa-dispatched-'));
  store = await ResultStore.open(directory, () => undefined);
  [clock, submissions, live, notes] = [new FakeClock(), [], [], []];
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const jobAt = (at: string): AnalysisJob => jobOf(storedSubject(at), settings);
const contentOf = (at: string) => sourced(makeAnalysis(nameOf(at), at));
/** As another machine does. */
async function compute(at: string): Promise<void> {
  const { source, ...analysis } = contentOf(at);
  await store.put(
    resultKey(analysis.result.checkpoint.fingerprint, recordedSettings(jobAt(at))),
    analysis,
    source,
  );
}

function dispatched(options: Partial<DispatchOptions> = {}): DispatchedAnalyses {
  const engine: DispatchOptions['engine'] = {
    describe: ({ at }) => {
      if (at.includes('damaged'))
        return Promise.reject(new NeuroMfaError('damaged', at, 'it is cut short', 'Download it'));
      const { result, source } = contentOf(at);
      return Promise.resolve({ checkpoint: result.checkpoint, fault: null, state: source.state });
    },
    estimate: () => Promise.resolve({ fileBytes: 10, bytes: 10, seconds: 1, threads: 1, memory: 1e6 }),
    analyze: () => Promise.reject(new Error('this machine computes nothing')),
    recognize: () => Promise.reject(new Error('this machine reads no weights')),
  };
  const taken = (submission: Submission): { submission: Submission; watching: Watching | null } => {
    const known = submissions.find((each) => each.submission === submission);
    if (known) return known;
    const one = { submission, watching: null };
    submissions.push(one);
    return one;
  };
  return new DispatchedAnalyses({
    ...{ engine, store, clock },
    dispatcher: {
      live: () => Promise.resolve(live),
      submit: (groups: readonly TaskGroup[]) => {
        const submission = {
          id: String(submissions.length),
          folder: '/jobs',
          tasks: groups.map(({ tasks }) => tasks),
        };
        taken(submission);
        return Promise.resolve(submission);
      },
      watch: (submission, watching) =>
        new Promise((resolve) => {
          taken(submission).watching = watching;
          watching.signal.addEventListener('abort', () => {
            resolve();
          });
        }),
      cancel: () => Promise.reject(new Error('nobody cancels')),
      log: () => Promise.resolve(null),
    },
    options: { atATime: null, processors: 1, extra: [] },
    onNote: (subject, cause) => notes.push(`${subject}: ${cause}`),
    ...options,
  });
}

async function watched(index = 0): Promise<Watching> {
  for (;;) {
    const watching = submissions[index]?.watching;
    if (watching) return watching;
    await new Promise((turn) => setImmediate(turn));
  }
}
const taskAt = (at: string, index = 0): Task =>
  submissions[index]!.submission.tasks.flat().find(({ subject }) => subject.at === at)!;
const say = (watching: Watching, at: string, kind: 'stored' = 'stored'): void => {
  watching.onState(taskAt(at), { kind });
};

describe('what the store lacks', () => {
  it('is submitted once, together, and taken from the store', async () => {
    await compute('/b');
    const analyses = dispatched();
    const all = Promise.all(['/a', '/b', '/c'].map((at) => analyses.analyze(jobAt(at))));
    const watching = await watched();
    expect(submissions[0]!.submission.tasks.flat().map(({ subject }) => subject.at)).toEqual(['/a', '/c']);
    for (const at of ['/a', '/c']) {
      await compute(at);
      say(watching, at);
    }
    expect((await all).map(({ result }) => result.checkpoint.path)).toEqual(['/a', '/b', '/c']);
    expect(submissions).toHaveLength(1);
    expect(watching.signal.aborted).toBe(true);
  });

  it('is not submitted where it is at work already: that is watched', async () => {
    const first = dispatched();
    const ending = new AbortController();
    const left = first.analyze(jobAt('/a'), { signal: ending.signal });
    await watched();
    ending.abort();
    await expect(left).rejects.toMatchObject({ code: 'cancelled' });
    live = [{ submission: submissions[0]!.submission, tasks: [taskAt('/a')] }];
    submissions[0]!.watching = null;
    const again = dispatched().analyze(jobAt('/a'));
    const watching = await watched();
    await compute('/a');
    say(watching, '/a');
    expect((await again).result.checkpoint.path).toBe('/a');
    expect(submissions).toHaveLength(1);
  });

  it('is looked up again where a network file system shows it late', async () => {
    const analysis = dispatched().analyze(jobAt('/a'));
    const watching = await watched();
    let waited = 0;
    clock.onWait = async (now) => {
      waited = now;
      if (now === 30_000) await compute('/a');
    };
    say(watching, '/a');
    await analysis;
    expect(waited).toBe(30_000);
  });

  it('counts as missing only then, and is told as such', async () => {
    const analysis = dispatched().analyze(jobAt('/a'));
    say(await watched(), '/a');
    await expect(analysis).rejects.toThrow(/\/a: its task has ended, and its result is not in the store/);
    expect(clock.now()).toBeGreaterThanOrEqual(LATE_MS);
  });
});

it('a checkpoint that cannot be opened fails here, and the others are submitted', async () => {
  const analyses = dispatched();
  const bad = analyses.analyze(jobAt('/damaged'));
  const good = analyses.analyze(jobAt('/a'));
  await expect(bad).rejects.toThrow('/damaged: it is cut short. Download it.');
  const watching = await watched();
  await compute('/a');
  say(watching, '/a');
  await good;
});

it('tells what waits, runs and fails', async () => {
  const states: Elsewhere[] = [];
  const analysis = dispatched().analyze(jobAt('/a'), { onElsewhere: (state) => states.push(state) });
  const watching = await watched();
  const task = taskAt('/a');
  watching.onState(task, { kind: 'waiting', where: 'Slurm 1_0', reason: 'Priority' });
  watching.onState(task, { kind: 'running', where: 'Slurm 1_0', node: 'n1', fraction: 0.5 });
  const { data } = new NeuroMfaError('damaged', '/a', 'it holds NaN', 'Look');
  watching.onState(task, { kind: 'failed', error: data });
  await expect(analysis).rejects.toMatchObject({ data });
  expect(states).toEqual([
    { where: 'Slurm 1_0', waiting: 'Priority', fraction: null },
    { where: 'Slurm 1_0', waiting: null, fraction: 0.5 },
  ]);
});

it('a refusal is one error, however many wait', async () => {
  const analyses = dispatched({
    dispatcher: {
      live: () => Promise.resolve([]),
      submit: () => Promise.reject(new NeuroMfaError('usage', 'sbatch', 'no such partition', 'Change it')),
      watch: () => Promise.resolve(),
      cancel: () => Promise.resolve(),
      log: () => Promise.resolve(null),
    },
  });
  const ended = await Promise.allSettled(['/a', '/b', '/c'].map((at) => analyses.analyze(jobAt(at))));
  const codes = ended.map((each) =>
    each.status === 'rejected' ? (each.reason as NeuroMfaError).code : 'taken',
  );
  expect(codes).toEqual(['usage', 'cancelled', 'cancelled']);
});

it('a plan submits nothing', async () => {
  const plans: number[] = [];
  const analyses = dispatched({
    onPlan: (groups) => plans.push(groups.flatMap(({ tasks }) => tasks).length),
  });
  const ended = await Promise.allSettled(['/a', '/b'].map((at) => analyses.analyze(jobAt(at))));
  expect(ended.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(plans).toEqual([2]);
  expect(submissions).toEqual([]);
});

it('in rounds, what follows from single results is submitted together, once all are there', async () => {
  const analyses = dispatched({ inRounds: true });
  const chains = Promise.all(
    ['/a', '/b'].map(async (at) => {
      await analyses.analyze(jobAt(at));
      return analyses.analyze(jobAt(`${at}2`));
    }),
  );
  const first = await watched();
  for (const at of ['/a', '/b']) {
    await compute(at);
    say(first, at);
    for (let turns = 0; turns < 100; turns++) await new Promise((turn) => setImmediate(turn));
  }
  const second = await watched(1);
  expect(submissions[1]!.submission.tasks.flat().map(({ subject }) => subject.at)).toEqual(['/a2', '/b2']);
  for (const at of ['/a2', '/b2']) {
    await compute(at);
    second.onState(taskAt(at, 1), { kind: 'stored' });
  }
  expect(await chains).toHaveLength(2);
  expect(submissions).toHaveLength(2);
});

it('submits nothing that nobody wants any longer', async () => {
  const analyses = dispatched({ inRounds: true });
  const ending = new AbortController();
  const first = analyses.analyze(jobAt('/a'), { signal: ending.signal });
  await watched();
  const second = analyses.analyze(jobAt('/b'), { signal: ending.signal });
  for (let turns = 0; turns < 100; turns++) await new Promise((turn) => setImmediate(turn));
  ending.abort();
  for (const each of [first, second]) await expect(each).rejects.toMatchObject({ code: 'cancelled' });
  expect(submissions).toHaveLength(1);
});
