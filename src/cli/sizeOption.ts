/** Sizes on the command line. */
import { InvalidArgumentError } from 'commander';

const SIZE = /^(\d+(?:\.\d*)?|\.\d+) ?(?:([KMGT])i?B)?$/i;
const POWER: Record<string, number> = { K: 10, M: 20, G: 30, T: 40 };

/** The bytes of `512MB`, `1.5GB`, or of a plain number of MB; units are powers of 1024, as in the other options. */
export function parseSize(word: string): number {
  const [, number, unit = 'M'] = SIZE.exec(word) ?? [];
  const bytes = Math.floor(Number(number) * 2 ** POWER[unit.toUpperCase()]!);
  if (!(bytes >= 1 && bytes <= Number.MAX_SAFE_INTEGER))
    throw new InvalidArgumentError('Give a size such as 512MB or 2GB.');
  return bytes;
}
