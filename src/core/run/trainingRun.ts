/** From the checkpoints of one folder to the training runs in it. */
import { basename } from 'node:path';
import type { RunInfo } from '../../protocol/run';
import { largest, smallest } from '../../protocol/extremes';
import type { FoundCheckpoint } from './found';
import { groupBy } from '../groupBy';
import type { Place } from './place';

export interface RunCheckpoint {
  /** Absolute path of the file or index that stands for it. */
  path: string;
  /** What it is called within the run, such as `step1000`. */
  name: string;
  step: number | null;
  /** Milliseconds since 1970. */
  modified: number;
  /** Size on disk, all shards. */
  bytes: number;
}

export interface TrainingRun extends RunInfo {
  /** Names the run as long as its folder and its checkpoints' names stay what they are. */
  id: string;
  /** At least two, in the order of training. */
  checkpoints: readonly RunCheckpoint[];
}

export interface PlacedCheckpoint extends FoundCheckpoint {
  place: Place;
}

/** What notes beside the checkpoints tell. */
export interface Notes {
  /** Step that a trainer's state in `folder` tells. */
  trainerStep(folder: string): number | null;
  /** Reference to a revision of a cached model that tells a step. */
  reference(revision: string): { name: string; step: number } | null;
}

/** Files of one model differ by their headers alone. */
const ALIKE = 1.01;

/**
 * @param members the checkpoints placed in `folder`.
 * @param isRun whether another folder holds a run of its own: a last checkpoint saved there is part of that one.
 */
export function runsIn(
  folder: string,
  members: readonly PlacedCheckpoint[],
  notes: Notes,
  isRun: (folder: string) => boolean,
): TrainingRun[] {
  const stepped = members.map((member) => steppedMember(member, notes)).filter((member) => member !== null);
  const groups = [...groupBy(stepped, ({ group }) => group)].filter(([, group]) => group.length > 1);
  const runs = groups.map(([group, checkpoints]) => ({
    id: `${folder}\n${group}`,
    name: groups.length === 1 ? runName(folder) : `${runName(folder)} (${group})`,
    path: folder,
    orderedBy: 'step' as const,
    checkpoints: checkpoints.map(({ checkpoint }) => checkpoint).sort(bySteps),
  }));
  const loose = members.filter(
    ({ place, alone, folder: own }) => place.group === null && !(alone && isRun(own)),
  );
  return [...runs, ...looseRun(folder, loose, notes)];
}

function steppedMember(
  { path, modified, bytes, place }: PlacedCheckpoint,
  notes: Notes,
): { group: string; checkpoint: RunCheckpoint } | null {
  const { revision, group } = place;
  const reference = revision === null || place.step !== null ? null : notes.reference(revision);
  const step = place.step ?? reference?.step ?? null;
  if (step === null || group === null) return null;
  return { group, checkpoint: { path, name: reference?.name ?? place.name, step, modified, bytes } };
}

/** Checkpoints whose names tell no step are a run if they are alike in size, all of them. */
function looseRun(folder: string, members: readonly PlacedCheckpoint[], notes: Notes): TrainingRun[] {
  const sizes = members.map(({ bytes }) => bytes);
  if (members.length < 2 || largest(sizes) > ALIKE * smallest(sizes)) return [];
  const checkpoints = members.map(({ path, folder: own, alone, place, modified, bytes }) => ({
    path,
    name: place.name,
    step: alone ? notes.trainerStep(own) : null,
    modified,
    bytes,
  }));
  const told = checkpoints.every(({ step }) => step !== null);
  return [
    {
      id: `${folder}\n`,
      name: runName(folder),
      path: folder,
      orderedBy: told ? 'step' : 'time',
      checkpoints: checkpoints.sort(told ? bySteps : byTime),
    },
  ];
}

function bySteps(a: RunCheckpoint, b: RunCheckpoint): number {
  return a.step! - b.step! || byTime(a, b);
}

function byTime(a: RunCheckpoint, b: RunCheckpoint): number {
  return a.modified - b.modified || (a.path < b.path ? -1 : 1);
}

/** `owner/model` in Hugging Face's cache. */
function runName(folder: string): string {
  const name = basename(folder) || folder;
  return name.startsWith('models--') ? name.slice('models--'.length).replaceAll('--', '/') : name;
}
