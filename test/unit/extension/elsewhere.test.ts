/** What the editor hands to Slurm: what is at work survives the window, and is ended only where the user says so. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { resultKey } from '../../../src/core/store/resultKey';
import { ResultStore } from '../../../src/core/store/resultStore';
import { JobFolder } from '../../../src/dispatch/jobFolder';
import { SlurmDispatcher } from '../../../src/dispatch/slurm';
import { Elsewhere, withElsewhere } from '../../../src/extension/services/elsewhere';
import { elsewhereText } from '../../../src/protocol/elsewhere';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { jobOf, recordedSettings, storedSubject, type AnalysisJob } from '../../../src/protocol/subject';
import type { EngineLike } from '../../../src/extension/services/engineHost';
import { english } from '../../../src/protocol/translate';
import { describeElsewhere } from '../../../src/extension/views/queueText';
import { Scheduler, type JobState } from '../../../src/worker/scheduler';
import { eventually } from '../../support/eventually';
import { FakeClock, FakeSlurm } from '../dispatch/fakeSlurm';
import { makeAnalysis, nameOf, settings, sourced } from '../support/analysis';
import { FakeEngine } from './fakeEngine';

let root: string;
let store: ResultStore;
let slurm: FakeSlurm;
let clock: FakeClock;
let engine: FakeEngine;
let state: Map<string, unknown>;
let always: boolean;
let asked: number[];
let ends: boolean;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'neuromfa-elsewhere-'));
  mkdirSync(join(root, 'dist'));
  store = await ResultStore.open(join(root, 'store'), () => undefined);
  [slurm, clock, engine] = [new FakeSlurm(), new FakeClock(), new FakeEngine()];
  [state, always, asked, ends] = [new Map<string, unknown>(), false, [], true];
  for (const at of ['/a', '/b', '/c', '/d']) engine.contents.set(at, at);
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

/** A window. */
function open(): {
  elsewhere: Elsewhere;
  scheduler: Scheduler;
  here: string[];
  states: Map<string, JobState>;
} {
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const elsewhere = new Elsewhere({
    engines: { use: (work: (engine: EngineLike) => Promise<unknown>) => work(engine) as Promise<never> },
    ...{ store, program: join(root, 'dist'), log: silent },
    state: {
      get: (key: string, fallback?: unknown) => state.get(key) ?? fallback,
      update: (key: string, value: unknown) => {
        state.set(key, value);
        return Promise.resolve();
      },
    } as never,
    always: () => always,
    extra: () => ['--account=x'],
    askToEnd: (count) => {
      asked.push(count);
      return Promise.resolve(ends);
    },
    dispatcher: new SlurmDispatcher({
      store: store.directory,
      program: join(root, 'dist'),
      commands: slurm,
      clock,
    }),
  });
  const here: string[] = [];
  const analyze = withElsewhere(elsewhere, {
    analyze: ({ subject }) => {
      here.push(subject.at);
      return Promise.resolve(makeAnalysis(nameOf(subject.at), subject.at));
    },
  });
  const scheduler = new Scheduler(analyze);
  const states = new Map<string, JobState>();
  scheduler.onChange(({ job, state: now }) => states.set(job.subject.at, now));
  return { elsewhere, scheduler, here, states };
}

const jobAt = (at: string): AnalysisJob => jobOf(storedSubject(at), settings);
async function folderOf(index = 0): Promise<JobFolder> {
  return JobFolder.of(store.directory, (await JobFolder.list(store.directory))[index]!);
}
/** As the nodes do. */
async function compute(...paths: string[]): Promise<void> {
  for (const at of paths) {
    const { checkpoint } = await engine.describe(storedSubject(at));
    const analysis = makeAnalysis(checkpoint.fingerprint, at);
    const { source } = sourced(analysis);
    await store.put(resultKey(checkpoint.fingerprint, recordedSettings(jobAt(at))), analysis, source);
  }
  const folder = await folderOf();
  for (const [group, tasks] of (await folder.tasks()).entries())
    await folder.writeEnd(group, {
      exit: 0,
      node: 'n1',
      seconds: 1,
      tasks: tasks.map(({ key }) => ({ key, error: null })),
    });
}

it('computes here what lies at an address, also where everything goes to Slurm: nodes read folders alone', async () => {
  always = true;
  const { scheduler, here } = open();
  const address = 'hf://lab/run@step0/model.safetensors';
  const [outcome] = await scheduler.submit([jobAt(address)]);
  expect([outcome?.kind, here]).toEqual(['done', [address]]);
  expect(await JobFolder.list(store.directory)).toEqual([]);
});

