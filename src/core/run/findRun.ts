/** Finds the training run that a folder denotes. */
import { basename, dirname, join, relative, resolve } from 'node:path';
import { rivalOf } from '../checkpoint/beside';
import { partsOf } from '../checkpoint/fileNames';
import { unreadableLayout } from '../checkpoint/layouts';
import { fileError } from '../storage/fileError';
import type { FoundCheckpoint } from './found';
import { labelsOf, mainFirst } from './labels';
import type { RunIndex } from './runIndex';
import { searchFolder } from './searchFolder';
import type { RunCheckpoint, TrainingRun } from './trainingRun';
import { localFiles } from '../storage/localFiles';
import { isBelow } from '../storage/withinFolders';
import { bytes } from '../../protocol/format';
import { NeuroMfaError } from '../../protocol/errors';

/** Sentences list at most this many series. */
const LISTED = 8;

/** The user's choice among the series of a folder. */
export interface Wanted {
  /** One of several, by its name in messages. */
  series?: string | undefined;
  /** Several of these in this order, as one run whose order nothing else gives. */
  order?: readonly string[] | undefined;
}

export interface FoundRun {
  run: TrainingRun;
  /** Aspects of the choice that users may not expect. */
  notes: readonly NeuroMfaError[];
}

/** A series with its name for `--series`. */
interface Named {
  name: string;
  run: TrainingRun;
}

/**
 * The run of `folder`: that of its own children, or else the only one below it. Of several series of one training the
 * main one counts. A single checkpoint is a run of one, for comparison with its initialization.
 * @param onUnread called with the reason why a file that may name a step was not read.
 * @throws NeuroMfaError `missing` or `unreadable`; `unsupported` for several runs.
 */
export async function findRun(
  folder: string,
  onUnread: (reason: NeuroMfaError) => void = () => undefined,
  { series, order }: Wanted = {},
): Promise<FoundRun> {
  const path = resolve(folder);
  try {
    const there = localFiles.stat(path);
    if (there && there.kind !== 'folder')
      throw new NeuroMfaError(
        'unsupported',
        path,
        'this is not a folder',
        'Name the folder of a training run',
      );
    return runIn(path, await searchFolder(path, onUnread), { series, order });
  } catch (error) {
    throw fileError(error, path);
  }
}

/**
 * The run among the files of a search.
 * @param path the folder that was searched.
 * @throws NeuroMfaError as {@link findRun}.
 */
export function runIn(path: string, index: RunIndex, { series, order }: Wanted = {}): FoundRun {
  const all = named(path, mainFirst(index.series));
  if (all.length === 0) throw unreadableLayout(path, index.others) ?? nothing(path, index.checkpoints);
  if (order) return { run: inGivenOrder(path, all, order), notes: [] };
  const chosen = series === undefined ? choose(path, all) : ofName(path, all, series);
  const notes = notesOf(path, chosen, all, series === undefined);
  const others = unreadableLayout(
    chosen.run.path,
    index.others.filter(({ root }) => dirname(root) === chosen.run.path),
  );
  return { run: asRun(path, chosen.run), notes: others ? [...notes, others] : notes };
}

/** Labels each series below `folder`; a folder inside a run names a checkpoint by its path in that folder. */
function named(folder: string, all: readonly TrainingRun[]): Named[] {
  const names = all.map((run) => {
    if (isBelow(run.path, folder)) return [relative(folder, run.path), run.label].filter(Boolean).join('/');
    const { path } = run.checkpoints[0]!;
    return path === folder ? '.' : join(relative(folder, dirname(path)), partsOf(basename(path)).stem);
  });
  return labelsOf(names).map((name, i) => ({ name, run: all[i]! }));
}

/** @param parts parts of checkpoints that were split over processes: nothing else is in no series. */
function nothing(folder: string, parts: readonly FoundCheckpoint[]): NeuroMfaError {
  if (parts.length === 0) {
    return new NeuroMfaError(
      'missing',
      folder,
      'no checkpoint is in this folder',
      'Name a folder whose children are the checkpoints of one model, such as step0, step1000, …',
    );
  }
  const names = parts.slice(0, LISTED).map(({ path }) => relative(folder, path));
  return new NeuroMfaError(
    'unsupported',
    folder,
    `these are parts of models that were split over processes, not checkpoints: ${names.join(', ')}${parts.length > LISTED ? ` and ${parts.length - LISTED} more` : ''}`,
    'Join them with the program that wrote them, and save whole models as safetensors',
  );
}

/** Names a single checkpoint by its folder; where a folder inside a run denotes one, it is that run. */
function asRun(folder: string, run: TrainingRun): TrainingRun {
  if (run.checkpoints.length > 1) return run;
  const [{ path }] = run.checkpoints as [RunCheckpoint];
  return { ...run, name: basename(path === folder ? path : dirname(path)), path: folder };
}

