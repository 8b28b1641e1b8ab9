/** `--store`, `--no-store` and `--store-limit`: where results are stored, so that nothing is computed twice. */
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { storeLimit as limitOf } from '../core/store/limit';
import { defaultStore } from '../core/store/place';
import { ResultStore } from '../core/store/resultStore';
import { reasonOf } from '../core/store/storeFailure';
import { NeuroMfaError } from '../protocol/errors';
import { shortened } from '../protocol/visible';
import type { CliEnvironment } from './environment';
import { pathWord } from './pathWord';
import { MAX_CHARACTERS } from './report';
import { parseSize } from './sizeOption';

/** The options as commander returns them. */
export interface StoreOptions {
  /** A folder; false for none; undefined for the one in the user's cache. */
  store?: string | false;
  /** In bytes. */
  storeLimit?: number;
}

/** @param byDefault where results are stored by default: in the user's cache, as in the editor, or nowhere. */
export function addStoreOptions(command: Command, byDefault: 'cache' | 'none'): Command {
  const place = byDefault === 'cache' ? "the user's cache, shared with the editor" : 'none';
  return command
    .option('--store <dir>', `where results are stored and found again (default: ${place})`, pathWord)
    .option('--no-store', 'store no results and use none')
    .addOption(
      new Option(
        '--store-limit <size>',
        'what results may take on the disk, as 512MB or 2GB (default: in the cache the limit that the editor has, 2GB unless it is set; none in a folder of choice)',
      ).argParser(parseSize),
    );
}

/**
 * @returns null without a store: the user wants none, or the cache cannot be used and that has been reported.
 * @throws NeuroMfaError `usage` where a folder that was named cannot be used.
 */
export async function openStore(
  { store: choice, storeLimit }: StoreOptions,
  env: CliEnvironment,
): Promise<ResultStore | null> {
  if (choice === false) {
    if (storeLimit === undefined) return null;
    throw new NeuroMfaError(
      'usage',
      '--store-limit',
      'there is no store to limit',
      'Name a folder with --store',
    );
  }
  const say = (message: string): void => {
    env.writeError(`neuromfa: ${shortened(message, MAX_CHARACTERS)}\n`);
  };
  let directory = choice ?? "the user's cache";
  try {
    directory = choice === undefined ? defaultStore(env.cacheDirectory()) : resolve(choice);
    const limit = choice === undefined ? limitOf(directory) : Infinity;
    return await ResultStore.open(directory, say, storeLimit ?? limit);
  } catch (error) {
    const fault = `${directory} cannot be used (${reasonOf(error)})`;
    if (choice !== undefined)
      throw new NeuroMfaError('usage', '--store', fault, 'Name another folder, or use --no-store');
    say(`results are not stored: ${fault}. Name a folder with --store, or use --no-store.`);
    return null;
  }
}
