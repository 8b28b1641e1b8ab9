/** Values and texts that programs like to stumble over. */
import type { Random } from './random';

/** Text of a JSON value that stands for itself: numbers that JavaScript cannot hold, words that are no JSON. */
export class Raw {
  constructor(readonly text: string) {}
}

const NUMBERS = [
  ...[0, -0, 1, -1, 2, 3, 0.5, -0.5, 1.5, 7, 8, 64, 65, 1e-7, 5e-324, 1e21, 1.7976931348623157e308],
  ...[2 ** 15, 2 ** 16, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 63, 50_000, 1e8, 4e9, 1e10],
];
const RAW = [
  '1e400',
  '-1e400',
  '1e-400',
  'NaN',
  'Infinity',
  '-Infinity',
  '1.0',
  '1E2',
  '-0',
  '01',
  '0x10',
  '',
].map((text) => new Raw(text));
/** Among others: ends of texts and comments, codes of terminals, marks of direction, a lone surrogate, markup and links. */
const WORDS = [
  ...['', ' ', 'a', '0', '-1', 'null', 'true', 'NaN', '__proto__', 'constructor', 'toString', '__metadata__'],
  ...['..', '../x', '/etc/passwd', 'C:\\x', 'a/b', 'x.safetensors', '.', '\0', '\n', '\t', '"', '\\', '\\"'],
  ...[
    '\u001b[2J\u001b]0;x\u0007',
    '\u009b2J',
    '\u202e\u2066',
    '\u2028',
    '\ud800',
    '😀',
    'ü',
    '\ufeff',
    '\u200b',
  ],
  ...['</script><!--', '[x](command:y)', '$(sync)', '=1+1', '%s%d', '${x}', '(a+)+$', '*'.repeat(40), 'ﬀ'],
];

/** A number, mostly one at some edge. */
export function oddNumber(random: Random): number {
  return random.chance(0.2) ? random.u32() : random.pick(NUMBERS);
}

/** A text, mostly short. */
export function oddText(random: Random): string {
  if (random.chance(0.06))
    return random.pick(['x', '\u202e', '"', '\\', '[', '😀']).repeat(random.between(1, 9000));
  if (random.chance(0.2)) return random.pick(WORDS) + random.pick(WORDS);
  return random.pick(WORDS);
}

/** Any value of JSON, some that is none. */
export function oddValue(random: Random): unknown {
  switch (random.below(9)) {
    case 0:
      return random.pick([null, true, false]);
    case 1:
    case 2:
      return oddNumber(random);
    case 3:
      return random.pick(RAW);
    case 4:
    case 5:
      return oddText(random);
    case 6:
      return nested(random.pick([1, 2, 3, 20, 300]), random.chance(0.5));
    case 7:
      return random.list(0, 5, () => oddNumber(random));
    default:
      return { [oddText(random)]: random.chance(0.5) ? oddNumber(random) : oddText(random) };
  }
}

function nested(depth: number, lists: boolean): unknown {
  let value: unknown = lists ? [] : {};
  for (let i = 0; i < depth; i++) value = lists ? [value] : { a: value };
  return value;
}
