/** Where a checkpoint belongs: the folder that may be a run, and its position among the others there. */
import { join, sep } from 'node:path';
import { editionOf, partsOf } from '../checkpoint/fileNames';
import { isApartFolder, locateProgress, readName, type Progress, type ReadName } from '../checkpoint/step';
import type { FoundCheckpoint } from './found';

export interface Place extends Progress {
  /** The folder of which the checkpoint is a child, or in a child. */
  run: string;
  /**
   * Checkpoints of one group belong to one model: their paths in the run differ in what changes with training, which
   * `#` replaces.
   */
  group: string;
  /** The group with `#` in place of rank numbers, too. */
  split: string;
  /** Whether the path gives a step, an epoch or tokens. */
  isStated: boolean;
  /** Other numbers in a name that gives none of these. */
  numbers: readonly number[];
  /** Whether the name has a number that distinguishes its training from others. */
  apart: boolean;
  /** Whether other things than steps have such names, too. */
  weak: boolean;
  /** The checkpoint's name within the run. */
  name: string;
  /** Its path in the run, without endings. */
  inRun: string;
  /** The revision of a model in Hugging Face's cache, whose references may give the step. */
  revision: string | null;
}

/** A model's folder in Hugging Face's cache, a revision in it, and the file's path in the revision. */
const CACHED = /^(.*[/\\]models--[^/\\]+)[/\\]snapshots[/\\]([^/\\]+)[/\\](.+)$/s;
/** A folder of everything saved in one epoch; steps in it may restart or continue. */
const EPOCH_FOLDER = /^(?:epochs?|ep)[=_-]?\d+$/i;

export function placeOf({ folder, stem, alone }: FoundCheckpoint): Place {
  const path = join(folder, stem);
  const cached = CACHED.exec(path);
  if (cached) {
    const [, run, revision, rest] = cached as unknown as [string, string, string, string];
    const read = readName(revision, false);
    const isStated = read.step !== null;
    return { ...read, run, revision, group: rest, split: rest, isStated, name: revision, inRun: rest };
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
    isStated: located !== null,
    name: parts.slice(first, at + 1).join('/'),
    inRun: parts.slice(first).join('/'),
    revision: null,
  };
}

/** What a name tells below a folder such as `seeds`, whose children's numbers are not steps. */
function inFolder(read: ReadName, above: string | undefined): ReadName {
  return above === undefined || !isApartFolder(above) ? read : { ...read, numbers: [], apart: true };
}

/** Whether a nested folder repeats its step, as DeepSpeed's do in a Trainer's: `checkpoint-10/global_step10`. */
export function repeatsStep(above: string, folder: string): boolean {
  const { step } = readName(folder, false);
  return step !== null && readName(above, false).step === step;
}

/**
 * Loose checkpoints of one kind may belong to one model: their editions are the same, and so are their paths below the
 * run's child.
 */
export function kindOfLoose({ inRun }: Place): string {
  const [name = '', ...below] = inRun.split('/');
  const { edition } = editionOf(name);
  return [edition === null ? '*' : `*.${edition}`, ...below].join('/');
}
