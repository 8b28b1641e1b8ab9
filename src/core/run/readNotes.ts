/** Gives an index the notes that it asks for. */
import { readFileSync, statSync } from 'node:fs';
import { inBatches } from './batches';
import { MAX_NOTE_BYTES } from './notes';
import type { RunIndex } from './runIndex';

/** A note that cannot be read tells nothing. */
export function readNotes(index: RunIndex): Promise<void> {
  return inBatches(index.wanted(), (path) => {
    index.give(path, noteText(path));
  });
}

function noteText(path: string): string {
  try {
    return statSync(path).size > MAX_NOTE_BYTES ? '' : readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
