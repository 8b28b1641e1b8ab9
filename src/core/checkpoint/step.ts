/** The training step that a checkpoint's path tells: the only place where most checkpoints keep it. */
import { stemOf } from './formats/names';

/** How far up from the file a folder may name the step: `global_step20/mp_rank_00/model.safetensors`. */
const FOLDERS_UP = 3;

/** The number must end there: neither `step1k` nor the shard `model-00001-of-00002` tells a step. */
const IN_ANY_NAME = [
  /(?<![a-z])(?:global[_-]?)?steps?[=_-]?(\d+)(?![\da-z])/gi,
  /(?<![a-z])iter(?:ation)?s?[=_-]?(\d+)(?![\da-z])/gi,
  /(?<![a-z])(?:checkpoint|ckpt)[=_-]?(\d+)$/gi,
];
const IN_FILE_NAME = /^[a-z_]*model[=_-](\d+)$/gi;

/** The step, or null where neither the file nor the three folders above it tell one. The nearest name counts. */
export function stepFromPath(path: string): number | null {
  return locateStep(path)?.step ?? null;
}

/** A step and where it is told: in the name `up` folders above the file, by its characters from `start` to `end`. */
export interface LocatedStep {
  step: number;
  up: number;
  start: number;
  end: number;
}

export function locateStep(path: string): LocatedStep | null {
  const [file = '', ...folders] = path.split(/[/\\]/).filter(Boolean).reverse();
  const stem = stemOf(file);
  const names = [stem, ...folders.slice(0, FOLDERS_UP)];
  for (const [up, name] of names.entries()) {
    const found = stepIn(name, up === 0 ? [...IN_ANY_NAME, IN_FILE_NAME] : IN_ANY_NAME);
    if (found) return { ...found, up };
  }
  return null;
}

function stepIn(name: string, patterns: readonly RegExp[]): Omit<LocatedStep, 'up'> | null {
  for (const pattern of patterns) {
    // The last number counts: `phase1_step100_step200` continues from one to the other.
    const match = [...name.matchAll(pattern)].at(-1);
    const step = Number(match?.[1] ?? NaN);
    if (!match || !Number.isSafeInteger(step)) continue;
    const end = match.index + match[0].length;
    return { step, start: end - match[1]!.length, end };
  }
  return null;
}
