/** Which checkpoints of the workspace an adapter can be added to, as headers say. */
import pLimit from 'p-limit';

/** Headers read at a time. */
const LOOKS_AT_A_TIME = 4;
/** Workspaces may have hundreds of checkpoints, and somebody waits for the question. */
const MAX_LOOKED_AT = 40;
const LONGEST_MS = 2000;

/**
 * Those that the updates of the adapter fit, by the names and shapes of their tensors, in the order given. Of many, or of
 * slow ones, some are left out: others can be chosen as files.
 * @param describe reads the headers of the adapter with this base, and rejects where it does not fit.
 */
export async function fittingBases(
  candidates: readonly string[],
  describe: (base: string, signal: AbortSignal) => Promise<unknown>,
): Promise<string[]> {
  const signal = AbortSignal.timeout(LONGEST_MS);
  const fits = await pLimit(LOOKS_AT_A_TIME).map(candidates.slice(0, MAX_LOOKED_AT), async (base) => {
    if (signal.aborted) return false;
    return describe(base, signal).then(
      () => true,
      () => false,
    );
  });
  return candidates.filter((_, index) => fits[index] === true);
}
