/**
 * The training runs among the files that a search has found, updated as files come and go. It reads nothing itself: it
 * asks for the few notes that it needs, and is given their text by path.
 */
import { basename, dirname, sep } from 'node:path';
import { isCheckpointName, isPartOfFolder, mayBeCheckpointName } from '../checkpoint/formats/names';
import { isState, recognize, type Recognized } from '../checkpoint/layouts';
import type { FoundFile } from '../storage/walkFolder';
import { checkpointsIn, type FoundCheckpoint } from './found';
import { isNote, isOfLatest, noteOwner, referenceOf, notedIn } from './notes';
import { placeOf } from './place';
import {
  seriesIn,
  type Notes,
  type PlacedCheckpoint,
  type NotedProgress,
  type TrainingRun,
} from './trainingRun';

/** Revision → reference that gives its step, for one cached model. */
type References = Map<string, { name: string; step: number }>;

/** The part of a note that is stored: trainer states have megabytes, and every checkpoint has one. */
interface Note extends NotedProgress {
  /** For a reference. */
  revision: string | null;
}

/** Reading a header takes as long as opening a file: in folders with more checkpoints than this, none is read. */
const MAX_HEADERS = 1000;
/** Number of folders between a checkpoint and a note about it. */
const NOTE_ABOVE = 2;

export class RunIndex {
  /** Folder → file name → file: checkpoints' files, not notes. */
  readonly #files = new Map<string, Map<string, FoundFile>>();
  /** Folder → the checkpoints in it. */
  readonly #placed = new Map<string, readonly PlacedCheckpoint[]>();
  readonly #foldersOfOne = new Set<string>();
  /** Folder that may be a run → the checkpoints that belong to it. */
  readonly #members = new Map<string, Set<PlacedCheckpoint>>();
  readonly #series = new Map<string, readonly TrainingRun[]>();
  /** Folder → the notes about it by path, with what they say; null until their text has been given. */
  readonly #notes = new Map<string, Map<string, Note | null>>();
  /** Files of checkpoints with layouts that cannot be read. */
  readonly #others = new Map<string, Recognized>();
  readonly #changedFolders = new Set<string>();
  readonly #changedRuns = new Set<string>();

  /** @param onRequest whether to accept names that searches ignore. */
  constructor(private readonly onRequest = false) {}

