/** Interprets Slurm's states of a task. */
import { UNSTORED } from './carryOut';
import { UNSEEN } from './slurmArrays';
import type { SlurmTask } from './slurmCommands';

/** States in which Slurm still has to do something for a task (squeue(1), "JOB STATE CODES"). */
const ACTIVE = new Set([
  ...['PENDING', 'RUNNING', 'CONFIGURING', 'COMPLETING', 'SUSPENDED', 'REQUEUED', 'REQUEUE_HOLD'],
  ...['REQUEUE_FED', 'RESIZING', 'RESV_DEL_HOLD', 'SIGNALING', 'SPECIAL_EXIT', 'STAGE_OUT', 'STOPPED'],
]);
/** States after which waiting is pointless: the task was ended from outside. */
const KILLED = new Set(['NODE_FAIL', 'TIMEOUT', 'OUT_OF_MEMORY', 'BOOT_FAIL', 'PREEMPTED', 'DEADLINE']);
/** The signal that Slurm reports when a log could not be opened on the node. */
const NO_LOG = 53;

export const isActive = ({ state }: SlurmTask): boolean => ACTIVE.has(state);
export const isRunning = ({ state }: SlurmTask): boolean => ['RUNNING', 'COMPLETING'].includes(state);

const signalOf = ({ status }: SlurmTask): number => status & 0x7f;
const exitOf = ({ status }: SlurmTask): number => (status >> 8) & 0xff;

export type Ending =
  /** Nothing was computed, and trying again is pointless. */
  | 'cancelled'
  | 'unseen'
  | 'unstored'
  /** It left no note, and will not leave one. */
  | 'killed'
  /** Its note may still arrive. */
  | 'ended';

/** How a task ended that is no longer active. @param task null where Slurm has forgotten it. */
export function endingOf(task: SlurmTask | null): Ending {
  if (!task) return 'ended';
  if (task.state === 'CANCELLED') return 'cancelled';
  if (KILLED.has(task.state)) return 'killed';
  if (signalOf(task) === NO_LOG || exitOf(task) === UNSEEN) return 'unseen';
  if (exitOf(task) === UNSTORED) return 'unstored';
  return signalOf(task) === 0 ? 'ended' : 'killed';
}

/** Whether Slurm holds it because its script could not be started. */
export const isHeldAfterLaunch = ({ reason }: SlurmTask): boolean =>
  /launch.failed.requeued.held/i.test(reason ?? '');

/** The end of a task as the rest of a sentence: "was ended by signal 9 on n1". */
export function endingText(task: SlurmTask | null, minutes: number): string {
  if (!task) return 'left the queue of Slurm without a note';
  const place = task.node === null ? '' : ` on ${task.node}`;
  if (task.state === 'NODE_FAIL') return `was lost with its node${place}`;
  if (task.state === 'TIMEOUT') return `reached its time limit of ${minutes} minutes${place}`;
  if (task.state === 'OUT_OF_MEMORY') return `ran out of memory${place}`;
  if (KILLED.has(task.state)) return `was ended by Slurm (${task.state})${place}`;
  if (signalOf(task) > 0) return `was ended by signal ${signalOf(task)}${place}`;
  return `ended with exit code ${exitOf(task)}${place} and left no note`;
}
