/**
 * Paths as words of the command line. An empty word, which an unset shell variable leaves, would mean the current
 * folder.
 */
import { InvalidArgumentError } from 'commander';

/** @throws InvalidArgumentError for commander to report. */
export function pathWord(word: string): string {
  if (word === '') throw new InvalidArgumentError("It is empty; the current folder is '.'.");
  return word;
}

/** Appends in place, because a shell may pass hundreds of thousands of words. */
export function pathWords(word: string, before: string[] = []): string[] {
  before.push(pathWord(word));
  return before;
}
