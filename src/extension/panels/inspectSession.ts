/** What one checkpoint in the inspect view has come to: being read, failed, or read. */
import { errorData } from '../../protocol/errors';
import type { InspectState, ReadingProgress } from '../../protocol/inspect';
import type { Inspection } from '../../protocol/inspection';
import type { FileChange } from '../../protocol/panel';
import { Emitter } from '../emitter';
import { shownInspection } from './shownInspection';

export class InspectSession {
  readonly #changed = new Emitter<void>();
  readonly #read = new Emitter<ReadingProgress>();
  /** Told whenever {@link state} is another one. */
  readonly onChange = this.#changed.event;
  /** Told how far reading has come. */
  readonly onReading = this.#read.event;
  #state: InspectState = { kind: 'reading' };
  #changedOnDisk: FileChange | null = null;
  #reading: AbortController | undefined;

  /** @param inspect reads the checkpoint's headers. */
  constructor(
    private readonly inspect: (
      signal: AbortSignal,
      onReading: (progress: ReadingProgress) => void,
    ) => Promise<Inspection>,
  ) {}

  get state(): InspectState {
    return this.#state;
  }

  /** What has become of the file since it was read. */
  get changedOnDisk(): FileChange | null {
    return this.#changedOnDisk;
  }

  /** To be called when the file is another one, gone, or what it was when it was read. @returns whether that is news. */
  noteChange(change: FileChange | null): boolean {
    if (this.#changedOnDisk === change) return false;
    this.#changedOnDisk = change;
    return true;
  }

  /** Reads the checkpoint, anew if it was read before. Settles when that has ended, however it did. */
  async read(): Promise<void> {
    this.#reading?.abort();
    const reading = new AbortController();
    this.#reading = reading;
    this.#changedOnDisk = null;
    this.#set({ kind: 'reading' });
    const onReading = (progress: ReadingProgress): void => {
      if (this.#reading === reading) this.#read.fire(progress);
    };
    const state = await this.inspect(reading.signal, onReading).then(
      (inspection): InspectState => ({ kind: 'done', inspection: shownInspection(inspection) }),
      (error: unknown): InspectState => ({ kind: 'failed', error: errorData(error) }),
    );
    // Another reading has begun since, or nobody is there any more.
    if (this.#reading === reading) this.#set(state);
  }

  dispose(): void {
    this.#reading?.abort();
    this.#reading = undefined;
  }

  #set(state: InspectState): void {
    this.#state = state;
    this.#changed.fire();
  }
}
