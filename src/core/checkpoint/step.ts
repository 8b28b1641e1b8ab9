/** The training step that a checkpoint's path tells: the only place where most checkpoints keep it. */

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
  const [file = '', ...folders] = path.split(/[/\\]/).filter(Boolean).reverse();
  const stem = file.replace(/\.safetensors(\.index\.json)?$/, '');
  return (
    stepIn(stem, [...IN_ANY_NAME, IN_FILE_NAME]) ??
    folders
      .slice(0, FOLDERS_UP)
      .reduce<number | null>((step, name) => step ?? stepIn(name, IN_ANY_NAME), null)
  );
}

function stepIn(name: string, patterns: readonly RegExp[]): number | null {
  for (const pattern of patterns) {
    // The last number counts: `phase1_step100_step200` continues from one to the other.
    const step = Number([...name.matchAll(pattern)].at(-1)?.[1] ?? NaN);
    if (Number.isSafeInteger(step)) return step;
  }
  return null;
}
