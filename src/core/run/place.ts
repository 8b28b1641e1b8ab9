/** Where a checkpoint belongs: the folder that may be a run, and its place among the others there. */
import { basename, dirname, join, sep } from 'node:path';
import { locateStep } from '../checkpoint/step';
import type { FoundCheckpoint } from './found';

export interface Place {
  /** The folder whose child the checkpoint is, or is in. */
  run: string;
  /**
   * Checkpoints of one group are of one model: their names differ in what changes with training. Null where the name
   * tells no step.
   */
  group: string | null;
  step: number | null;
  /** What the checkpoint is called within the run. */
  name: string;
  /** The revision of a model in Hugging Face's cache, whose references may tell the step. */
  revision: string | null;
}

/** A model's folder in Hugging Face's cache, a revision in it, and where the file lies in the revision. */
const CACHED = /^(.*[/\\]models--[^/\\]+)[/\\]snapshots[/\\]([^/\\]+)[/\\](.+)$/s;

export function placeOf({ folder, stem, alone }: FoundCheckpoint): Place {
  const path = join(folder, stem);
  const cached = CACHED.exec(path);
  if (cached) {
    const [, run, revision, rest] = cached as unknown as [string, string, string, string];
    const step = locateStep(join(revision, 'file'))?.step ?? null;
    return { run, group: rest, step, name: revision, revision };
  }
  const located = locateStep(path);
  if (located) {
    const { step, up, start, end } = located;
    const parts = path.split(sep);
    const at = parts.length - 1 - up;
    const name = parts[at]!;
    const pattern = `${constant(name.slice(0, start))}#${name.slice(end).replace(/\d+/g, '#')}`;
    const group = [pattern, ...parts.slice(at + 1)].join('/');
    return { run: parts.slice(0, at).join(sep) || sep, group, step, name, revision: null };
  }
  return alone
    ? { run: dirname(folder), group: null, step: null, name: basename(folder), revision: null }
    : { run: folder, group: null, step: null, name: stem, revision: null };
}

/** The name without what changes from one checkpoint to the next: epochs, and measures such as `val_loss=0.31`. */
function constant(name: string): string {
  return name.replace(/(epoch[=_-]?)\d+/gi, '$1#').replace(/=-?\d+(\.\d+)?(e-?\d+)?/gi, '=#');
}
