/** `--store` and `--no-store`: where results are kept, so that nothing is computed twice. */
import { join, resolve } from 'node:path';
import { DEFAULT_STORE_BYTES, ResultStore } from '../core/store/resultStore';
import { NeuroMfaError } from '../protocol/errors';
import { visible } from '../protocol/visible';
import type { CliEnvironment } from './environment';

/**
 * @param choice a folder; false for none; undefined for the one in the user's cache, without which it goes as well.
 * @throws NeuroMfaError `usage` where a folder that was named cannot be used.
 */
export async function openStore(
  choice: string | false | undefined,
  env: CliEnvironment,
): Promise<ResultStore | null> {
  if (choice === false) return null;
  const directory = choice === undefined ? join(env.cacheDirectory, 'results') : resolve(choice);
  const say = (message: string): void => {
    env.writeError(`neuromfa: ${visible(message)}\n`);
  };
  try {
    return await ResultStore.open(directory, say, choice === undefined ? DEFAULT_STORE_BYTES : Infinity);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    if (choice !== undefined) {
      throw new NeuroMfaError(
        'usage',
        '--store',
        `${directory} cannot be used (${cause})`,
        'Name another folder',
      );
    }
    say(`results are not kept: ${directory} cannot be used (${cause}). Name a folder with --store.`);
    return null;
  }
}
