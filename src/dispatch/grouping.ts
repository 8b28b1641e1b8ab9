/** Decides how many tasks an array gets, and what each of them requests. */
import type { SizedTask, SubmitOptions, TaskGroup } from './dispatcher';

/** Starting a task takes a second or more: less work than this does not justify a task of its own. */
const MIN_SECONDS = 60;
/** Time for opening a checkpoint and storing a result, whatever its size. */
const OVERHEAD_SECONDS = 0.5;
const MB = 2 ** 20;
/** Node itself takes about 100 MB. */
const MIN_MEGABYTES = 512;
/** Disks may be slower than the estimate assumes. */
const SLOWER = 4;
const MIN_MINUTES = 10;

/**
 * Divides tasks, in order, into groups of at least an estimated minute; into as many groups as run at a time, if that
 * is more.
 * @param atATime the user's limit; null for none.
 */
export function inGroups(tasks: readonly SizedTask[], atATime: number | null): TaskGroup[] {
  const secondsOf = ({ seconds }: SizedTask): number => seconds + OVERHEAD_SECONDS;
  const total = tasks.reduce((sum, task) => sum + secondsOf(task), 0);
  const count = Math.min(tasks.length, Math.max(1, Math.floor(total / MIN_SECONDS), atATime ?? 1));
  const groups: SizedTask[][] = Array.from({ length: count }, () => []);
  let before = 0;
  for (const task of tasks) {
    const middle = before + secondsOf(task) / 2;
    groups[Math.min(count - 1, Math.floor((middle * count) / total))]!.push(task);
    before += secondsOf(task);
  }
  return groups
    .filter(({ length }) => length > 0)
    .map((group) => ({
      tasks: group,
      bytes: group.reduce((sum, { bytes }) => sum + bytes, 0),
      seconds: group.reduce((sum, task) => sum + secondsOf(task), 0),
      memory: group.reduce((most, { memory }) => Math.max(most, memory), 0),
    }));
}

/** What each task of the array requests, with a margin: the largest group decides. */
export function askedFor(
  groups: readonly TaskGroup[],
  { atATime, processors, extra }: Pick<SubmitOptions, 'atATime' | 'processors' | 'extra'>,
): SubmitOptions {
  let [seconds, memory] = [0, 0];
  for (const group of groups) {
    seconds = Math.max(seconds, group.seconds);
    memory = Math.max(memory, group.memory);
  }
  // Workers take at most half of it, see `taskProgram.ts`.
  const megabytes = Math.max(MIN_MEGABYTES, Math.ceil((2 * memory) / MB));
  const minutes = MIN_MINUTES + Math.ceil((SLOWER * seconds) / 60);
  return { atATime, processors, megabytes, minutes, extra };
}
