/** `--on slurm` with a real Slurm of two nodes: what is printed is what one machine prints, whatever is killed meanwhile. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AnalysisResult } from '../../src/protocol/analysis';
import { eventually } from '../support/eventually';
import { bundleCli } from '../unit/support/bundleCli';
import { ROOT } from '../unit/support/golden';
import { Cluster, kill, missingPrograms } from './cluster';

const SAMPLE = join(ROOT, 'samples/neox-1m');
const missing = missingPrograms();
if (missing.length > 0 && process.env['CI']) throw new Error(`there is no Slurm: ${missing.join(', ')}`);
if (missing.length > 0)
  console.warn(
    `Tests with a real Slurm are skipped: ${missing.join(', ')} missing. See node scripts/setup.mjs slurm.`,
  );

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

// Without Slurm's programs; in CI they have to be there.
describe.skipIf(missing.length > 0)('run --on slurm', () => {
  const folder = mkdtempSync(join(tmpdir(), 'neuromfa-cluster-'));
  let cluster: Cluster;
  let cli: string;
  let stores = 0;
  beforeAll(async () => {
    const program = join(folder, 'program');
    mkdirSync(program);
    cli = await bundleCli(program);
    const own = join(folder, 'slurm');
    mkdirSync(own);
    cluster = await Cluster.start(own);
  });
  afterEach(() => {
    cluster.run('scontrol', ['update', 'PartitionName=debug', 'State=UP']);
  });
  afterAll(async () => {
    await cluster.stop();
    expect(cluster.processes()).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  /** A path with what shells and Slurm would read as theirs. */
  const newStore = (): string => join(folder, `store ${stores++} 'a' $(b) 50%A`);
  const local = (...words: string[]): Ended =>
    spawnSync(process.execPath, [cli, ...words], { encoding: 'utf8', env: cluster.env });

  const start = (...words: string[]): { child: ChildProcess; ended: Promise<Ended> } =>
    startIn(cluster.env, ...words);
  function startIn(
    env: NodeJS.ProcessEnv,
    ...words: string[]
  ): { child: ChildProcess; ended: Promise<Ended> } {
    const child = spawn(process.execPath, [cli, ...words], { env });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    const ended = new Promise<Ended>((resolve) => {
      child.on('close', (status) => {
        resolve({ status, stdout, stderr });
      });
    });
    return { child, ended };
  }
  const words = (store: string, ...more: string[]): string[] => [
    ...['run', SAMPLE, '--samples', '4', '--csv', '--store', store, '--on', 'slurm', '--tasks', '2'],
    ...more,
  ];
  let alone: string | undefined;
  /** What one machine prints. */
  const expected = (): string =>
    (alone ??= local('run', SAMPLE, '--samples', '4', '--csv', '--no-store', '--threads', '1').stdout);
  const jobsIn = (store: string): string[] => readdirSync(join(store, 'jobs'));
  const leftovers = (store: string): string[] => readdirSync(store).filter((name) => name.endsWith('.tmp'));
  const arrays = (store: string): number => {
    const { stdout } = local('jobs', 'status', ...jobsIn(store), '--store', store, '--json');
    const [job] = JSON.parse(stdout) as { tasks: { where: string }[] }[];
    return new Set(job!.tasks.map(({ where }) => where.replace(/_\d+$/, ''))).size;
  };

  it('prints what one machine prints, and submits nothing that is stored', async () => {
    const store = newStore();
    const first = await start(...words(store)).ended;
    expect(first.stderr).toMatch(
      /^neuromfa: note: job \S+: submitted as 2 tasks of Slurm\. Logs are in .+\n$/,
    );
    expect([first.status, first.stdout]).toEqual([0, expected()]);
    const again = await start(...words(store)).ended;
    expect([again.status, again.stdout, again.stderr]).toEqual([0, expected(), '']);
    expect(jobsIn(store)).toHaveLength(1);
    expect(leftovers(store)).toEqual([]);
  });

  it('submits killed tasks again, and tells it', async () => {
    const store = newStore();
    const { ended } = start(...words(store));
    const pid = await eventually(() => {
      const [first] = cluster.tasks(store).values();
      expect(first).toBeDefined();
      return first!;
    });
    kill(pid);
    const { status, stdout, stderr } = await ended;
    expect(stderr).toMatch(/its task was ended by signal 9 on n[12]; it is submitted again \(1 of 3\)/);
    expect([status, stdout]).toEqual([0, expected()]);
    expect(jobsIn(store)).toHaveLength(1);
  });

  describe('a task that Slurm itself takes from its node', () => {
    const own = join(folder, 'taken');
    const [answers, held] = [join(own, 'answers'), join(own, 'held')];
    let env: NodeJS.ProcessEnv;
    beforeAll(() => {
      mkdirSync(own);
      // What Slurm has told, so that nothing happens before the watcher has seen what was.
      const real = spawnSync('which', ['squeue'], { env: cluster.env, encoding: 'utf8' }).stdout.trim();
      const lines = ['#!/bin/sh', `told=$('${real}' "$@") || exit`, `echo "$told" | tee -a '${answers}'`];
      writeFileSync(join(own, 'squeue'), `${lines.join('\n')}\n`, { mode: 0o700 });
      // The first task begins with waiting: it is not done before it is taken.
      const hook = join(own, 'hook.cjs');
      const wait = `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)`;
      const there = `require('node:fs').existsSync(${JSON.stringify(held)})`;
      writeFileSync(hook, `if (process.env.SLURM_ARRAY_TASK_ID === '0') while (${there}) ${wait};`);
      const PATH = [own, cluster.env['PATH']].join(delimiter);
      env = { ...cluster.env, PATH, NODE_OPTIONS: `--require ${hook}` };
    });

    /** A run whose first task stands still on its node, which its watcher has seen. */
    async function standing(...more: string[]) {
      const store = newStore();
      writeFileSync(answers, '\n');
      writeFileSync(held, '');
      const { ended } = startIn(env, ...words(store, ...more));
      const [before, array, node] = await eventually(() => {
        const told = readFileSync(answers, 'utf8');
        const found = /^[^]*?\n(\d+)\|0\|RUNNING\|0\|(n[12])\|/.exec(told);
        expect(found).not.toBeNull();
        return found!;
      });
      const seenWaiting = (): Promise<void> =>
        eventually(() => {
          const after = readFileSync(answers, 'utf8').slice(before.length);
          expect(after).toContain(`\n${array!}|0|PENDING|`);
        });
      const release = (): void => {
        rmSync(held);
      };
      return { store, ended, task: `${array!}_0`, node: node!, seenWaiting, release };
    }
    const restarts = (task: string): string | undefined =>
      / Restarts=(\d+) /.exec(cluster.run('scontrol', ['show', 'job', task]).stdout)?.[1];
    /** Takes both nodes, for as long as its job is there. */
    const takeNodes = (): string => {
      const words = ['--parsable', '--partition=urgent', '--nodes=2', '--output=/dev/null'];
      const { stdout, stderr } = cluster.run('sbatch', [...words, '--wrap=exec sleep 1000']);
      expect(stderr).toBe('');
      return stdout.trim();
    };

    it('by scontrol requeue: it runs again, which is told, and nothing is submitted', async () => {
      const { store, ended, task, node, seenWaiting, release } = await standing();
      cluster.run('scontrol', ['update', 'PartitionName=debug', 'State=DOWN']);
      expect(cluster.run('scontrol', ['requeue', task])).toMatchObject({ status: 0, stderr: '' });
      await seenWaiting();
      release();
      cluster.run('scontrol', ['update', 'PartitionName=debug', 'State=UP']);
      const { status, stdout, stderr } = await ended;
      expect(stderr).toContain(`its task on ${node} was ended by Slurm, which runs it again`);
      expect(stderr).not.toContain('submitted again');
      expect([status, stdout]).toEqual([0, expected()]);
      expect([arrays(store), restarts(task)]).toEqual([1, '1']);
      expect(leftovers(store)).toEqual([]);
    });

    it('for more urgent work, and queues again: the same', async () => {
      const { store, ended, task, node, seenWaiting, release } = await standing();
      const urgent = takeNodes();
      await seenWaiting();
      release();
      expect(cluster.run('scancel', [urgent]).status).toBe(0);
      const { status, stdout, stderr } = await ended;
      expect(stderr).toContain(`its task on ${node} was ended by Slurm, which runs it again`);
      expect(stderr).not.toContain('submitted again');
      expect([status, stdout]).toEqual([0, expected()]);
      expect([arrays(store), restarts(task)]).toEqual([1, '1']);
    });

    it('for more urgent work, and ends: it is submitted again', async () => {
      const { store, ended, release } = await standing('--partition', 'ended');
      const urgent = takeNodes();
      await eventually(() => {
        expect(arrays(store)).toBe(2);
      });
      release();
      expect(cluster.run('scancel', [urgent]).status).toBe(0);
      const { status, stdout, stderr } = await ended;
      expect(stderr).toMatch(
        /its task was ended by Slurm \(PREEMPTED\) on n[12]; it is submitted again \(1 of 3\)/,
      );
      expect([status, stdout]).toEqual([0, expected()]);
    });
  });

  it('survives the loss of a node', async () => {
    const store = newStore();
    const { ended } = start(...words(store));
    await eventually(() => {
      const [task] = cluster.tasksOn('n2', store);
      expect(task).toBeDefined();
      // Else it might be done before its node is.
      process.kill(task!, 'SIGSTOP');
    });
    cluster.killNode('n2');
    const { status, stdout } = await ended;
    expect([status, stdout]).toEqual([0, expected()]);
    // What n2 had begun, n1 has done.
    const { stdout: tasks } = local('jobs', 'status', ...jobsIn(store), '--store', store);
    expect(tasks.match(/ stored +n[12] /g)).toEqual([' stored  n1 ', ' stored  n1 ']);
    cluster.startNode('n2');
    await eventually(() => {
      expect(cluster.nodeStates()).toEqual(['n1 idle', 'n2 idle']);
    });
  });

  it('is left by Ctrl-C with its tasks at work, and the same command comes back to them', async () => {
    const store = newStore();
    cluster.run('scontrol', ['update', 'PartitionName=debug', 'State=DOWN']);
    const { child, ended } = start(...words(store));
    await eventually(() => {
      expect(cluster.run('squeue', ['--noheader']).stdout).not.toBe('');
    });
    const shown = await eventually(() => {
      const { stdout } = local('jobs', '--store', store);
      expect(stdout).toMatch(/\d{8}-\d{6}-\w{6} +8 +0 +0 +0 +0 +0\n/);
      return stdout;
    });
    child.kill('SIGINT');
    const left = await ended;
    const [id] = jobsIn(store);
    expect(shown).toContain(id);
    expect([left.status, left.stdout]).toEqual([130, '']);
    expect(left.stderr).toContain(
      `the tasks go on. The same command comes back to them; neuromfa jobs cancel ${id!}`,
    );
    cluster.run('scontrol', ['update', 'PartitionName=debug', 'State=UP']);
    const again = await start(...words(store)).ended;
    expect([again.status, again.stdout]).toEqual([0, expected()]);
    expect(jobsIn(store)).toEqual([id]);
    expect(arrays(store)).toBe(1);
  });

  it('ends when its tasks are cancelled, and says so', async () => {
    const store = newStore();
    cluster.run('scontrol', ['update', 'PartitionName=debug', 'State=DOWN']);
    const { ended } = start(...words(store));
    await eventually(() => {
      expect(local('jobs', '--store', store).stdout).toMatch(/ +8 +0 +0 +0 +0 +0\n/);
    });
    expect(local('jobs', 'cancel', ...jobsIn(store), '--store', store).status).toBe(0);
    const { status, stdout, stderr } = await ended;
    cluster.run('scontrol', ['update', 'PartitionName=debug', 'State=UP']);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('its task was canceled on Slurm. Run the command again to submit it again.');

    expect(local('jobs', 'status', ...jobsIn(store), '--store', store).stdout).toMatch(/ canceled /);

    // Another engine of arrays takes what is left, as an Indexed Job of Kubernetes would.
    const job = join(store, 'jobs', jobsIn(store)[0]!);
    const task = (index: string, ...more: string[]): Ended =>
      spawnSync(process.execPath, [cli, 'task', '--job', job, ...more], {
        encoding: 'utf8',
        env: { ...cluster.env, JOB_COMPLETION_INDEX: index },
      });
    const outside = task('0', '--allow', store);
    expect(outside.status).toBe(2);
    expect(outside.stderr).toContain(
      'it lies outside the folders that tasks may read. Name its folder with --allow.',
    );
    for (const index of ['0', '1'])
      expect(task(index, '--allow', SAMPLE)).toMatchObject({ status: 0, stderr: '' });
    expect(task('2').stderr).toContain('2 is none of its groups, which are 0 to 1');
    expect(local('run', SAMPLE, '--samples', '4', '--csv', '--store', store).stdout).toBe(expected());
    expect(arrays(store)).toBe(1);
  });

  it('says what Slurm says where it refuses, and leaves nothing behind', async () => {
    const store = newStore();
    const { status, stdout, stderr } = await start(...words(store, '--partition', 'none')).ended;
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^neuromfa: sbatch: .*Invalid partition name specified.*\n$/);
    expect(jobsIn(store)).toEqual([]);
  });

  it('computes fixed radii, more samples and common neurons in rounds, each one array', async () => {
    const store = newStore();
    const more = ['--radii', 'fixed', '--population', 'common', '--baseline', 'gaussian'];
    const run = await start(...words(store, ...more)).ended;
    const same = local('run', SAMPLE, '--samples', '4', '--csv', '--no-store', '--threads', '1', ...more);
    expect([run.status, run.stdout]).toEqual([0, same.stdout]);
    expect(jobsIn(store).length).toBeLessThanOrEqual(4);
  });

  it('a checkpoint that is gone when its task begins fails once, and the others do not', async () => {
    const [store, copy] = [newStore(), join(folder, 'gone')];
    cpSync(join(SAMPLE, 'step64'), copy, { recursive: true });
    cluster.run('scontrol', ['update', 'PartitionName=debug', 'State=DOWN']);
    const both = [join(SAMPLE, 'step0'), copy];
    const { ended } = start(
      'analyze',
      ...both,
      '--samples',
      '1',
      '--json',
      '--store',
      store,
      '--on',
      'slurm',
    );
    await eventually(() => {
      expect(local('jobs', '--store', store).stdout).toMatch(/ +2 +0 +0 +0 +0 +0\n/);
    });
    rmSync(copy, { recursive: true });
    cluster.run('scontrol', ['update', 'PartitionName=debug', 'State=UP']);
    const { status, stdout, stderr } = await ended;
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toHaveLength(1);
    expect(stderr).toContain(`neuromfa: ${copy}: there is no such file or folder. Check the path.\n`);
    expect(local('jobs', 'log', ...jobsIn(store), '--store', store).stdout).toContain(
      'there is no such file',
    );
  });

  it('takes no more than its job has: one thread and less than 300 MB of one processor and 300 MB', async () => {
    const [out, peak, hook] = ['out.json', 'peak.txt', 'hook.cjs'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const read = `/^VmHWM:\\s*(\\d+) kB/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]`;
    writeFileSync(
      hook,
      `const fs = require('node:fs'); process.on('exit', () => fs.writeFileSync(${JSON.stringify(peak)}, ${read}));`,
    );
    const script = join(folder, 'limited.sh');
    const command = [
      process.execPath,
      '--require',
      hook,
      cli,
      'analyze',
      join(SAMPLE, 'step64'),
      '--json',
      '--out',
      out,
    ];
    writeFileSync(script, `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(' ')}\n`);
    const asked = ['--cpus-per-task=1', '--mem=300M', '--wait', `--output=${folder}/limited.log`];
    const { status, stderr } = await new Promise<Ended>((resolve) => {
      const child = spawn('sbatch', [...asked, script], { env: cluster.env });
      let text = '';
      child.stderr.on('data', (chunk) => (text += String(chunk)));
      child.on('close', (code) => {
        resolve({ status: code, stdout: '', stderr: text });
      });
    });
    expect([status, stderr]).toEqual([0, '']);
    const cat = (path: string): string => spawnSync('cat', [path], { encoding: 'utf8' }).stdout;
    const [result] = JSON.parse(cat(out)) as AnalysisResult[];
    expect(result!.timing.threads).toBe(1);
    expect(Number(cat(peak)) / 1024).toBeLessThan(300);
  });
});
