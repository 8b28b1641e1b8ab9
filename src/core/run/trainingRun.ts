/** Makes the series of training runs in a folder from its checkpoints. */
import { basename, dirname } from 'node:path';
import { largest, smallest } from '../../protocol/extremes';
import { areParts, partsOf } from '../checkpoint/fileNames';
import { mayBeSizes } from '../checkpoint/step';
import { groupBy } from '../groupBy';
import { finalsOf } from './finals';
import type { FoundCheckpoint } from './found';
import { mainFirst, labelsOf } from './labels';
import { inOrder, type Member } from './order';
import { kindOfLoose, repeatsStep, type Place } from './place';
import type { RunCheckpoint, TrainingRun } from './types';

export type { RunCheckpoint, TrainingRun };

export interface PlacedCheckpoint extends FoundCheckpoint {
  place: Place;
}

/** What notes beside a checkpoint, or in it, say. */
export interface NotedProgress {
  step: number | null;
  epoch: number | null;
}

export interface Notes {
  of(checkpoint: PlacedCheckpoint): NotedProgress;
  /** Reference to a revision of a cached model that gives a step. */
  reference(revision: string): { name: string; step: number } | null;
}

/** Files of one model differ only by their headers. */
const ALIKE = 1.01;

/** Names of other models that are trained together, or of parts of one: never another time of the same model. */
const ROLE =
  /(?:^|[-_.])(?:actor|critic|reward|ref|reference|teacher|student|generator|discriminator|target|online|policy|value|encoder|decoder|unet|transformer|vae|adapter|lora|merged?|original|best|slerp|ties|dare|della|linear|passthrough|breadcrumbs|model_stock|task_arithmetic)(?:$|[-_.\d])/i;

/**
 * The series among the checkpoints of `folder`, including those of a single checkpoint, the main one first. A run needs
 * evidence of steps: numbers in names, or notes beside or in the files. Equal sizes and times of writing are no
 * evidence: models tuned from one model for several purposes have these too.
 * @param members the checkpoints that belong to `folder`.
 * @param own those directly in it.
 * @param isRun whether another folder contains a run of its own: a last checkpoint saved there is part of that one.
 */
export function seriesIn(
  folder: string,
  members: readonly PlacedCheckpoint[],
  own: readonly PlacedCheckpoint[],
  notes: Notes,
  isRun: (folder: string) => boolean,
): TrainingRun[] {
  const whole = withoutCopies(withoutParts(members)).map((member) => memberOf(member, notes));
  const groups: Group[] = [];
  /** Each is a series of its own. */
  const single: LooseMember[] = [];
  const loose: LooseMember[] = [];
  const stated: LooseMember[] = [];
  for (const member of whole) {
    const { place, checkpoint, found } = member;
    if (place.revision !== null) (checkpoint.step === null ? single : stated).push(member);
    else if (place.isStated) stated.push(member);
    else if (!(found.alone && isRun(found.folder))) loose.push(member);
  }
  for (const each of groupBy(stated, ({ place }) => place.group.toLowerCase()).values()) {
    if (mayBeSteps(each)) groups.push({ group: each[0]!.place.group, members: each });
    else for (const member of each) single.push(withoutStep(member));
  }
  const counted = groupBy(
    loose.filter(({ place }) => place.numbers.length > 0 || place.stage !== null),
    ({ place }) => `${place.group}\n${kindOfLoose(place)}`,
  );
  const rest = new Set(loose);
  for (const each of counted.values()) {
    if (each.length < 2 || !alike(each)) continue;
    groups.push({ group: each[0]!.place.group, members: each });
    for (const member of each) rest.delete(member);
  }
  const finals = [...rest, ...own.map((found) => memberOf(found, notes, folder))];
  const runs = groups.map(({ group, members: each }) => {
    const { orderedBy, checkpoints } = inOrder(each);
    const last =
      each.length < 2
        ? { used: [], leftOut: [], taken: [] }
        : finalsOf(group, { orderedBy, checkpoints }, finals);
    for (const member of last.taken) rest.delete(member as LooseMember);
    return {
      id: `${folder}\n${group}`,
      group,
      orderedBy,
      checkpoints: [...checkpoints, ...last.used],
      leftOut: last.leftOut,
    };
  });
  for (const [kind, each] of groupBy([...rest], ({ place }) => kindOfLoose(place))) {
    const inOne = comparable(each).filter(
      ({ checkpoint: { step, epoch } }) => step !== null || epoch !== null,
    );
    const isSeries = inOne.length > 1 && alike(inOne);
    if (isSeries) {
      runs.push({ id: `${folder}\n${kind}`, group: kind, ...inOrder(inOne), leftOut: [] });
    }
    const used = new Set(isSeries ? inOne : []);
    for (const member of each) if (!used.has(member)) single.push(member);
  }
  for (const member of single) {
    const { place, found } = member;
    const group = place.revision === null ? place.inRun : `${place.name}/${place.inRun}`;
    runs.push({ id: found.path, group, ...inOrder([member]), leftOut: [] });
  }
  const labels = labelsOf(runs.map(({ group }) => group));
  const several = runs.filter(({ checkpoints }) => checkpoints.length > 1).length > 1;
  return mainFirst(
    runs.map(({ group, ...run }, i) => ({
      ...run,
      label: labels[i]!,
      name: several ? `${runName(folder)} (${labels[i]!})` : runName(folder),
      path: folder,
    })),
  );
}

