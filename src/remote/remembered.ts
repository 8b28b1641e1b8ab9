import { NeuroMfaError } from '../protocol/errors';

/**
 * Shares one request among callers that ask for the same thing. A failure is not remembered, and a caller never fails because
 * another caller cancels.
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
