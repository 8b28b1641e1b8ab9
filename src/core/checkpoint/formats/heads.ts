/** By which first bytes the formats are recognized that are not text. */
import { sliceOf, type ByteSource } from '../../storage/storage';

const NPY_MAGIC = Buffer.from('\x93NUMPY', 'latin1');
/** Ending of the names of arrays in an archive of NumPy. */
export const NPY_ENDING = '.npy';
const HDF5_SIGNATURE = '\x89HDF\r\n\x1a\n';
const LEGACY_MAGIC = '\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19';
/** A user block (other programs' bytes) may end at powers of two from this one on. */
const MIN_USER_BLOCK = 512;
/** User blocks hold notes or a program. A file that is HDF5 only by name is searched with about 20 short reads. */
const MAX_USER_BLOCK = 2 ** 30;

/** @returns whether a file that begins with `head` may be a zip archive. */
export function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4;
}

/** Whether it is a file of PyTorch before 1.6: the magic number is in its first pickle. */
export function isLegacy(head: Uint8Array): boolean {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(32, head.byteLength)).toString('latin1');
  return text.startsWith('\x80') && text.includes(LEGACY_MAGIC);
}

/** Whether a file that begins with `head` is an array of NumPy. */
export const isNpy = (head: Uint8Array): boolean => NPY_MAGIC.equals(head.subarray(0, NPY_MAGIC.length));

/** Whether it is an archive whose first member is such an array. */
export const isNpz = (head: Uint8Array): boolean => {
  if (Buffer.from(head.subarray(0, 4)).toString('latin1') !== 'PK\x03\x04') return false;
  const length = head[26]! + 256 * head[27]!;
  return Buffer.from(head.subarray(30, 30 + length))
    .toString('latin1')
    .endsWith(NPY_ENDING);
};

/** Where HDF5 begins in a file; null where it is not in the file. */
export function hdf5Start(source: Pick<ByteSource, 'read' | 'size'>): number | null {
  for (let start = 0; start <= MAX_USER_BLOCK; start = Math.max(MIN_USER_BLOCK, 2 * start)) {
    if (start + HDF5_SIGNATURE.length > source.size) return null;
    if (isSignature(sliceOf(source, start, HDF5_SIGNATURE.length))) return start;
  }
  return null;
}

/** Whether a file that begins with `head` is HDF5, as far as these bytes say. */
export function isHdf5(head: Uint8Array): boolean {
  for (let start = 0; start < head.length; start = Math.max(MIN_USER_BLOCK, 2 * start))
    if (isSignature(head.subarray(start, start + HDF5_SIGNATURE.length))) return true;
  return false;
}

function isSignature(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1') === HDF5_SIGNATURE;
}
