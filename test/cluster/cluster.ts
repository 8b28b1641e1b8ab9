/**
 * A real Slurm of two nodes on this machine, for as long as a test takes: its own munge, controller and node daemons, on
 * loopback and in a folder of its own. Works without systemd and control groups, and touches no other Slurm of the machine.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { freePorts } from '../support/freePorts';
import { missingOnPath, SYSTEM_PATH } from '../support/programs';

const PROGRAMS = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scancel', 'scontrol', 'sinfo'];

/** The programs that are missing here; without them there is nothing to test with. */
export const missingPrograms = (): string[] => missingOnPath(PROGRAMS);

export type NodeName = 'n1' | 'n2';

export class Cluster {
  /** Of whatever talks to this Slurm. */
  readonly env: NodeJS.ProcessEnv;
  readonly #nodes = new Map<NodeName, ChildProcess>();
  readonly #daemons: ChildProcess[] = [];

  private constructor(private readonly folder: string) {
    // A test may itself be a job of another Slurm.
    const others = Object.entries(process.env).filter(([name]) => !/^(SLURM|SBATCH|SQUEUE)_/.test(name));
    this.env = { ...Object.fromEntries(others), PATH: SYSTEM_PATH, SLURM_CONF: join(folder, 'slurm.conf') };
  }

