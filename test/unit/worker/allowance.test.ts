/** What a process may use of a machine of 64 processors and 256 GB. */
import { describe, expect, it } from 'vitest';
import { allowance, type Surroundings } from '../../../src/worker/allowance';

const GB = 2 ** 30;
const MB = 2 ** 20;

function allowed(env: Surroundings['env'], files: Record<string, string> = {}) {
  return allowance({ env, read: (path) => files[path] ?? null, processors: 64, memory: 256 * GB });
}

describe('without limits', () => {
  it('all of the machine', () => {
    expect(allowed({})).toEqual({ processors: 64, memory: 256 * GB });
  });

  it('all of the machine where limits say max, −1, or nothing that can be read', () => {
    expect(
      allowed(
        { SLURM_MEM_PER_NODE: '0', SLURM_CPUS_PER_TASK: 'many' },
        {
          '/proc/self/cgroup': '2:cpu,cpuacct:/\n1:memory:/\n0::/a\nnonsense',
          '/sys/fs/cgroup/a/cpu.max': 'max 100000\n',
          '/sys/fs/cgroup/a/memory.max': 'max\n',
          '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
          '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
          '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
        },
      ),
    ).toEqual({ processors: 64, memory: 256 * GB });
  });
});

describe('in a job of Slurm', () => {
  it('the processors of the task and the memory of the node', () => {
    expect(allowed({ SLURM_CPUS_ON_NODE: '8', SLURM_CPUS_PER_TASK: '4', SLURM_MEM_PER_NODE: '300' })).toEqual(
      { processors: 4, memory: 300 * MB },
    );
  });

  it('memory by processor, of all that are allocated on the node', () => {
    expect(allowed({ SLURM_CPUS_ON_NODE: '8', SLURM_CPUS_PER_TASK: '4', SLURM_MEM_PER_CPU: '1000' })).toEqual(
      { processors: 4, memory: 8000 * MB },
    );
  });

  it('never more than the machine has', () => {
    expect(allowed({ SLURM_CPUS_ON_NODE: '128', SLURM_MEM_PER_NODE: '1000000' })).toEqual({
      processors: 64,
      memory: 256 * GB,
    });
  });
});

describe('in a control group', () => {
  it('of version 2: the narrowest of the groups around the process', () => {
    expect(
      allowed(
        {},
        {
          '/proc/self/cgroup': '0::/system.slice/job_7/step_0/user\n',
          '/sys/fs/cgroup/system.slice/job_7/step_0/cpu.max': '800000 100000\n',
          '/sys/fs/cgroup/system.slice/job_7/cpu.max': '350000 100000\n',
          '/sys/fs/cgroup/system.slice/job_7/memory.max': `${4 * GB}\n`,
          '/sys/fs/cgroup/system.slice/memory.max': `${16 * GB}\n`,
        },
      ),
    ).toEqual({ processors: 3, memory: 4 * GB });
  });

  it('of a container, which sees its own group as the outermost', () => {
    expect(
      allowed(
        {},
        {
          '/proc/self/cgroup': '0::/\n',
          '/sys/fs/cgroup/cpu.max': '50000 100000\n',
          '/sys/fs/cgroup/memory.max': `${GB}\n`,
        },
      ),
    ).toEqual({ processors: 1, memory: GB });
  });

  it('of version 1, by controller', () => {
    expect(
      allowed(
        {},
        {
          '/proc/self/cgroup': '4:memory:/docker/x\n2:cpu,cpuacct:/docker/x\n',
          '/sys/fs/cgroup/cpu/docker/x/cpu.cfs_quota_us': '200000\n',
          '/sys/fs/cgroup/cpu/docker/x/cpu.cfs_period_us': '100000\n',
          '/sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes': `${2 * GB}\n`,
        },
      ),
    ).toEqual({ processors: 2, memory: 2 * GB });
  });
});
