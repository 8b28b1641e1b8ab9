/** The one way to write what users asked for where they want it. */
import { NeuroMfaError } from '../../protocol/errors';
import { findDestination } from './destination';
import { replaceFile, type TellInPlace } from './replaceFile';
import { writeError } from './writeError';
import { writeDescriptor, writeDevice, writePipe, type Patience } from './writeThrough';

/**
 * Writes all of `content` to what `path` names. A regular file appears whole or not at all wherever it can; links are
 * followed, and stay. What is no regular file is written to as it is: nothing is ever put in its place.
 *
 * @param tell told where a file had to be written in place.
 * @throws NeuroMfaError `unwritable`; `cancelled` by the signal.
 */
export async function writeTo(
  path: string,
  content: string | Uint8Array,
  { tell, ...patience }: Patience & { tell: TellInPlace },
): Promise<void> {
  const destination = await findDestination(path);
  try {
    switch (destination.kind) {
      case 'file':
        await replaceFile(destination.path, destination.stats, content, tell);
        break;
      case 'pipe':
        await writePipe(destination.path, destination.named, content, patience);
        break;
      case 'device':
        await writeDevice(destination, content);
        break;
      case 'descriptor':
        await writeDescriptor(destination, content, patience);
        break;
    }
  } catch (error) {
    if (patience.signal?.aborted) {
      throw new NeuroMfaError('cancelled', path, 'it was cancelled', '', { cause: error });
    }
    throw writeError(error, path);
  }
}
