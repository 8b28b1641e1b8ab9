/** The part of the network to analyze, as options of the command line. */
import { InvalidArgumentError, type Command } from 'commander';
import { makeSubset } from '../core/network/subset';
import type { Subset } from '../protocol/analysis';
import { NeuroMfaError } from '../protocol/errors';
import { writtenSubset, type SubsetInput } from '../protocol/subset';

/** The options as commander returns them. */
export type SubsetOptions = Partial<SubsetInput>;

/**
 * Options may be repeated, and accept several words separated by commas. An empty list would mean everything.
 * @throws InvalidArgumentError for commander to report.
 */
function words(list: string, before: string[] = []): string[] {
  const added = list.split(',').map((word) => word.trim());
  const named = added.filter((word) => word !== '');
  if (named.length === 0) throw new InvalidArgumentError('It names nothing.');
  return [...before, ...named];
}

export function addSubsetOptions(command: Command): Command {
  return command
    .option('--include <names>', 'take these projections or tensors alone (* and ?, commas between)', words)
    .option('--exclude <names>', 'leave these out', words)
    .option('--blocks <ranges>', 'take these blocks alone, such as 0-5 or 0-2,7', words)
    .option('--roles <roles>', 'take these roles alone, such as attention or mlp.up', words);
}

/** @returns null for all of the network. @throws NeuroMfaError `usage` that names the option. */
export function subsetFromOptions(options: SubsetOptions): Subset | null {
  try {
    return makeSubset(options);
  } catch (error) {
    if (!(error instanceof NeuroMfaError)) throw error;
    throw NeuroMfaError.from({ ...error.data, subject: `--${error.data.subject}` });
  }
}

/** The choice in words; null for all of the network. */
export const subsetText = (subset: Subset | null): string[] =>
  Object.entries(writtenSubset(subset))
    .filter(([, words]) => words.length > 0)
    .map(([name, words]) => `${name} ${words.join(', ')}`);
