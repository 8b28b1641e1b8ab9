/**
 * Which rows of a long table are visible. Browsers draw elements of more than about ten million pixels wrongly, so a
 * longer table scrolls faster than its rows move: its two ends are those of the scroll bar.
 */

/** Number of rows above and below the view that exist before it moves there. */
const SPARE = 8;
/** Half of what browsers draw, so that it also holds on screens with two pixels per CSS pixel. */
export const MAX_HEIGHT = 8_000_000;

export interface View {
  /** Number of rows. */
  rows: number;
  rowHeight: number;
  /** Height of the visible part. */
  height: number;
  scrollTop: number;
}

export interface Window {
  /** First existing row, and the one after the last. */
  first: number;
  end: number;
  /** Position of the first row, from the top of the scrolled content. */
  top: number;
}

/** Height of the scrolled content. */
export function scrolledHeight({ rows, rowHeight }: Pick<View, 'rows' | 'rowHeight'>): number {
  return Math.min(MAX_HEIGHT, rows * rowHeight);
}

/** Distance of the first visible row from the first row, in pixels. */
function offsetOf(view: View): number {
  const range = scrolledHeight(view) - view.height;
  const whole = view.rows * view.rowHeight - view.height;
  return range <= 0 ? 0 : Math.min(1, Math.max(0, view.scrollTop / range)) * whole;
}

export function windowOf(view: View): Window {
  const { rows, rowHeight, height, scrollTop } = view;
  const offset = offsetOf(view);
  const first = Math.max(0, Math.floor(offset / rowHeight) - SPARE);
  const end = Math.min(rows, Math.ceil((offset + height) / rowHeight) + SPARE);
  return { first, end, top: scrollTop - (offset - first * rowHeight) };
}

/** The scroll position at which `row` is completely visible: unchanged if it already is. */
export function scrollTo(row: number, view: View): number {
  const offset = offsetOf(view);
  const top = row * view.rowHeight;
  const wanted = top < offset ? top : Math.max(offset, top + view.rowHeight - view.height);
  if (wanted === offset) return view.scrollTop;
  const whole = view.rows * view.rowHeight - view.height;
  return whole <= 0 ? 0 : (wanted / whole) * (scrolledHeight(view) - view.height);
}
