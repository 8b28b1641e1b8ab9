/** Reads the notes that an index asks for. */
import { basename } from 'node:path';
import type { NeuroMfaError } from '../../protocol/errors';
import { isCheckpointName } from '../checkpoint/formats/names';
import { metadataText } from '../checkpoint/formats/safetensors';
import { torchNote } from '../checkpoint/formats/torch/torchNote';
import { fileError } from '../storage/fileError';
import { readSmallFile } from '../storage/smallFile';
import { inBatches } from '../batches';
import { maxNoteBytes } from './notes';
import type { RunIndex } from './runIndex';

const WORDS = {
  what: 'the note',
  nextStep: 'Nothing is read from it: put the file itself there, or remove it',
};

/**
 * A note that cannot be read says nothing.
 * @param onUnread called with the reason why a note was not read, unless it no longer exists.
 */
export function readNotes(index: RunIndex, onUnread: (reason: NeuroMfaError) => void): Promise<void> {
  return inBatches(index.wanted(), (path) => {
    index.give(path, noteText(path, onUnread));
  });
}

function noteText(path: string, onUnread: (reason: NeuroMfaError) => void): string {
  // Analyzing a checkpoint says what is wrong with it.
  if (isCheckpointName(basename(path))) return metadataText(path) || torchNote(path);
  try {
    return Buffer.from(readSmallFile(path, maxNoteBytes(path), WORDS)).toString();
  } catch (error) {
    const reason = fileError(error, path);
    if (reason.code !== 'missing') onUnread(reason);
    return '';
  }
}