it('submits what was chosen in one array, beside what runs here, and finds the results', async () => {
  const { elsewhere, scheduler, states } = open();
  const jobs = ['/a', '/b', '/c', '/d'].map(jobAt);
  elsewhere.choose(jobs, ['--partition=cpu']);
  const done = scheduler.submit(jobs);
  await eventually(() => {
    expect([...states.values()].map(({ kind }) => kind)).toEqual(jobs.map(() => 'elsewhere'));
    expect(slurm.submitted).toHaveLength(1);
  });
  expect(slurm.submitted[0]).toEqual(expect.arrayContaining(['--account=x', '--partition=cpu']));
  await eventually(() => {
    expect(describeElsewhere(scheduler.elsewhere, english)).toBe('4 waiting (Priority)');
  });
  await compute('/a', '/b', '/c', '/d');
  expect((await done).map(({ kind }) => kind)).toEqual(jobs.map(() => 'done'));
  expect(state.get('submissions')).toBeUndefined();
});

it('leaves the rest to this machine, unless the setting sends everything', async () => {
  const { scheduler, here } = open();
  await scheduler.submit([jobAt('/a')]);
  expect(here).toEqual(['/a']);
  always = true;
  const done = scheduler.submit([jobAt('/b')]);
  await eventually(() => {
    expect(slurm.submitted).toHaveLength(1);
  });
  await compute('/b');
  await done;
});

it('goes on after the window is loaded again, and submits nothing twice', async () => {
  const before = open();
  before.elsewhere.choose([jobAt('/a'), jobAt('/b')]);
  void before.scheduler.submit([jobAt('/a'), jobAt('/b')]);
  await eventually(() => {
    expect(state.get('submissions')).toHaveLength(1);
  });
  const after = open();
  const jobs = await after.elsewhere.former();
  expect(jobs).toEqual([jobAt('/a'), jobAt('/b')].map((job) => JSON.parse(JSON.stringify(job)) as unknown));
  const done = after.scheduler.submit(jobs);
  await eventually(() => {
    expect(after.states.get('/a')).toMatchObject({ kind: 'elsewhere', where: 'Slurm 101_0' });
  });
  await compute('/a', '/b');
  expect((await done).map(({ kind }) => kind)).toEqual(['done', 'done']);
  expect(slurm.submitted).toHaveLength(1);
});

it('tells after a night what failed meanwhile, and finds the log', async () => {
  const before = open();
  before.elsewhere.choose([jobAt('/a')]);
  void before.scheduler.submit([jobAt('/a')]);
  await eventually(() => {
    expect(state.get('submissions')).toHaveLength(1);
  });
  slurm.queue.clear();
  const folder = await folderOf();
  const { data } = new NeuroMfaError('damaged', '/a', 'it is cut short', 'Download it');
  const [task] = (await folder.tasks()).flat();
  await folder.writeEnd(0, { exit: 1, node: 'n1', seconds: 1, tasks: [{ key: task!.key, error: data }] });
  writeFileSync(join(folder.directory, '101_0.log'), '');
  const after = open();
  const [outcome] = await after.scheduler.submit(await after.elsewhere.former());
  expect(outcome).toMatchObject({ kind: 'failed', error: data });
  expect(await after.elsewhere.logOf('/a')).toBe(join(folder.directory, '101_0.log'));
});

it.each([true, false])('asks once whether cancelled tasks are to end on Slurm: %s', async (answer) => {
  ends = answer;
  const { elsewhere, scheduler } = open();
  elsewhere.choose([jobAt('/a'), jobAt('/b')]);
  const done = scheduler.submit([jobAt('/a'), jobAt('/b')]);
  await eventually(() => {
    expect(slurm.submitted).toHaveLength(1);
    expect(state.get('submissions')).toHaveLength(1);
  });
  scheduler.cancel();
  expect((await done).map(({ kind }) => kind)).toEqual(['cancelled', 'cancelled']);
  await eventually(() => {
    expect(asked).toEqual([2]);
  });
  await eventually(() => {
    expect(slurm.cancelled).toEqual(answer ? ['101'] : []);
  });
});

it('says how an analysis fares', () => {
  const says = (waiting: string | null, fraction: number | null): string =>
    elsewhereText({ where: 'Slurm 1_2', waiting, fraction }, english);
  expect([says('Priority', null), says('', null), says(null, null), says(null, 0.456)]).toEqual([
    ...['Slurm 1_2: waiting (Priority)', 'Slurm 1_2: waiting', 'Slurm 1_2: in progress', 'Slurm 1_2: 45 %'],
  ]);
});
