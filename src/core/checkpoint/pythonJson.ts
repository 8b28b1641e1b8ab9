/** JSON as Python writes it: with the literals `NaN`, `Infinity` and `-Infinity`, which real configurations contain. */
import { endOfString } from './strictJson';

const WORDS = ['NaN', 'Infinity'];

/** The value of `text`; non-finite numbers become null, because no dimension is one. @throws SyntaxError */
export function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(withoutNonFinite(text));
  }
}

/** One pass, by hand, so that texts without an end do not make it restart at every quote. */
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
