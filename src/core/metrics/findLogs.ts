/** Files of metrics beside the checkpoints of a run, by their names. */
import { basename, dirname, join, relative, sep } from 'node:path';
import { groupBy } from '../groupBy';
import { locateProgress, readName } from '../checkpoint/step';
import { isRemote } from '../../protocol/subject';
import { localFiles } from '../storage/localFiles';
import { isBelow } from '../storage/withinFolders';

/** A run, as far as its logs go by it. */
export interface LogPlace {
  path: string;
  checkpoints: readonly { path: string; step: number | null }[];
}

/** Folders below the run that are looked into, and what they may hold. */
const MOST_LEVELS = 4;
const MOST_ENTRIES = 20_000;

/** Tables in the run's own folder. */
const TABLE = /\.(?:csv|tsv|jsonl|ndjson)$/i;
const NAMED = /^(?:metrics|results|history|log|logs|scores|evals?)\.json$/i;
/** As lm-evaluation-harness and its users call results. */
const EVALUATION = /^(?:results_.*|.*[_-]results|.*steps?[_-]?\d+.*)\.json$/i;
const EVALUATIONS = /eval|results|scores|zero-shot|few-shot/i;
const TRAINER_STATE = 'trainer_state.json';
/** What is called so is no log. */
const NO_LOG = /(?:\.index|^config|tokenizer.*|^vocab|_config|generation_config)\.json$/i;
const SKIPPED = /^(?:\..*|node_modules|__pycache__)$/;
/** Folders that hold checkpoints alone: logs are beside them. */
const CONTAINER = /^(?:checkpoints?|ckpts?|weights|models?|snapshots)$/i;

/** Every file that may hold metrics, in the order of names; of trainer states the last one, which holds the whole log. */
export function findLogs(run: LogPlace): string[] {
  // Logs are read from disks.
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
      // Whoever names a file is told what is wrong with it; what is merely looked for may be anything.
      return;
    }
    for (const { name, kind } of listed.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (SKIPPED.test(name) || ++entries > MOST_ENTRIES) continue;
      const path = join(folder, name);
      if (kind === 'folder') {
        // Beside a container of checkpoints lie other runs as well.
        const isOther = root !== run.path && level === 1 && CONTAINER.test(name) && path !== run.path;
        if (level < MOST_LEVELS && !isOther) search(path, level + 1);
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

/** The trainer state of the checkpoint that is last in the run, else that of the run's own folder. */
function lastState(states: readonly string[], { path, checkpoints }: LogPlace): string | null {
  const own = states.find((state) => dirname(state) === path);
  const of = checkpoints.flatMap((checkpoint) =>
    states.filter((state) => dirname(state) === dirname(checkpoint.path)),
  );
  return own ?? of.at(-1) ?? null;
}

/**
 * The step of the checkpoint that a path or a revision names: of a file in the folder of one of the run's checkpoints, that
 * checkpoint's; else what the name tells.
 */
export function stepNamedIn({ path: root, checkpoints }: LogPlace): (path: string) => number | null {
  const folders = groupBy(checkpoints, (checkpoint) => dirname(checkpoint.path));
  return (path) => {
    // A folder of several checkpoints tells nothing of one.
    for (const [folder, [only, ...others]] of folders) {
      if (folder !== root && others.length === 0 && isBelow(path, folder)) return only!.step;
    }
    const named = path.includes(sep) || path.includes('.') ? null : readName(path, false).step;
    return named ?? locateProgress(path)?.read.step ?? null;
  };
}
