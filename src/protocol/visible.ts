/**
 * Makes text from files, names and settings safe to show: characters without a shape (control characters, direction
 * marks, characters of no width) are escaped, so that nothing on the screen can be moved, hidden or reordered.
 */

/** Unicode's controls, formats (marks of direction among them), ignorables, line separators and lone surrogates. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Unicode's marks of direction: they reorder the rest of their line. */
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** In JSON's notation. */
const SHORT: ReadonlyMap<string, string> = new Map([
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\f', '\\f'],
  ['\r', '\\r'],
]);

/** Names are shown up to this many characters. */
const MAX_SHOWN = 200;

/** One line in which every character can be seen: a hidden one is escaped as JSON would, such as `\u202e`. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (hidden) => SHORT.get(hidden) ?? escaped(hidden));
}

/** A text that leaves what follows it in its order: marks of direction are escaped as in {@link visible}. */
export const directionless = (text: string): string => text.replace(DIRECTION, escaped);

/**
 * A name as part of a sentence: in quotes, escaped as in JSON, of bounded length. `"blocks.0…weight" (1234 characters
 * left out)` is one of more than `limit` characters.
 */
export function quoted(name: string, limit = MAX_SHOWN): string {
  const { text, leftOut } = cut(name, limit);
  return `${visible(JSON.stringify(text))}${tally(leftOut)}`;
}

/** {@link visible} with bounded length as in {@link quoted}, without quotes. */
export function shortened(text: string, limit = MAX_SHOWN): string {
  const { text: kept, leftOut } = cut(text, limit);
  return `${visible(kept)}${tally(leftOut)}`;
}

/**
 * JSON with the same value in which every character is visible: for terminals, and for files that are printed there.
 * @param indent spaces per level; 0 for one line.
 */
export function visibleJson(value: unknown, indent = 0): string {
  // Line feeds of the indentation are not part of texts: there JSON has escaped them.
  return JSON.stringify(value, null, indent).replace(HIDDEN, (hidden) =>
    hidden === '\n' ? hidden : escaped(hidden),
  );
}

/** Every UTF-16 unit as `\u` and four digits. */
function escaped(character: string): string {
  let text = '';
  for (let i = 0; i < character.length; i++) {
    text += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }
  return text;
}

/** The beginning and the end: both distinguish names. */
function cut(text: string, limit: number): { text: string; leftOut: number } {
  if (text.length <= limit) return { text, leftOut: 0 };
  let head = Math.ceil(limit / 2);
  let tail = text.length - Math.floor(limit / 2);
  if (tears(text, head)) head--;
  if (tears(text, tail)) tail++;
  return { text: `${text.slice(0, head)}…${text.slice(tail)}`, leftOut: tail - head };
}

/** Whether position `at` is inside a surrogate pair. */
function tears(text: string, at: number): boolean {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(Math.max(0, at - 1), at + 1));
}

function tally(leftOut: number): string {
  return leftOut === 0 ? '' : ` (${leftOut} characters left out)`;
}
