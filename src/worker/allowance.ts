/**
 * Finds out what this process may use of the machine: less than all of it within a job of Slurm, a container or another
 * control group. Node's own answers ignore these limits, or know only those of the innermost group.
 */
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { readSystemFile } from '../core/storage/systemFile';

const MB = 2 ** 20;

/** Where to look for the limits. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  /** The text of a file; null where it does not exist. */
  read: (path: string) => string | null;
  processors: number;
  /** In bytes. */
  memory: number;
}

export interface Allowance {
  /** Whole processors, at least 1. */
  processors: number;
  /** In bytes. */
  memory: number;
}

/**
 * The minimum of what the machine has, what Slurm has allocated (`SLURM_CPUS_PER_TASK`, `SLURM_CPUS_ON_NODE`,
 * `SLURM_MEM_PER_NODE` and `SLURM_MEM_PER_CPU` in MB; sbatch(1), "OUTPUT ENVIRONMENT VARIABLES") and what the control
 * groups of this process and all groups around them allow (Linux: Documentation/admin-guide/cgroup-v2.rst `cpu.max`,
 * `memory.max`; cgroup-v1 `cpu.cfs_quota_us`, `memory.limit_in_bytes`). Values that cannot be read limit nothing.
 */
export function allowance(surroundings: Surroundings = thisProcess()): Allowance {
  const { env } = surroundings;
  const groups = groupLimits(surroundings);
  const processors = least(
    surroundings.processors,
    amount(env['SLURM_CPUS_PER_TASK']),
    amount(env['SLURM_CPUS_ON_NODE']),
    ...groups.map((group) => group.processors),
  );
  const perProcessor = amount(env['SLURM_MEM_PER_CPU']);
  const allocated = amount(env['SLURM_CPUS_ON_NODE']) ?? processors;
  const memory = least(
    surroundings.memory,
    scaled(amount(env['SLURM_MEM_PER_NODE']), MB),
    scaled(perProcessor, MB * allocated),
    ...groups.map((group) => group.memory),
  );
  return { processors: Math.max(1, Math.floor(processors)), memory };
}

function thisProcess(): Surroundings {
  return {
    env: process.env,
    read: readSystemFile,
    processors: availableParallelism(),
    memory: totalmem(),
  };
}

interface Limits {
  processors: number | null;
  memory: number | null;
}

const GROUPS = '/sys/fs/cgroup';

/** The limits of this process's groups, and of those around them. */
function groupLimits({ read }: Surroundings): Limits[] {
  const lines = (read('/proc/self/cgroup') ?? '').split('\n');
  return lines.flatMap((line) => {
    const [, , controllers, path] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) return [];
    if (controllers === '') return around(path).map((group) => unified(read, join(GROUPS, group)));
    const limits: Limits[] = [];
    for (const controller of controllers.split(',')) {
      if (controller !== 'cpu' && controller !== 'memory') continue;
      // Controllers that are mounted together have a link for each of their names.
      for (const group of around(path)) limits.push(separate(read, join(GROUPS, controller, group)));
    }
    return limits;
  });
}

/** A group, the groups around it, and the outermost one. */
function around(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...around(parent)];
}

/** Version 2: `max`, or a quota and its period in µs. */
function unified(read: Surroundings['read'], group: string): Limits {
  const [quota, period] = (read(join(group, 'cpu.max')) ?? '').split(' ');
  return {
    processors: ratio(quota, period),
    memory: amount(read(join(group, 'memory.max')) ?? undefined),
  };
}

/** Version 1: a quota of −1 is none. */
function separate(read: Surroundings['read'], group: string): Limits {
  return {
    processors: ratio(
      read(join(group, 'cpu.cfs_quota_us')) ?? undefined,
      read(join(group, 'cpu.cfs_period_us')) ?? undefined,
    ),
    memory: amount(read(join(group, 'memory.limit_in_bytes')) ?? undefined),
  };
}

/** A positive integer; null for anything else, such as `max`, and for 0, which Slurm writes for all of it. */
function amount(text: string | undefined): number | null {
  const trimmed = text?.trim() ?? '';
  const value = /^\d+$/.test(trimmed) ? Number(trimmed) : 0;
  return value > 0 ? value : null;
}

function ratio(quota: string | undefined, period: string | undefined): number | null {
  const [of, by] = [amount(quota), amount(period)];
  return of === null || by === null ? null : of / by;
}

const scaled = (value: number | null, factor: number): number | null =>
  value === null ? null : value * factor;

const least = (whole: number, ...limits: (number | null)[]): number =>
  limits.reduce<number>((all, limit) => Math.min(all, limit ?? Infinity), whole);
