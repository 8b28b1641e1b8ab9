/** The only way to write to destinations that users name. */
import { NeuroMfaError } from '../../protocol/errors';
import { findDestination } from './destination';
import { replaceFile, type TellInPlace } from './replaceFile';
import { writeError } from './writeError';
import { writeDescriptor, writeDevice, writePipe, type Patience } from './writeThrough';

/**
 * Writes `content` to the destination `path`. A regular file appears complete or not at all wherever possible; links are
 * followed and stay. Anything else is written to and never replaced.
 *
 * @param tell called with the reason where a file had to be written in place.
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
      throw new NeuroMfaError('cancelled', path, 'it was canceled', '', { cause: error });
    }
    throw writeError(error, path);
  }
}