  /** @param folder an empty one. */
  static async start(folder: string): Promise<Cluster> {
    const cluster = new Cluster(folder);
    for (const name of ['state', 'spool-n1', 'spool-n2']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'munge.key'), randomBytes(1024), { mode: 0o600 });
    writeFileSync(join(folder, 'slurm.conf'), configuration(folder, await freePorts(3)));
    const at = (name: string): string => join(folder, name);
    cluster.#daemon('munged', [
      ...['--foreground', '--force', `--key-file=${at('munge.key')}`, `--socket=${at('munge.socket')}`],
      ...[`--pid-file=${at('munged.pid')}`, `--seed-file=${at('munged.seed')}`, '--num-threads=2'],
    ]);
    await eventually(() => {
      assert.ok(readdirSync(folder).includes('munge.socket'));
    });
    cluster.#daemon('slurmctld', ['-D', '-f', at('slurm.conf')]);
    for (const name of ['n1', 'n2'] as const) cluster.startNode(name);
    await eventually(() => {
      assert.deepEqual(cluster.nodeStates(), ['n1 idle', 'n2 idle'], cluster.#logs());
    });
    return cluster;
  }

  startNode(name: NodeName): void {
    const conf = join(this.folder, 'slurm.conf');
    this.#nodes.set(name, this.#daemon('slurmd', ['-D', '-f', conf, '-N', name]));
  }

  /** As a machine goes that loses its power: its daemon and whatever runs on it. */
  killNode(name: NodeName): void {
    const daemon = this.#nodes.get(name)?.pid;
    const own = this.processes().flatMap(({ pid, env }) =>
      pid === daemon || env.includes(`SLURMD_NODENAME=${name}`) || commandOf(pid).includes(`-N ${name}`)
        ? [pid]
        : [],
    );
    // Steps know their node by nothing but what they have started.
    const steps = own.map(parentOf).filter((pid) => commandOf(pid).includes('slurmstepd'));
    const all = new Set([...own, ...steps]);
    // All at once: none of them tells how another one ended.
    for (const pid of all) kill(pid, 'SIGSTOP');
    for (const pid of all) kill(pid);
  }

  /** Processes that belong to this Slurm: daemons, steps and tasks. */
  processes(): { pid: number; env: string[] }[] {
    const mine = `SLURM_CONF=${this.env['SLURM_CONF']!}`;
    return readdirSync('/proc').flatMap((name) => {
      if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
      const env = readEnvironment(name);
      return env.includes(mine) ? [{ pid: Number(name), env }] : [];
    });
  }

  /** The processes of tasks whose job folder is in `store`, by the index of their array. */
  tasks(store: string): Map<number, number> {
    return new Map(
      this.processes().flatMap(({ pid, env }): [number, number][] => {
        const command = commandOf(pid);
        const index = env.find((each) => each.startsWith('SLURM_ARRAY_TASK_ID='))?.split('=')[1];
        const isTask = command.includes(`${store}/jobs/`) && command.includes('program/task.js');
        return isTask && index !== undefined && !command.includes('task.sh') ? [[Number(index), pid]] : [];
      }),
    );
  }

  /** The processes of a node's tasks whose job folder is in `store`. */
  tasksOn(node: NodeName, store: string): number[] {
    const own = new Set(
      this.processes().flatMap(({ pid, env }) => (env.includes(`SLURMD_NODENAME=${node}`) ? [pid] : [])),
    );
    return [...this.tasks(store).values()].filter((pid) => own.has(pid));
  }

  /** `n1 idle`, … */
  nodeStates(): string[] {
    const { stdout } = this.run('sinfo', ['--noheader', '--Node', '--partition=debug', '--format=%N %T']);
    return stdout.trim().split('\n').sort();
  }

  run(program: string, args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(program, args, { env: this.env, encoding: 'utf8' });
  }

  /** Ends every process of it, by its id. */
  async stop(): Promise<void> {
    this.run('scancel', ['--user', userInfo().username]);
    for (const child of [...this.#daemons].reverse()) child.kill('SIGTERM');
    await eventually(() => {
      for (const { pid } of this.processes()) kill(pid);
      assert.deepEqual(this.processes(), []);
    });
  }

  #daemon(program: string, args: readonly string[]): ChildProcess {
    const child = spawn(program, args, { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => this.#said.push(`${program}: ${String(chunk)}`));
    this.#daemons.push(child);
    return child;
  }

  readonly #said: string[] = [];
  #logs(): string {
    return this.#said.slice(-40).join('');
  }
}

function configuration(folder: string, ports: readonly number[]): string {
  const host = hostname().split('.')[0]!;
  const { username } = userInfo();
  const [controller, ...nodes] = ports;
  return [
    'ClusterName=neuromfa-test',
    `SlurmctldHost=${host}(127.0.0.1)`,
    `SlurmctldPort=${controller}`,
    'CommunicationParameters=NoInAddrAny,NoCtldInAddrAny',
    'AuthType=auth/munge',
    // Requeued tasks wait for the end of their credential.
    `AuthInfo=socket=${folder}/munge.socket,cred_expire=5`,
    `SlurmUser=${username}`,
    `SlurmdUser=${username}`,
    `StateSaveLocation=${folder}/state`,
    `SlurmdSpoolDir=${folder}/spool-%n`,
    `SlurmctldPidFile=${folder}/slurmctld.pid`,
    `SlurmdPidFile=${folder}/slurmd-%n.pid`,
    'ProctrackType=proctrack/linuxproc',
    'TaskPlugin=task/none',
    'SwitchType=switch/none',
    'MpiDefault=none',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_CPU',
    'SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0',
    'JobAcctGatherType=jobacct_gather/none',
    'AccountingStorageType=accounting_storage/none',
    'SlurmdTimeout=8',
    'KillWait=2',
    'ReturnToService=2',
    'JobRequeue=1',
    ...nodes.map(
      (port, i) =>
        `NodeName=n${i + 1} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${port} CPUs=1 RealMemory=4000 State=UNKNOWN`,
    ),
    'PreemptType=preempt/partition_prio',
    'PreemptMode=REQUEUE',
    ...['debug Default=YES', 'ended PreemptMode=CANCEL', 'urgent PriorityTier=9'].map(
      (partition) => `PartitionName=${partition} Nodes=n1,n2 MaxTime=INFINITE State=UP`,
    ),
    '',
  ].join('\n');
}

export function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
};
const readEnvironment = (pid: string): string[] => read(`/proc/${pid}/environ`).split('\0');
const parentOf = (pid: number): number => Number(/^PPid:\s*(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1]);
const commandOf = (pid: number): string => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
