import { NeuroMfaError } from '../protocol/errors';

/**
 * Asks once for what is asked for several times. A failure is not remembered, and nobody is told of a cancellation that another
 * has asked for.
 */
export async function remembered<T>(
  known: Map<string, Promise<T>>,
  key: string,
  signal: AbortSignal | undefined,
  find: () => Promise<T>,
): Promise<T> {
  for (;;) {
    let found = known.get(key);
    if (!found) {
      found = find();
      known.set(key, found);
      found.catch(() => known.delete(key));
    }
    try {
      return await found;
    } catch (error) {
      const ofAnother = error instanceof NeuroMfaError && error.code === 'cancelled' && !signal?.aborted;
      if (!ofAnother) throw error;
    }
  }
}
