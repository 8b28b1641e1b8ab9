/** Names the series of one folder, and decides which of them is the main one. */
import { editionOf } from '../checkpoint/fileNames';
import { groupBy } from '../groupBy';
import type { TrainingRun } from './types';

/** Names of files that say nothing about a series. */
const COMMON =
  /\/(?:model|pytorch_model|diffusion_pytorch_model|\.metadata|(?:zero_pp_rank_0_)?mp_rank_00_model_states)$/i;

/** Short names of groups; full ones where two would be equal. */
export function labelsOf(groups: readonly string[]): string[] {
  const short = groups.map((group) => group.replace(COMMON, ''));
  const namesakes = groupBy(short, (label) => label);
  return short.map((label, i) => (namesakes.get(label)!.length === 1 ? label : groups[i]!));
}

/**
 * Series other than the model itself, the less important the later in this list: copies, other models trained with it,
 * parts, updates of it.
 */
const LESSER: readonly RegExp[] = [
  /(?:^|[-_./])(?:vae|text_encoder(?:_\d)?|image_encoder|safety_checker|tokenizer)(?:$|[-_./])/i,
  /(?:^|[-_./])(?:(?:no[nt]?_?)?ema|swa|teacher|target|critic|reward|value|ref|reference|disc(?:riminator)?|net_?d|do?_#)(?:$|[-_./])/i,
  // Modules of sentence-transformers after the transformer: 2_Dense.
  /(?:^|\/)\d+_(?!transformer)[a-z]+(?:$|\/)/i,
  /(?:^|[-_./])(?:adapters?|lora|adapter_model)(?:$|[-_./])/i,
  /(?:^|[-_./])(?:best)(?:$|[-_./])/i,
];

/**
 * Runs before single checkpoints; the model itself before its copies, updates and parts; larger ones before smaller.
 */
export function mainFirst(runs: readonly TrainingRun[]): TrainingRun[] {
  const ranked = runs.map((run) => ({
    run,
    isSingle: run.checkpoints.length > 1 ? 0 : 1,
    lesser: Math.max(
      LESSER.findLastIndex((words) => words.test(run.label)),
      editionOf(run.label.slice(run.label.lastIndexOf('/') + 1)).edition === null ? -1 : 0,
    ),
    bytes: run.checkpoints[0]!.bytes,
  }));
  ranked.sort(
    (a, b) =>
      a.isSingle - b.isSingle ||
      a.lesser - b.lesser ||
      b.bytes - a.bytes ||
      b.run.checkpoints.length - a.run.checkpoints.length ||
      a.run.label.length - b.run.label.length ||
      (a.run.label < b.run.label ? -1 : 1),
  );
  return ranked.map(({ run }) => run);
}
