/** Divides groups of tasks into arrays of Slurm: their indices and options. */
import type { SubmitOptions } from './dispatcher';
import { PROGRAM } from './jobFolder';

export const SCRIPT_NAME = 'task.sh';

/** The exit code of a node that does not see the job folder. */
export const UNSEEN = 72;

/**
 * The script that Slurm runs, the same for every array: differences come as arguments, so that no shell ever parses a
 * path. The editor's own program works as Node if told so.
 */
export const SCRIPT = `#!/bin/sh
# One task of an array. $1: Node; $2: the job folder; $3: the number of the group that index 0 stands for.
[ -r "$2/${PROGRAM}/task.js" ] || exit ${UNSEEN}
export ELECTRON_RUN_AS_NODE=1
[ -x "$1" ] && exec "$1" "$2/${PROGRAM}/task.js" "$2" "$3"
exec node "$2/${PROGRAM}/task.js" "$2" "$3"
`;

export interface ArrayPart {
  /** The number of the group with index 0. */
  first: number;
  /** Ascending. */
  groups: number[];
}

/** Divides groups into arrays. @param size indices stay below it, and an array has at most this many. */
export function arraysOf(groups: readonly number[], size: number): ArrayPart[] {
  const arrays: ArrayPart[] = [];
  for (const group of [...groups].sort((a, b) => a - b)) {
    const last = arrays.at(-1);
    if (last && group - last.first < size) last.groups.push(group);
    else arrays.push({ first: group < size ? 0 : group, groups: [group] });
  }
  return arrays;
}

/** The options of sbatch, then the script and its arguments. */
export function sbatchArgs(
  folder: string,
  { first, groups }: ArrayPart,
  { atATime, processors, megabytes, minutes, extra }: SubmitOptions,
  attempt: number,
): string[] {
  const most = atATime === null ? '' : `%${atATime}`;
  return [
    '--job-name=neuromfa',
    `--array=${inRanges(groups.map((group) => group - first))}${most}`,
    '--requeue',
    '--open-mode=append',
    // A folder of the submitting machine may not exist on the node.
    '--chdir=/',
    // Slurm replaces what follows a percent sign.
    `--output=${folder.replaceAll('%', '%%')}/%A_%a.log`,
    '--ntasks=1',
    `--cpus-per-task=${processors}`,
    `--mem=${megabytes}M`,
    `--time=${minutes * 2 ** attempt}`,
    ...extra,
    `${folder}/${SCRIPT_NAME}`,
    process.execPath,
    folder,
    String(first),
  ];
}

/** `0-3,7`: ascending integers. */
export function inRanges(values: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const value of values) {
    const last = ranges.at(-1);
    if (last?.[1] === value - 1) last[1] = value;
    else ranges.push([value, value]);
  }
  return ranges.map(([a, b]) => (a === b ? String(a) : `${a}-${b}`)).join(',');
}
