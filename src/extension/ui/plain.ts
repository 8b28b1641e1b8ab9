/**
 * Text as the editor may show it. Names and messages come from files, and the editor reads more in them than text: links,
 * which run commands, and icons. After {@link plain} it finds none, and no character is hidden.
 */
import { visible } from '../../protocol/visible';

/** As much of one name as is shown. */
export const NAME_LENGTH = 200;
/** As much of a whole message: the editor cuts longer ones off, and with them the next step. */
export const MESSAGE_LENGTH = 1_000;
/** In any script less than the 255 bytes that systems allow. */
const FILE_NAME_LENGTH = 80;
/** More than any stack of ours has: a message may hold as many more as it likes. */
const MOST_FRAMES = 100;

/**
 * `text` on one line: `[words](command:…)`, `$(icon)` and `scheme://…` with a space in them, which is where the editor stops
 * reading them as such; hidden characters as escapes; of what is longer than `limit`, both ends. Twice is as once.
 */
export function plain(text: string, limit = NAME_LENGTH): string {
  // What is shown grows: neither end needs more than so much, however long the text is.
  const ends = text.length <= 2 * limit ? text : text.slice(0, limit) + text.slice(-limit);
  const shown = visible(ends)
    .replace(/([\]$])\(/g, '$1 (')
    .replaceAll('://', ': //');
  return text.length <= limit && shown.length <= limit ? shown : shortened(shown, limit);
}

/** A message with the stack below it, as in the log: of a stack, every frame has its line. */
export function plainTrace(trace: string, limit = MESSAGE_LENGTH): string {
  const [message = '', ...frames] = trace.split(/\n[ \t]{1,8}(?=at )/);
  const shown = frames.slice(0, MOST_FRAMES).map((frame) => `    ${plain(frame, limit)}`);
  return [plain(message, limit), ...shown].join('\n');
}

/** As {@link plain}, for the name of a file: what must not be in one is no escape but `_`. */
export function plainFileName(name: string): string {
  const ownName = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  // No other backslash is left than those of escapes.
  const allowed = visible(ownName).replace(/\\(u[\da-f]{4}|.)/g, '_');
  return allowed.length <= FILE_NAME_LENGTH ? allowed : shortened(allowed, FILE_NAME_LENGTH);
}

/** Ends that are cut in no pair of surrogates. */
function shortened(text: string, limit: number): string {
  const end = Math.floor((limit - 1) / 2);
  const first = text.slice(0, limit - 1 - end).replace(/[\ud800-\udbff]$/, '');
  const last = text.slice(-end).replace(/^[\udc00-\udfff]/, '');
  return `${first}…${last}`;
}
