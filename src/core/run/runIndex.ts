/**
 * The training runs among the files that a search has found, kept up to date as files come and go. It reads nothing:
 * the few notes that it needs are asked for, and given, by path.
 */
import { basename, dirname, join, sep } from 'node:path';
import { isCheckpointName } from '../checkpoint/formats/names';
import type { FoundFile } from '../storage/walkFolder';
import { checkpointsIn, type FoundCheckpoint } from './found';
import { globalStep, isNote, noteOwner, referenceOf, TRAINER_STATE } from './notes';
import { placeOf } from './place';
import { runsIn, type Notes, type PlacedCheckpoint, type TrainingRun } from './trainingRun';

/** Revision → reference that tells its step, of one cached model. */
type References = Map<string, { name: string; step: number }>;

/** What is left of a note: states of trainers have megabytes, and there is one for every checkpoint. */
interface Told {
  /** By a trainer's state. */
  step: number | null;
  /** By a reference. */
  revision: string | null;
}

function told(path: string, text: string): Told {
  return referenceOf(path)
    ? { step: null, revision: text.trim() }
    : { step: globalStep(text), revision: null };
}

export class RunIndex {
  /** Folder → file name → file: checkpoints' files, not notes. */
  readonly #files = new Map<string, Map<string, FoundFile>>();
  /** Folder → the checkpoints in it. */
  readonly #placed = new Map<string, readonly PlacedCheckpoint[]>();
  readonly #foldersOfOne = new Set<string>();
  /** Folder that may be a run → the checkpoints placed in it. */
  readonly #members = new Map<string, Set<PlacedCheckpoint>>();
  readonly #runs = new Map<string, readonly TrainingRun[]>();
  /** Folder → the notes that tell about it, by path, with what they tell; null until their text has been given. */
  readonly #notes = new Map<string, Map<string, Told | null>>();
  readonly #changedFolders = new Set<string>();
  readonly #changedRuns = new Set<string>();

  /** Takes in files that are new or have changed. Files that are neither checkpoints nor notes do not matter. */
  add(files: Iterable<FoundFile>): void {
    for (const file of files) {
      const { path } = file;
      if (isNote(path)) this.#setNote(path, null);
      else if (isCheckpointName(basename(path))) this.#setFile(path, file);
    }
  }

