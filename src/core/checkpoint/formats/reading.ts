/** What readers of formats share: opening and closing files, and reporting their faults. */
import { MAX_DIMENSIONS } from './caps';
import { basename } from '../../storage/paths';
import { NeuroMfaError } from '../../../protocol/errors';
import { anyFiles } from '../../storage/anywhere';
import { sliceOf, type ByteSource } from '../../storage/storage';
import { foreignFile, HEAD_BYTES } from './foreign';

/** Something in a file that its format does not allow. The message says what, without naming the file. */
export class FormatFault extends Error {}

/**
 * Opens a file for a reader; the source stays open on success.
 * @param sniffs whether these first bytes are those of the format; a file known to be something else is refused as
 *   that.
 * @throws NeuroMfaError
 */
export function readFormat<T>(
  path: string,
  sniffs: (head: Uint8Array) => boolean,
  read: (source: ByteSource, head: Uint8Array) => T,
): T {
  const source = anyFiles.open(path);
  try {
    const head = sliceOf(source, 0, Math.min(source.size, HEAD_BYTES));
    const foreign = sniffs(head) ? null : foreignFile(path, head);
    if (foreign) throw foreign;
    return read(source, head);
  } catch (error) {
    source.close();
    throw error instanceof FormatFault ? damaged(path, error.message) : error;
  }
}

export function damaged(path: string, cause: string): NeuroMfaError {
  return new NeuroMfaError(
    'damaged',
    path,
    `the file is damaged: ${cause}`,
    `Save or download ${basename(path)} again`,
  );
}

/**
 * The number of elements of a shape. @throws FormatFault where a dimension is not a size, or the product is too large
 * for a number.
 */
export function countElements(name: string, shape: readonly number[]): number {
  if (shape.length > MAX_DIMENSIONS)
    throw new FormatFault(`tensor ${JSON.stringify(name)} has ${shape.length} dimensions`);
  const elements = shape.reduce((product, size) => product * size, 1);
  if (shape.every((size) => Number.isSafeInteger(size) && size >= 0) && Number.isSafeInteger(elements))
    return elements;
  throw new FormatFault(`tensor ${JSON.stringify(name)} has the shape [${shape.join(', ')}]`);
}
