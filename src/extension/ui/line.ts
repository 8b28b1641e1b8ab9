/** Lines with icons: only ours become icons. */
import { plain } from './plain';

/** The icons that lines may have. */
export type Icon = 'diff-added' | 'file-binary' | 'folder-opened' | 'sync~spin' | 'warning';

/** Any text; or pieces of text with icons between them. */
export type Line = string | readonly (string | { icon: Icon })[];

/** In the editor's form: `$(warning) it is damaged`. */
export function rendered(line: Line): string {
  const pieces = typeof line === 'string' ? [line] : line;
  return pieces.map((piece) => (typeof piece === 'string' ? plain(piece) : `$(${piece.icon})`)).join(' ');
}
