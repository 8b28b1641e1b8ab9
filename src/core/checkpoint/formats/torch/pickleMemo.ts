/** Finds the values of a pickle that are used again, by walking over its instructions without executing them. */
import { LINE_FEED, bufferOf } from './pickleInput';
import { PickleEnd } from './pickleValues';

/** The instruction that ends a pickle. */
export const STOP = 0x2e;

/** The argument of an instruction: a number of bytes, lines, or data with a length before it. */
type Behind = number | 'line' | 'lines' | 'by1' | 'by4' | 'by8';
const BEHIND: (Behind | undefined)[] = [];
const put = (codes: string, behind: Behind): void => {
  for (const code of codes.split(' ')) BEHIND[parseInt(code, 16)] = behind;
};
put(
  '2e 28 30 31 32 94 4e 88 89 29 74 85 86 87 5d 6c 61 65 7d 64 73 75 8f 90 91 93 6f 81 92 52 51 62 97 98',
  0,
);
put('80 71 4b 68 82', 1);
put('4d 83', 2);
put('72 4a 6a 84', 4);
put('47 95', 8);
put('70 67 49 4c 46 53 56 50', 'line');
put('63 69', 'lines');
put('8a 43 55 8c', 'by1');
put('8b 42 54 58', 'by4');
put('8d 8e 96', 'by8');

/**
 * The memo entries that are read later. Pickles memoize nearly everything and read little: skipping the others halves
 * time and memory.
 * @throws PickleEnd where the pickle continues beyond these bytes.
 */
export function lookedUp(bytes: Uint8Array, from: number): Set<number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = bufferOf(bytes);
  const used = new Set<number>();
  const lineEnd = (at: number): number => {
    const end = bytes.indexOf(LINE_FEED, at);
    return end < 0 ? bytes.length : end + 1;
  };
  for (let at = from; at < bytes.length;) {
    const code = bytes[at++]!;
    const behind = BEHIND[code];
    // The machine reports bytes that are no instruction.
    if (code === STOP || behind === undefined) return used;
    if (code === 0x68) used.add(bytes[at]!);
    else if (code === 0x6a && at + 4 <= bytes.length) used.add(view.getUint32(at, true));
    else if (code === 0x67) used.add(parseInt(text.toString('latin1', at, lineEnd(at)), 10));
    if (typeof behind === 'number') at += behind;
    else if (behind === 'line') at = lineEnd(at);
    else if (behind === 'lines') at = lineEnd(lineEnd(at));
    else if (behind === 'by1') at += 1 + (bytes[at] ?? 0);
    else if (behind === 'by4') at += at + 4 <= bytes.length ? 4 + view.getUint32(at, true) : 4;
    else at += at + 8 <= bytes.length ? 8 + Number(view.getBigUint64(at, true)) : 8;
  }
  throw new PickleEnd('ends too early');
}
