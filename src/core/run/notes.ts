/** Small files beside checkpoints that tell their steps where names do not. */
import { basename, dirname, join } from 'node:path';
import { stepFromPath } from '../checkpoint/step';
import { checkJsonLimits, levels, type JsonLimits } from '../checkpoint/strictJson';

/** Written by Hugging Face's Trainer into every checkpoint. */
export const TRAINER_STATE = 'trainer_state.json';

/** A larger file is no note: trainer states keep a log, of some 100 bytes per logged step. */
const MAX_STATE_BYTES = 64 * 2 ** 20;
/** A reference is one commit. */
const MAX_REFERENCE_BYTES = 4096;

/** A log of flat entries, beside a few settings. */
const STATE_LIMITS: JsonLimits = { levels: levels(32, 1_000_000), containers: 1_000_000 };

/** A reference of Hugging Face's cache: a file called like a revision (`step1000`, `main`) that holds its commit. */
export interface Reference {
  /** The model's folder in the cache. */
  model: string;
  name: string;
  step: number | null;
}

const REFERENCE = /^(.*[/\\]models--[^/\\]+)[/\\]refs[/\\](.+)$/s;

export function referenceOf(path: string): Reference | null {
  const match = REFERENCE.exec(path);
  if (!match) return null;
  const [, model, name] = match as unknown as [string, string, string];
  return { model, name, step: stepFromPath(join(name, 'file')) };
}

/** Whether the path is one of a note, by its name. */
export function isNote(path: string): boolean {
  return basename(path) === TRAINER_STATE || referenceOf(path) !== null;
}

/** The folder that a note tells about: a model's in the cache, or the checkpoint's own. */
export function noteOwner(path: string): string {
  return referenceOf(path)?.model ?? dirname(path);
}

/** The most bytes that the note at this path has. */
export function maxNoteBytes(path: string): number {
  return referenceOf(path) ? MAX_REFERENCE_BYTES : MAX_STATE_BYTES;
}

/** `global_step` of a trainer's state; null where the text is none. */
export function globalStep(text: string): number | null {
  try {
    checkJsonLimits(Buffer.from(text), STATE_LIMITS);
    const { global_step: step } = JSON.parse(text) as { global_step?: unknown };
    return typeof step === 'number' && Number.isSafeInteger(step) && step >= 0 ? step : null;
  } catch {
    return null;
  }
}