/** The checkpoints of these series one after the other. */
function inGivenOrder(folder: string, all: readonly Named[], order: readonly string[]): TrainingRun {
  const runs = order.map((name) => ofName(folder, all, name, '--order').run);
  const twice = order.find((_, i) => runs.indexOf(runs[i]!) !== i);
  if (twice !== undefined) {
    const cause = `${JSON.stringify(twice)} is there twice`;
    throw new NeuroMfaError('usage', '--order', cause, 'Name every checkpoint once');
  }
  const checkpoints = runs.flatMap(({ checkpoints: own }) => own);
  return {
    id: `${folder}\n${order.join('\n')}`,
    name: basename(folder),
    path: folder,
    label: '',
    orderedBy: 'given',
    checkpoints,
    leftOut: [],
  };
}

function choose(folder: string, all: readonly Named[]): Named {
  const runs = all.filter(({ run }) => run.checkpoints.length > 1);
  const children = runs.filter(({ run }) => run.path === folder);
  const candidates = children.length > 0 ? children : runs;
  if (candidates.length > 0) {
    if (new Set(candidates.map(({ run }) => run.path)).size > 1) throw several(folder, candidates);
    return candidates[0]!;
  }
  if (all.length === 1) return all[0]!;
  // The folder's own series come first: those that it stands for, or that are in it.
  const own = all.filter(({ run }) => !isBelow(run.path, folder));
  const [only, ...others] = own.length > 0 ? own : all;
  // What was saved together, such as a model and its average, belongs to one training; otherwise nobody knows which one
  // is meant.
  const step = only!.run.checkpoints[0]!.step;
  const isTogether = others.every(
    ({ run }) => run.path === only!.run.path && run.checkpoints[0]!.step === step,
  );
  if (others.length === 0 || (isTogether && step !== null)) return only!;
  throw unlike(folder, all);
}

function ofName(folder: string, all: readonly Named[], series: string, option = '--series'): Named {
  const found =
    all.find(({ name }) => name === series) ??
    onlyOne(all.filter(({ run }) => run.label === series)) ??
    onlyOne(all.filter(({ name }) => name.startsWith(`${series}/`) || name.endsWith(`/${series}`)));
  if (found) return found;
  throw new NeuroMfaError(
    'usage',
    option,
    `${folder} has no series ${JSON.stringify(series)}`,
    `It has ${listed(all, option)}`,
  );
}

const onlyOne = (found: readonly Named[]): Named | undefined => (found.length === 1 ? found[0] : undefined);

function notesOf(
  folder: string,
  { name, run }: Named,
  all: readonly Named[],
  isDefault: boolean,
): NeuroMfaError[] {
  const notes: NeuroMfaError[] = [];
  const others = all.filter((each) => each.run !== run);
  if (isDefault && others.length > 0) {
    const what = run.checkpoints.length > 1 ? 'series' : 'single checkpoint';
    notes.push(
      new NeuroMfaError(
        'unsupported',
        folder,
        `this is the ${what} ${quote(name)}; ${others.length === 1 ? 'another one is' : `${others.length} others are`} there`,
        `Take ${others.length === 1 ? 'it' : 'one of them'} with ${listed(others)}`,
      ),
    );
  }
  const rivals = run.checkpoints.map(({ path }) => rivalOf(dirname(path))).filter((each) => each !== null);
  if (rivals.length > 0) notes.push(rivals[0]!);
  if (rivals.length > 1) {
    const cause = `the same is true of ${rivals.length - 1} more of its checkpoints`;
    notes.push(new NeuroMfaError('unsupported', folder, cause, 'Look at each before believing the series'));
  }
  return notes;
}

function several(folder: string, runs: readonly Named[]): NeuroMfaError {
  return new NeuroMfaError(
    'unsupported',
    folder,
    `${runs.length} training runs are in this folder`,
    `Choose one with ${listed(runs)}, or name its folder`,
  );
}

/** The error for checkpoints that nothing identifies as steps of one training. */
function unlike(folder: string, all: readonly Named[]): NeuroMfaError {
  const compare = new Intl.Collator('en', { numeric: true }).compare;
  const shown = all.toSorted((a, b) => compare(a.name, b.name)).slice(0, LISTED);
  const sizes = shown.map(({ name, run }) => `${name} (${bytes(run.checkpoints[0]!.bytes)})`).join(', ');
  const rest = all.length - LISTED;
  const names = shown.map(({ name }) => quote(name)).join(' ');
  const paths = shown.map(({ run }) => quote(run.checkpoints[0]!.path)).join(' ');
  // A number that could be a step was not accepted as one.
  const why = all.every(({ name }) => /(?:^|\D)\d+$/.test(name))
    ? `the numbers of its ${all.length} checkpoints may be sizes of models or resolutions, seeds and the like, and no notes beside them tell that they are steps of one training:`
    : `no names of its ${all.length} checkpoints and no notes beside them tell that they are steps of one training:`;
  return new NeuroMfaError(
    'unsupported',
    folder,
    `${why} ${sizes}${rest > 0 ? ` and ${rest} more` : ''}`,
    `Compare them with: neuromfa analyze ${paths}; or, if they are of one training, name their order, such as --order ${names}; or take one with ${listed(all)}`,
  );
}

function listed(all: readonly Named[], option = '--series'): string {
  const rest = all.length - LISTED;
  const words = all.slice(0, LISTED).map(({ name }) => `${option} ${quote(name)}`);
  return `${words.join(' or ')}${rest > 0 ? ` (and ${rest} more)` : ''}`;
}

/** Quoted for a shell. */
const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