  #isCheckpoint(name: string): boolean {
    return this.onRequest ? mayBeCheckpointName(name) : isCheckpointName(name);
  }

  /** Adds files that are new or have changed. Files that are neither checkpoints nor notes do not matter. */
  add(files: Iterable<FoundFile>): void {
    for (const file of files) {
      const { path } = file;
      const other = recognize(path);
      if (other) this.#others.set(path, other);
      else if (isNote(path)) this.#setNote(path, null);
      // Optimizers have folders of such parts, too.
      else if (isPartOfFolder(basename(path)) && isState(path)) continue;
      else if (this.#isCheckpoint(basename(path))) this.#setFile(path, file);
    }
  }

  /** Removes files, and all files in folders that no longer exist. */
  remove(paths: Iterable<string>): void {
    for (const path of paths) {
      if (this.#others.delete(path)) continue;
      if (this.#files.get(dirname(path))?.delete(basename(path))) this.#changedFolders.add(dirname(path));
      else if (isNote(path) && this.#notes.get(noteOwner(path))?.delete(path)) this.#noteChanged(path);
      else this.#removeFolder(path);
      this.#notes.delete(path);
    }
  }

  /**
   * The notes that may give steps which no name gives, and that have not been given yet. Until then runs are built
   * without them.
   */
  wanted(): string[] {
    this.#update();
    const notes = [...this.#notes.values()].flatMap((each) =>
      [...each].filter(([path, tells]) => tells === null && this.#matters(path)).map(([path]) => path),
    );
    const headers = [...this.#placed.values()].flatMap((each) => (each.length > MAX_HEADERS ? [] : each));
    return [...notes, ...headers.filter((each) => this.#isHeaderWanted(each)).map(({ path }) => path)];
  }

  /** Passes in the text of a note; an empty one where it cannot be read. */
  give(path: string, text: string): void {
    const isHeader = isCheckpointName(basename(path));
    if (!isHeader && !this.#notes.get(noteOwner(path))?.has(path)) return;
    const reference = referenceOf(path);
    const note = reference
      ? { step: null, epoch: null, revision: text.trim() }
      : { ...notedIn(path, text), revision: null };
    this.#setNote(path, note);
  }

  /** All runs, by folder, the main one of each first. A run that has not changed is the same object as before. */
  get runs(): TrainingRun[] {
    this.#update();
    const compare = new Intl.Collator('en', { numeric: true }).compare;
    return [...this.#series]
      .sort(([a], [b]) => compare(a, b))
      .flatMap(([, series]) => series.filter(({ checkpoints }) => checkpoints.length > 1));
  }

  /** Runs, and all other checkpoints as series of one; the main one of each folder first. */
  get series(): TrainingRun[] {
    this.#update();
    return [...this.#series.values()].flat();
  }

  /** Files of checkpoints with layouts that cannot be read, with their layouts. */
  get others(): Recognized[] {
    return [...this.#others.values()];
  }

  /** All checkpoints, in runs or not. */
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
    // What its header says may have changed as well.
    this.#notes.delete(path);
    this.#changedFolders.add(folder);
  }

  #setNote(path: string, tells: Note | null): void {
    const owner = noteOwner(path);
    let notes = this.#notes.get(owner);
    if (!notes) this.#notes.set(owner, (notes = new Map<string, Note | null>()));
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
    for (const other of this.#others.keys()) if (inside(other)) this.#others.delete(other);
    for (const notes of this.#notes.values()) {
      for (const note of notes.keys()) {
        if (inside(note) && notes.delete(note)) this.#noteChanged(note);
      }
    }
  }

  #noteChanged(path: string): void {
    const reference = referenceOf(path);
    if (reference) this.#changedRuns.add(reference.model);
    // It is about a checkpoint in its owner's folder or below, which belongs to a run above.
    for (const folder of foldersAbove(noteOwner(path), NOTE_ABOVE)) this.#changedRuns.add(folder);
  }

  #matters(path: string): boolean {
    const reference = referenceOf(path);
    if (reference) {
      return (
        reference.step !== null &&
        [...(this.#members.get(reference.model) ?? [])].some(({ place }) => place.step === null)
      );
    }
    const owner = noteOwner(path);
    const [only, ...others] = this.#placed.get(owner) ?? [];
    if (only) return others.length === 0 && (only.place.step === null || only.place.weak);
    return basename(path) !== 'trainer_state.json' || this.#members.has(owner);
  }

  /**
   * Whether to read the header of one of several files in a folder whose name gives no step: it may say when it was
   * saved.
   */
  #isHeaderWanted({ path, alone, place }: PlacedCheckpoint): boolean {
    return !alone && place.step === null && !this.#notes.has(path) && isCheckpointName(basename(path));
  }

  #update(): void {
    for (const folder of this.#changedFolders) this.#place(folder);
    this.#changedFolders.clear();
    for (const folder of this.#changedRuns) {
      const members = [...(this.#members.get(folder) ?? [])];
      const own = (this.#placed.get(folder) ?? []).filter(({ place }) => place.run !== folder);
      const isRun = (other: string): boolean => this.#hasSteps(other);
      const series = seriesIn(folder, members, own, this.#notesOf(folder), isRun);
      if (series.length > 0) this.#series.set(folder, series);
      else this.#series.delete(folder);
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
    const { checkpoints, standsForOne } = checkpointsIn([...files.values()], this.onRequest);
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

  /** The content of a folder also decides whether its own last checkpoint belongs to a run around it. */
  #runChanged(folder: string): void {
    this.#changedRuns.add(folder);
    this.#changedRuns.add(dirname(folder));
  }

  #hasSteps(folder: string): boolean {
    return [...(this.#members.get(folder) ?? [])].some(({ place }) => place.isStated);
  }

  #notesOf(folder: string): Notes {
    let references: References | undefined;
    return {
      of: ({ path, folder: own, place }) => {
        const isLatest = /^(?:latest|last)$/i.test(place.name);
        const about = [path, ...foldersAbove(own, NOTE_ABOVE)].flatMap((owner) =>
          [...(this.#notes.get(owner) ?? [])].filter(([note]) =>
            // A note in the run's own folder is about the checkpoint there, or about the newest one.
            owner === folder && dirname(note) === folder
              ? own === folder || (isLatest && isOfLatest(note))
              : owner.length >= folder.length && !isOfLatest(note),
          ),
        );
        const noted = about.map(([, note]) => note).find((note) => note !== null && note.revision === null);
        return noted ?? { step: null, epoch: null };
      },
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

/** A folder and its ancestors. */
function foldersAbove(folder: string, count: number): string[] {
  const folders = [folder];
  for (let i = 0; i < count; i++) folders.push(dirname(folders.at(-1)!));
  return folders;
}
