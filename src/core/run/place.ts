/** Where a checkpoint belongs: the folder that may be a run, and its place among the others there. */
import { join, sep } from 'node:path';
import { editionOf, partsOf } from '../checkpoint/fileNames';
import { isApartFolder, locateProgress, readName, type Progress, type ReadName } from '../checkpoint/step';
import type { FoundCheckpoint } from './found';

export interface Place extends Progress {
  /** The folder whose child the checkpoint is, or is in. */
  run: string;
  /**
   * Checkpoints of one group are of one model: their paths in the run differ in what changes with training, for which
   * `#` stands.
   */
  group: string;
  /** The group with `#` for the numbers of ranks too. */
  split: string;
  /** Whether the path tells a step, an epoch or tokens. */
  isTold: boolean;
  /** Other numbers in a name that tells nothing of these. */
  numbers: readonly number[];
  /** The name has a number that tells it from other trainings. */
  apart: boolean;
  /** Other things than steps are called so, too. */
  weak: boolean;
  /** What the checkpoint is called within the run. */
  name: string;
  /** Its path in the run, without endings. */
  inRun: string;
  /** The revision of a model in Hugging Face's cache, whose references may tell the step. */
  revision: string | null;
}

/** A model's folder in Hugging Face's cache, a revision in it, and where the file lies in the revision. */
const CACHED = /^(.*[/\\]models--[^/\\]+)[/\\]snapshots[/\\]([^/\\]+)[/\\](.+)$/s;
/** A folder of all that was saved in one epoch, at steps that are counted within it or go on. */
const EPOCH_FOLDER = /^(?:epochs?|ep)[=_-]?\d+$/i;

export function placeOf({ folder, stem, alone }: FoundCheckpoint): Place {
  const path = join(folder, stem);
  const cached = CACHED.exec(path);
  if (cached) {
    const [, run, revision, rest] = cached as unknown as [string, string, string, string];
    const read = readName(revision, false);
    const isTold = read.step !== null;
    return { ...read, run, revision, group: rest, split: rest, isTold, name: revision, inRun: rest };
  }
  const parts = path.split(sep);
  const located = locateProgress(path);
  const up = located?.up ?? (alone ? 1 : 0);
  const at = parts.length - 1 - up;
  const above = parts[at - 1];
  const read = located?.read ?? inFolder(readName(parts[at]!, up === 0), above);
  const inEpoch =
    located && read.step !== null && read.epoch === null && above !== undefined && EPOCH_FOLDER.test(above);
  const again = !inEpoch && up > 0 && above !== undefined && repeatsStep(above, parts[at]!);
  const first = inEpoch || again ? at - 1 : at;
  const epoch = inEpoch ? readName(above, false) : read;
  const patterns = [
    ...(inEpoch ? [epoch.pattern] : []),
    ...(again ? [readName(above, false).pattern] : []),
    read.pattern,
    ...parts.slice(at + 1),
  ];
  return {
    stage: read.stage,
    epoch: epoch.epoch,
    step: read.step,
    tokens: read.tokens,
    numbers: read.numbers,
    apart: read.apart,
    weak: read.weak,
    run: parts.slice(0, first).join(sep) || sep,
    group: patterns.join('/'),
    split: patterns.map((name) => partsOf(name).split).join('/'),
    isTold: located !== null,
    name: parts.slice(first, at + 1).join('/'),
    inRun: parts.slice(first).join('/'),
    revision: null,
  };
}

/** What a name tells below a folder such as `seeds`, whose children's numbers count no steps. */
function inFolder(read: ReadName, above: string | undefined): ReadName {
  return above === undefined || !isApartFolder(above) ? read : { ...read, numbers: [], apart: true };
}

/** Whether a folder in another tells its step again, as DeepSpeed does in those of a Trainer: `checkpoint-10/global_step10`. */
export function repeatsStep(above: string, folder: string): boolean {
  const { step } = readName(folder, false);
  return step !== null && readName(above, false).step === step;
}

/** Loose checkpoints of one kind may be of one model: their editions are the same, and their paths below the run's child. */
export function kindOfLoose({ inRun }: Place): string {
  const [name = '', ...below] = inRun.split('/');
  const { edition } = editionOf(name);
  return [edition === null ? '*' : `*.${edition}`, ...below].join('/');
}
