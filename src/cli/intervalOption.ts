/** `--interval`: seconds between two looks at a folder. */
import { InvalidArgumentError } from 'commander';

/** More than a day is not watching; less than a tenth of a second overloads the disk. */
const [MIN, MAX] = [0.1, 86_400];

/** @throws InvalidArgumentError for commander to report. */
export function parseInterval(word: string): number {
  const seconds = /^\d+(?:\.\d+)?$/.test(word) ? Number(word) : NaN;
  if (!(seconds >= MIN && seconds <= MAX))
    throw new InvalidArgumentError(`Give seconds, from ${MIN} to ${MAX}.`);
  return seconds;
}