/** Bare numbers are steps where the checkpoints are alike, or notes say so. */
function mayBeSteps(members: readonly LooseMember[]): boolean {
  const weak = members.filter(({ place, isNoted }) => place.weak && !isNoted);
  if (weak.length === 0 || members.length < 2) return true;
  return alike(members) && !mayBeSizes(members.flatMap(({ place }) => place.step ?? []));
}

const withoutStep = (member: LooseMember): LooseMember => ({
  ...member,
  checkpoint: { ...member.checkpoint, step: null },
});

interface Group {
  group: string;
  members: readonly LooseMember[];
}

interface LooseMember extends Member {
  found: PlacedCheckpoint;
  /** Whether a note gives its step. */
  isNoted: boolean;
}

/** @param folder the checkpoint's own folder, where it may be the last one of the run there. */
function memberOf(found: PlacedCheckpoint, notes: Notes, folder?: string): LooseMember {
  const { path, modified, bytes, place } = found;
  const noted = notes.of(found);
  const reference = place.revision === null || place.step !== null ? null : notes.reference(place.revision);
  const checkpoint = {
    path,
    name: reference?.name ?? place.name,
    step: (place.weak ? noted.step : null) ?? place.step ?? reference?.step ?? noted.step,
    epoch: place.epoch ?? noted.epoch,
    tokens: place.tokens,
    modified,
    bytes,
  };
  const isNoted = noted.step !== null;
  return {
    checkpoint,
    place: folder === undefined ? place : { ...place, inRun: found.stem },
    found,
    isNoted,
  };
}

/**
 * Those that may be times of one model: no other roles, and no trainings that differ only in a number such as a seed.
 */
function comparable(members: readonly LooseMember[]): LooseMember[] {
  const namesakes = groupBy(members, ({ place }) => place.name.replace(/\d+/g, '#'));
  return [...namesakes.values()].flatMap((group) =>
    group.length > 1 && group.every(({ place }) => place.apart)
      ? []
      : group.filter(({ place }) => !ROLE.test(place.name)),
  );
}

const alike = (members: readonly LooseMember[]): boolean => {
  const sizes = members.map(({ found }) => found.bytes);
  return largest(sizes) <= ALIKE * smallest(sizes);
};

/** Without the parts of checkpoints that were split over ranks, each in a folder of its own. */
function withoutParts(members: readonly PlacedCheckpoint[]): PlacedCheckpoint[] {
  const position = ({ place }: PlacedCheckpoint): string =>
    [place.split, place.stage, place.epoch, place.step, place.tokens, ...place.numbers, place.revision].join(
      '\n',
    );
  return [...groupBy(members, position).values()].flatMap((group) => {
    const groups = [...new Set(group.map(({ place }) => place.group))];
    if (groups.length < 2 || !group[0]!.place.split.includes('#')) return group;
    const differing = groups
      .map((each) => each.split('/'))
      .map((parts) => parts.map((part) => partsOf(part)));
    const isSplit = differing[0]!.some((_, i) => areParts(differing.map((parts) => parts[i]!)));
    return isSplit ? [] : group;
  });
}

/** Without what DeepSpeed saves for resuming beside the model itself, one folder further down. */
function withoutCopies(members: readonly PlacedCheckpoint[]): PlacedCheckpoint[] {
  const folders = new Set(members.map(({ folder }) => folder));
  return members.filter(
    ({ folder }) =>
      !folders.has(dirname(folder)) || !repeatsStep(basename(dirname(folder)), basename(folder)),
  );
}

/** `owner/model` in Hugging Face's cache. */
function runName(folder: string): string {
  const name = basename(folder) || folder;
  return name.startsWith('models--') ? name.slice('models--'.length).replaceAll('--', '/') : name;
}
