/**
 * How far training had come according to the checkpoint itself: the metadata of safetensors, or values beside the
 * weights in PyTorch files.
 */

/**
 * The programs' names for the number of updates, the most reliable first: Lightning, DeepSpeed, nanoGPT, Megatron,
 * mmcv, and others.
 */
const STEPS =
  'global_step global_steps iter_num ss_steps iteration num_updates train_step step iter meta.iter'.split(
    ' ',
  );
const EPOCHS = ['epoch', 'ss_epoch', 'meta.epoch'];

export interface OwnProgress {
  step: number | null;
  epoch: number | null;
}

/** @param metadata the checkpoint's metadata: texts, some of which are numbers. */
export function progressIn(metadata: Readonly<Record<string, unknown>>): OwnProgress {
  const inner = infoIn(metadata['training_info']);
  const first = (all: Readonly<Record<string, unknown>>, names: readonly string[]): number | null => {
    for (const name of names) {
      const count = Object.hasOwn(all, name) ? countOf(all[name]) : null;
      if (count !== null) return count;
    }
    return null;
  };
  return {
    step: first(metadata, STEPS) ?? first(inner, ['step']),
    epoch: first(metadata, EPOCHS) ?? first(inner, ['epoch']),
  };
}

/** ai-toolkit writes JSON into one text. */
function infoIn(text: unknown): Record<string, unknown> {
  try {
    return Object(typeof text === 'string' ? JSON.parse(text) : {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** An integer of at least 0, or the text of one; null for anything else. */
export function countOf(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}
