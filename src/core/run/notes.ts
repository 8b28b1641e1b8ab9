/** Small files beside checkpoints, and the checkpoints' own statements, that give steps where names do not. */
import { basename, dirname, join } from 'node:path';
import { isCheckpointName } from '../checkpoint/formats/names';
import { countOf, progressIn } from '../checkpoint/ownWords';
import { readName } from '../checkpoint/step';
import { checkJsonLimits, levels, type JsonLimits } from '../checkpoint/strictJson';
import type { NotedProgress } from './trainingRun';

interface Note {
  /** Number of folders between the note and the folder of the checkpoint that it is about. */
  up: number;
  /** A larger file is no note. */
  maxBytes: number;
  /** The key of its step; null where the text is the step. */
  step: string | null;
}

/** By name. Trainer states contain a log, of about 100 bytes per logged step. */
const NOTES: Readonly<Record<string, Note>> = {
  // Hugging Face's Trainer, in every checkpoint.
  'trainer_state.json': { up: 0, maxBytes: 64 * 2 ** 20, step: 'global_step' },
  // LeRobot, in training_state/ beside pretrained_model/.
  'training_step.json': { up: 1, maxBytes: 4096, step: 'step' },
  // Megatron and verl, beside the folders of checkpoints.
  'latest_checkpointed_iteration.txt': { up: 0, maxBytes: 4096, step: null },
};

/** Names that searches look for. */
export const NOTE_NAMES: readonly string[] = Object.keys(NOTES);

/** A reference consists of one commit. */
const MAX_REFERENCE_BYTES = 4096;

/** A log of flat entries, beside a few settings. */
const STATE_LIMITS: JsonLimits = { levels: levels(32, 1_000_000), containers: 1_000_000 };

/** A reference of Hugging Face's cache: a file named after a revision (`step1000`, `main`) that contains its commit. */
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
  const steps = name.split(/[/\\]/).map((part) => readName(part, false).step);
  return { model, name, step: steps.findLast((step) => step !== null) ?? null };
}

/** Whether a file of this name is a note. */
export function isNote(path: string): boolean {
  return Object.hasOwn(NOTES, basename(path)) || referenceOf(path) !== null;
}

/** Whether a note beside the folders of checkpoints names the newest of them and is about no other. */
export const isOfLatest = (path: string): boolean => basename(path).startsWith('latest');

/**
 * What a note is about: a model's folder in the cache, or that of a checkpoint; for a checkpoint's file, that file
 * itself.
 */
export function noteOwner(path: string): string {
  if (isCheckpointName(basename(path))) return path;
  const reference = referenceOf(path);
  if (reference) return reference.model;
  return join(dirname(path), ...Array<string>(NOTES[basename(path)]!.up).fill('..'));
}

/** Largest size of the note at this path, in bytes. */
export function maxNoteBytes(path: string): number {
  return NOTES[basename(path)]?.maxBytes ?? MAX_REFERENCE_BYTES;
}

/** What the text of a note says; null where it is not of the right form. */
export function notedIn(path: string, text: string): NotedProgress {
  const note = NOTES[basename(path)];
  try {
    if (note?.step === null) return { step: countOf(text), epoch: null };
    checkJsonLimits(Buffer.from(text), STATE_LIMITS);
    const all = Object(JSON.parse(text)) as Record<string, unknown>;
    if (!note) return progressIn(all);
    const step = all[note.step];
    return { step: typeof step === 'number' ? countOf(step) : null, epoch: null };
  } catch {
    return { step: null, epoch: null };
  }
}