  /** Forgets files, and all files in folders that are gone. */
  remove(paths: Iterable<string>): void {
    for (const path of paths) {
      if (this.#files.get(dirname(path))?.delete(basename(path))) this.#changedFolders.add(dirname(path));
      else if (this.#notes.get(noteOwner(path))?.delete(path)) this.#noteChanged(path);
      else this.#removeFolder(path);
    }
  }

  /**
   * The notes that would tell steps which no name tells, and that have not been given yet. Until then runs are what
   * they are without them.
   */
  wanted(): string[] {
    this.#update();
    return [...this.#notes.values()].flatMap((notes) =>
      [...notes].filter(([path, tells]) => tells === null && this.#matters(path)).map(([path]) => path),
    );
  }

  /** Gives the text of a note; an empty one where it cannot be read. */
  give(path: string, text: string): void {
    if (this.#notes.get(noteOwner(path))?.has(path)) this.#setNote(path, told(path, text));
  }

  /** All runs, by folder. A run that has not changed is the same object as before. */
  get runs(): TrainingRun[] {
    this.#update();
    const compare = new Intl.Collator('en', { numeric: true }).compare;
    return [...this.#runs.values()].flat().sort((a, b) => compare(a.id, b.id));
  }

  /** All checkpoints, of runs or not. */
  get checkpoints(): FoundCheckpoint[] {
    this.#update();
    return [...this.#placed.values()].flat();
  }

  /** The folders that stand for one checkpoint each. */
  get checkpointFolders(): string[] {
    this.#update();
    return [...this.#foldersOfOne];
  }

  #setFile(path: string, file: FoundFile): void {
    const folder = dirname(path);
    let names = this.#files.get(folder);
    if (!names) this.#files.set(folder, (names = new Map<string, FoundFile>()));
    names.set(basename(path), file);
    this.#changedFolders.add(folder);
  }

  #setNote(path: string, tells: Told | null): void {
    const owner = noteOwner(path);
    let notes = this.#notes.get(owner);
    if (!notes) this.#notes.set(owner, (notes = new Map<string, Told | null>()));
    notes.set(path, tells);
    this.#noteChanged(path);
  }

  #removeFolder(path: string): void {
    const inside = (other: string): boolean => other === path || other.startsWith(path + sep);
    for (const [folder, files] of this.#files) {
      if (!inside(folder)) continue;
      files.clear();
      this.#changedFolders.add(folder);
    }
    for (const notes of this.#notes.values()) {
      for (const note of notes.keys()) {
        if (inside(note) && notes.delete(note)) this.#noteChanged(note);
      }
    }
  }

  #noteChanged(path: string): void {
    const reference = referenceOf(path);
    // A trainer's state is in the folder of a checkpoint, which is a child of the run.
    this.#changedRuns.add(reference ? reference.model : dirname(dirname(path)));
  }

  #matters(path: string): boolean {
    const reference = referenceOf(path);
    if (reference) {
      return (
        reference.step !== null &&
        [...(this.#members.get(reference.model) ?? [])].some(({ place }) => place.step === null)
      );
    }
    const [only, ...others] = this.#placed.get(dirname(path)) ?? [];
    return only?.place.step === null && others.length === 0;
  }

  #update(): void {
    for (const folder of this.#changedFolders) this.#place(folder);
    this.#changedFolders.clear();
    for (const folder of this.#changedRuns) {
      const members = [...(this.#members.get(folder) ?? [])];
      const runs = runsIn(folder, members, this.#notesOf(folder), (other) => this.#hasSteps(other));
      if (runs.length > 0) this.#runs.set(folder, runs);
      else this.#runs.delete(folder);
    }
    this.#changedRuns.clear();
  }

  #place(folder: string): void {
    for (const checkpoint of this.#placed.get(folder) ?? []) {
      const { run } = checkpoint.place;
      const members = this.#members.get(run)!;
      members.delete(checkpoint);
      if (members.size === 0) this.#members.delete(run);
      this.#runChanged(run);
    }
    const files = this.#files.get(folder)!;
    const { checkpoints, standsForOne } = checkpointsIn([...files.values()]);
    const placed = checkpoints.map((found) => ({ ...found, place: placeOf(found) }));
    if (standsForOne) this.#foldersOfOne.add(folder);
    else this.#foldersOfOne.delete(folder);
    for (const checkpoint of placed) {
      const { run } = checkpoint.place;
      let members = this.#members.get(run);
      if (!members) this.#members.set(run, (members = new Set<PlacedCheckpoint>()));
      members.add(checkpoint);
      this.#runChanged(run);
    }
    if (placed.length > 0) this.#placed.set(folder, placed);
    else this.#placed.delete(folder);
    if (files.size === 0) this.#files.delete(folder);
  }

  /** What a folder holds also decides whether its own last checkpoint belongs to a run around it. */
  #runChanged(folder: string): void {
    this.#changedRuns.add(folder);
    this.#changedRuns.add(dirname(folder));
  }

  #hasSteps(folder: string): boolean {
    return [...(this.#members.get(folder) ?? [])].some(({ place }) => place.step !== null);
  }

  #notesOf(folder: string): Notes {
    let references: References | undefined;
    return {
      trainerStep: (own) => this.#notes.get(own)?.get(join(own, TRAINER_STATE))?.step ?? null,
      reference: (revision) => (references ??= this.#references(folder)).get(revision) ?? null,
    };
  }

  #references(model: string): References {
    const references: References = new Map();
    for (const [path, tells] of this.#notes.get(model) ?? []) {
      const reference = referenceOf(path);
      if (!tells?.revision || reference?.step == null) continue;
      references.set(tells.revision, { name: reference.name, step: reference.step });
    }
    return references;
  }
}
