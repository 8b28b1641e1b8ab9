import { describe, expect, it } from 'vitest';
import { makeSettings } from '../../../src/core/analysis/settings';
import type { SizedTask } from '../../../src/dispatch/dispatcher';
import { askedFor, inGroups } from '../../../src/dispatch/grouping';
import { arraysOf, inRanges, sbatchArgs, SCRIPT } from '../../../src/dispatch/slurmArrays';
import { endingOf, endingText, isActive } from '../../../src/dispatch/slurmState';
import { taskOf } from '../../../src/dispatch/task';
import { jobOf, storedSubject } from '../../../src/protocol/subject';

const MB = 2 ** 20;
const sized = (seconds: number, at = '/a', memory = 100 * MB): SizedTask => ({
  ...taskOf(jobOf(storedSubject(at), makeSettings())),
  ...{ bytes: 1000, seconds, memory },
});
const times = (groups: ReturnType<typeof inGroups>): number[] => groups.map(({ tasks }) => tasks.length);

describe('grouping', () => {
  it('gives each group a minute or more, in order', () => {
    const tasks = Array.from({ length: 154 }, (_, i) => sized(9.5, `/step${i}`));
    const groups = inGroups(tasks, null);
    expect(groups.flatMap((group) => group.tasks)).toEqual(tasks);
    expect(Math.min(...groups.map(({ seconds }) => seconds))).toBeGreaterThanOrEqual(60);
    expect(groups.length).toBe(25);
  });

  it('makes as many groups as the user wants to run at a time, and never an empty one', () => {
    expect(
      times(
        inGroups(
          Array.from({ length: 8 }, () => sized(0.1)),
          2,
        ),
      ),
    ).toEqual([4, 4]);
    expect(times(inGroups([sized(0.1), sized(0.1)], 32))).toEqual([1, 1]);
    expect(
      times(
        inGroups(
          Array.from({ length: 8 }, () => sized(0.1)),
          null,
        ),
      ),
    ).toEqual([8]);
    expect(times(inGroups([sized(1000), sized(1), sized(1), sized(1)], 3))).toEqual([1, 3]);
  });

  it('asks for what the largest needs, with room', () => {
    const groups = inGroups([sized(3600, '/a', 900 * MB), sized(60, '/b', 3000 * MB)], 2);
    const asked = askedFor(groups, { atATime: 2, processors: 4, extra: [] });
    expect(asked).toMatchObject({ processors: 4, megabytes: 6000, minutes: 251 });
  });
});

describe('arrays', () => {
  it('are cut where Slurm has no larger index', () => {
    const groups = Array.from({ length: 25 }, (_, i) => i);
    const arrays = arraysOf(groups, 10);
    expect(arrays.map(({ first, groups: own }) => [first, own.length])).toEqual([
      [0, 10],
      [10, 10],
      [20, 5],
    ]);
    for (const { first, groups: own } of arrays)
      for (const group of own) expect(group - first).toBeLessThan(10);
    expect(arraysOf([24, 3, 7], 10)).toEqual([
      { first: 0, groups: [3, 7] },
      { first: 24, groups: [24] },
    ]);
  });

  it('name indices in ranges', () => {
    expect(inRanges([0, 1, 2, 5, 7, 8])).toBe('0-2,5,7-8');
  });

  it('are submitted without a path in any script, the options of the user last', () => {
    const options = {
      atATime: 3,
      processors: 2,
      megabytes: 700,
      minutes: 12,
      extra: ['--time=5', '--mem=1G'],
    };
    const args = sbatchArgs("/s/50% 'x' $(rm)", { first: 10, groups: [10, 11] }, options, 2);
    expect(args).toEqual([
      ...['--job-name=neuromfa', '--array=0-1%3', '--requeue', '--open-mode=append', '--chdir=/'],
      ...["--output=/s/50%% 'x' $(rm)/%A_%a.log", '--ntasks=1', '--cpus-per-task=2', '--mem=700M'],
      ...['--time=48', '--time=5', '--mem=1G'],
      ...["/s/50% 'x' $(rm)/task.sh", process.execPath, "/s/50% 'x' $(rm)", '10'],
    ]);
    expect(SCRIPT).not.toContain(process.execPath);
  });
});

describe('what Slurm says of a task', () => {
  const told = (state: string, status = 0, reason: string | null = null) => ({
    ...{ state, status, reason, node: 'n1' },
  });
  it.each([
    [told('CANCELLED', 15), 'cancelled'],
    [told('NODE_FAIL'), 'killed'],
    [told('TIMEOUT'), 'killed'],
    [told('FAILED', 9, 'JobLaunchFailure'), 'killed'],
    [told('FAILED', 53, 'JobLaunchFailure'), 'unseen'],
    [told('FAILED', 4021, 'JobLaunchFailure'), 'unseen'],
    [told('FAILED', 72 << 8), 'unseen'],
    [told('FAILED', 74 << 8), 'unstored'],
    [told('FAILED', 1 << 8), 'ended'],
    [told('COMPLETED'), 'ended'],
    [null, 'ended'],
  ] as const)('%j means %s', (task, ending) => {
    expect(endingOf(task)).toBe(ending);
    if (task) expect(isActive(task)).toBe(false);
  });

  it('is told in words', () => {
    expect(endingText(told('FAILED', 9), 10)).toBe('was ended by signal 9 on n1');
    expect(endingText(told('TIMEOUT'), 10)).toBe('reached its time limit of 10 minutes on n1');
    expect(endingText(told('FAILED', 256), 10)).toBe('ended with exit code 1 on n1 and left no note');
    expect(endingText(null, 10)).toBe('left the queue of Slurm without a note');
  });
});
