/** JSON as Python writes it: `NaN`, `Infinity` and `-Infinity` stand for themselves, and real configurations have them. */
import { endOfString } from './strictJson';

const WORDS = ['NaN', 'Infinity'];

/** The value that `text` spells; numbers that are not finite are null: no dimension is. @throws SyntaxError */
export function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(withoutNonFinite(text));
  }
}

/** One pass, by hand: texts without an end are no reason to begin again at every quote. */
function withoutNonFinite(text: string): string {
  const kept: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length;) {
    if (text[at] === '"') {
      at = endOfString(text, at);
      continue;
    }
    const begin = text[at] === '-' ? at + 1 : at;
    const word = WORDS.find((each) => text.startsWith(each, begin));
    if (word === undefined) at++;
    else {
      kept.push(text.slice(from, at), 'null');
      from = at = begin + word.length;
    }
  }
  kept.push(text.slice(from));
  return kept.join('');
}
