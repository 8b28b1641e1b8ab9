/** Lines with icons: ours are the only ones. */
import { plain } from './plain';

/** The icons that lines may have. */
export type Icon = 'diff-added' | 'file-binary' | 'folder-opened' | 'sync~spin' | 'warning';

/** Text from anywhere; or pieces of it with icons between them. */
export type Line = string | readonly (string | { icon: Icon })[];

/** As the editor takes it: `$(warning) it is damaged`. */
export function rendered(line: Line): string {
  const pieces = typeof line === 'string' ? [line] : line;
  return pieces.map((piece) => (typeof piece === 'string' ? plain(piece) : `$(${piece.icon})`)).join(' ');
}
