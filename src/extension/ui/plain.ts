/**
 * Makes text safe for the editor. Names and messages come from files, and the editor interprets links, which run
 * commands, and icons in them. After {@link plain} it finds none, and no character is hidden.
 */
import { visible } from '../../protocol/visible';

/** How much of a name is shown. */
export const NAME_LENGTH = 200;
/** How much of a whole message is shown: the editor cuts longer ones, and with them the next step. */
export const MESSAGE_LENGTH = 1_000;
/** In any script fewer bytes than the 255 that systems allow. */
const FILE_NAME_LENGTH = 80;
/** More than any stack of ours has; a message may have as many more lines as it likes. */
const MAX_FRAMES = 100;

/**
 * `text` on one line: `[words](command:…)`, `$(icon)` and `scheme://…` get a space, which makes the editor treat them
 * as text; hidden characters are escaped; of a text longer than `limit`, both ends remain. Applying it twice changes
 * nothing.
 */
export function plain(text: string, limit = NAME_LENGTH): string {
  // Escaping lengthens text: neither end needs more than this, however long the text is.
  const ends = text.length <= 2 * limit ? text : text.slice(0, limit) + text.slice(-limit);
  const shown = visible(ends)
    .replace(/([\]$])\(/g, '$1 (')
    .replaceAll('://', ': //');
  return text.length <= limit && shown.length <= limit ? shown : shortened(shown, limit);
}

/** A message with the stack below it, as in the log: every frame of a stack has its own line. */
export function plainTrace(trace: string, limit = MESSAGE_LENGTH): string {
  const [message = '', ...frames] = trace.split(/\n[ \t]{1,8}(?=at )/);
  const shown = frames.slice(0, MAX_FRAMES).map((frame) => `    ${plain(frame, limit)}`);
  return [plain(message, limit), ...shown].join('\n');
}

/** As {@link plain}, for the name of a file: what a name must not contain becomes `_` instead of an escape. */
export function plainFileName(name: string): string {
  const ownName = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  // Only escapes still contain backslashes.
  const allowed = visible(ownName).replace(/\\(u[\da-f]{4}|.)/g, '_');
  return allowed.length <= FILE_NAME_LENGTH ? allowed : shortened(allowed, FILE_NAME_LENGTH);
}

/** Both ends, without splitting a surrogate pair. */
function shortened(text: string, limit: number): string {
  const end = Math.floor((limit - 1) / 2);
  const first = text.slice(0, limit - 1 - end).replace(/[\ud800-\udbff]$/, '');
  const last = text.slice(-end).replace(/^[\udc00-\udfff]/, '');
  return `${first}…${last}`;
}
