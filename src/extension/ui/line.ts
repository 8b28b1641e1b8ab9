/** Lines with icons: only ours become icons. */
import { plain } from './plain';

/** The icons that lines may have. */
export type Icon = 'diff-added' | 'file-binary' | 'folder-opened' | 'sync~spin' | 'warning';

/** Any text; or pieces of text with icons between them. */
export type Line = string | readonly (string | { icon: Icon })[];

const piecesOf = (line: Line): Exclude<Line, string> => (typeof line === 'string' ? [line] : line);

/** In the editor's form: `$(warning) it is damaged`. */
export const rendered = (line: Line): string =>
  piecesOf(line)
    .map((piece) => (typeof piece === 'string' ? plain(piece) : `$(${piece.icon})`))
    .join(' ');

/** For screen readers, without icons. */
export const spoken = (line: Line): string =>
  piecesOf(line)
    .flatMap((piece) => (typeof piece === 'string' ? plain(piece) : []))
    .join(' ');
