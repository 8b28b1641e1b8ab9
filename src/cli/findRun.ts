/** The training run that a folder means. */
import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileError } from '../core/storage/fileError';
import { stepFromPath } from '../core/checkpoint/step';
import type { FoundCheckpoint } from '../core/run/found';
import { searchFolder } from '../core/run/searchFolder';
import type { TrainingRun } from '../core/run/trainingRun';
import { NeuroMfaError } from '../protocol/errors';

/** Sentences list at most this many runs. */
const LISTED_RUNS = 8;

/**
 * The run of `folder`: that of its own children, or else the only one below it. A folder with a single checkpoint is a
 * run of one, for comparing it with its initialization.
 * @param onUnread called with the reason why a file that may name a step was not read.
 * @throws NeuroMfaError `missing` or `unreadable`; `unsupported` for several runs.
 */
export async function findRun(
  folder: string,
  onUnread: (reason: NeuroMfaError) => void = () => undefined,
): Promise<TrainingRun> {
  const path = resolve(folder);
  try {
    if (!statSync(path).isDirectory())
      throw new NeuroMfaError(
        'unsupported',
        path,
        'this is not a folder',
        'Name the folder of a training run',
      );
    const { runs, checkpoints } = await searchFolder(path, onUnread);
    const own = runs.filter((run) => run.path === path);
    const candidates = own.length > 0 ? own : runs;
    if (candidates.length > 1) throw several(path, candidates);
    return candidates[0] ?? runOfOne(path, checkpoints);
  } catch (error) {
    throw fileError(error, path);
  }
}

function runOfOne(folder: string, [checkpoint, ...others]: readonly FoundCheckpoint[]): TrainingRun {
  if (checkpoint === undefined || others.length > 0) {
    throw new NeuroMfaError(
      'missing',
      folder,
      checkpoint === undefined
        ? 'no checkpoint is in this folder'
        : 'its checkpoints are not those of one training run: their names tell no steps and their sizes differ',
      'Name a folder whose children are the checkpoints of one model, such as step0, step1000, …',
    );
  }
  const { path, modified, bytes } = checkpoint;
  const step = stepFromPath(path);
  const name = basename(checkpoint.folder);
  return {
    id: folder,
    name,
    path: folder,
    orderedBy: step === null ? 'time' : 'step',
    checkpoints: [{ path, name, step, modified, bytes }],
  };
}

function several(folder: string, runs: readonly TrainingRun[]): NeuroMfaError {
  const rest = runs.length - LISTED_RUNS;
  const list = runs
    .slice(0, LISTED_RUNS)
    .map(({ path, name }) => (runs.every((run) => run.path === path) ? name : path));
  return new NeuroMfaError(
    'unsupported',
    folder,
    `${runs.length} training runs are in this folder: ${list.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`,
    'Name one of them, or each as a FOLDER of its own',
  );
}
