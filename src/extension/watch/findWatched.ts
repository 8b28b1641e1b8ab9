/** The run that is watched, found among files again and again: by polling, so that no file system has to report changes. */
import { mainFirst } from '../../core/run/labels';
import { searchFolder } from '../../core/run/searchFolder';
import type { TrainingRun } from '../../core/run/trainingRun';
import { fileError } from '../../core/storage/fileError';
import { NeuroMfaError } from '../../protocol/errors';
import type { WatchedRun } from './watchedRuns';

/**
 * The run as its files are now, under the id that it is watched by.
 * @throws NeuroMfaError `missing` or `unreadable`; `unsupported` for a folder of several runs.
 */
export async function findWatched({ folder, id, runName, analyzed }: WatchedRun): Promise<TrainingRun> {
  let series: readonly TrainingRun[];
  try {
    ({ series } = await searchFolder(folder));
  } catch (error) {
    throw fileError(error, folder);
  }
  if (id === null) return theOnly(folder, series);
  const found = series.find((run) => run.id === id);
  if (found) return found;
  // Of a run that has one checkpoint left, only this checkpoint's name shows that it is the run's.
  const names = new Set(analyzed.map((each) => pattern(each.name)));
  const left = series.filter(
    ({ path, checkpoints }) => path === folder && names.has(pattern(checkpoints[0]!.name)),
  );
  if (left.length === 1) return { ...left[0]!, id, name: runName };
  throw nothing(folder);
}

const pattern = (name: string): string => name.replace(/\d+/g, '#');

function theOnly(folder: string, series: readonly TrainingRun[]): TrainingRun {
  const runs = series.filter(({ checkpoints }) => checkpoints.length > 1);
  const all = runs.length > 0 ? runs : series;
  const [main] = mainFirst(all);
  if (!main) throw nothing(folder);
  if (all.every(({ path }) => path === main.path)) return main;
  throw new NeuroMfaError(
    'unsupported',
    folder,
    `it holds several training runs: ${all.map(({ name }) => name).join(', ')}`,
    'Watch one of them',
  );
}

const nothing = (folder: string): NeuroMfaError =>
  new NeuroMfaError('missing', folder, 'no checkpoint of the run is in this folder', 'Wait for the trainer');
