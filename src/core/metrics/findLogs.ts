/** Finds files of metrics beside the checkpoints of a run, by their names. */
import { basename, dirname, join, relative, sep } from 'node:path';
import { groupBy } from '../groupBy';
import { locateProgress, readName } from '../checkpoint/step';
import { isRemote } from '../../protocol/subject';
import { localFiles } from '../storage/localFiles';
import { isBelow } from '../storage/withinFolders';

/** What a search for logs needs to know about a run. */
export interface LogPlace {
  path: string;
  checkpoints: readonly { path: string; step: number | null }[];
}

/** How many levels of folders below the run are searched, and how much in them. */
const MAX_LEVELS = 4;
const MAX_ENTRIES = 20_000;

/** Tables in the run's own folder. */
const TABLE = /\.(?:csv|tsv|jsonl|ndjson)$/i;
const NAMED = /^(?:metrics|results|history|log|logs|scores|evals?)\.json$/i;
/** Names that lm-evaluation-harness and its users give to results. */
const EVALUATION = /^(?:results_.*|.*[_-]results|.*steps?[_-]?\d+.*)\.json$/i;
const EVALUATIONS = /eval|results|scores|zero-shot|few-shot/i;
const TRAINER_STATE = 'trainer_state.json';
/** Names of files that are not logs. */
const NO_LOG = /(?:\.index|^config|tokenizer.*|^vocab|_config|generation_config)\.json$/i;
const SKIPPED = /^(?:\..*|node_modules|__pycache__)$/;
/** Folders with nothing but checkpoints: logs are beside these folders. */
const CONTAINER = /^(?:checkpoints?|ckpts?|weights|models?|snapshots)$/i;

/**
 * Every file that may contain metrics, in the order of names; of trainer states only the last one, which contains the
 * whole log.
 */
export function findLogs(run: LogPlace): string[] {
  // Logs are read only from disks.
  if (isRemote(run.path)) return [];
  const root = CONTAINER.test(basename(run.path)) ? dirname(run.path) : run.path;
  const found: string[] = [];
  const states: string[] = [];
  let entries = 0;
  const search = (folder: string, level: number): void => {
    let listed;
    try {
      listed = localFiles.list(folder);
    } catch {
      // A file that a user names gets an error; a file merely found may be anything.
      return;
    }
    for (const { name, kind } of listed.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (SKIPPED.test(name) || ++entries > MAX_ENTRIES) continue;
      const path = join(folder, name);
      if (kind === 'folder') {
        // Beside a folder of checkpoints there may be other runs.
        const isOther = root !== run.path && level === 1 && CONTAINER.test(name) && path !== run.path;
        if (level <= MAX_LEVELS && !isOther) search(path, level + 1);
      } else if (name === TRAINER_STATE) states.push(path);
      else if (isLog(name, relative(root, folder))) found.push(path);
    }
  };
  search(root, 1);
  const last = lastState(states, run);
  return last === null ? found : [last, ...found];
}

function isLog(name: string, folder: string): boolean {
  if (name.includes('.tfevents.')) return true;
  if (folder === '' && (TABLE.test(name) || NAMED.test(name))) return true;
  return (
    EVALUATION.test(name) && !NO_LOG.test(name) && (name.startsWith('results') || EVALUATIONS.test(folder))
  );
}

/** The trainer state of the run's last checkpoint, otherwise that of the run's own folder. */
function lastState(states: readonly string[], { path, checkpoints }: LogPlace): string | null {
  const own = states.find((state) => dirname(state) === path);
  const of = checkpoints.flatMap((checkpoint) =>
    states.filter((state) => dirname(state) === dirname(checkpoint.path)),
  );
  return own ?? of.at(-1) ?? null;
}

/**
 * The step of the checkpoint that a path or a revision names: for a file in a checkpoint's folder that checkpoint's
 * step, otherwise what the name says.
 */
export function stepNamedIn({ path: root, checkpoints }: LogPlace): (path: string) => number | null {
  const folders = groupBy(checkpoints, (checkpoint) => dirname(checkpoint.path));
  return (path) => {
    // A folder of several checkpoints does not identify one.
    for (const [folder, [only, ...others]] of folders) {
      if (folder !== root && others.length === 0 && isBelow(path, folder)) return only!.step;
    }
    const named = path.includes(sep) || path.includes('.') ? null : readName(path, false).step;
    return named ?? locateProgress(path)?.read.step ?? null;
  };
}
