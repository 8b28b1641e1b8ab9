/**
 * Which rows of a long table are in view. Browsers draw elements of some ten million pixels wrongly, so a longer table
 * scrolls faster than its rows move: its two ends are those of the scroll bar.
 */

/** Rows above and below the view that are there already when it moves. */
const SPARE = 8;
/** Half of what browsers draw, so that it holds on screens with two pixels for one. */
export const MAX_HEIGHT = 8_000_000;

export interface View {
  /** Number of rows. */
  rows: number;
  rowHeight: number;
  /** Height of what is seen. */
  height: number;
  scrollTop: number;
}

export interface Window {
  /** First row that is there, and the one behind the last. */
  first: number;
  end: number;
  /** Where the first row stands, from the top of what scrolls. */
  top: number;
}

/** Height of what scrolls. */
export function scrolledHeight({ rows, rowHeight }: Pick<View, 'rows' | 'rowHeight'>): number {
  return Math.min(MAX_HEIGHT, rows * rowHeight);
}

/** How far the first row in view is from the first row of all, in pixels. */
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

/** Where to scroll so that `row` is wholly in view: nowhere if it is. */
export function scrollTo(row: number, view: View): number {
  const offset = offsetOf(view);
  const top = row * view.rowHeight;
  const wanted = top < offset ? top : Math.max(offset, top + view.rowHeight - view.height);
  if (wanted === offset) return view.scrollTop;
  const whole = view.rows * view.rowHeight - view.height;
  return whole <= 0 ? 0 : (wanted / whole) * (scrolledHeight(view) - view.height);
}
