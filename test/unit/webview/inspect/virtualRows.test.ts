import { describe, expect, it } from 'vitest';
import {
  MAX_HEIGHT,
  scrolledHeight,
  scrollTo,
  windowOf,
  type View,
} from '../../../../webview/inspect/virtualRows';

const view = (scrollTop: number, rows = 1000): View => ({ rows, rowHeight: 20, height: 400, scrollTop });

/** Rows that can be seen, by where they stand on the page. */
function seen(at: View): [first: number, last: number] {
  const { first, end, top } = windowOf(at);
  const visible = Array.from({ length: end - first }, (_, i) => first + i).filter((row) => {
    const y = top + (row - first) * at.rowHeight - at.scrollTop;
    return y + at.rowHeight > 0.01 && y < at.height - 0.01;
  });
  return [visible[0]!, visible.at(-1)!];
}

describe('a window', () => {
  it('holds the rows in view and a few more', () => {
    expect(seen(view(0))).toEqual([0, 19]);
    expect(seen(view(1000))).toEqual([50, 69]);
    expect(windowOf(view(1000))).toEqual({ first: 42, end: 78, top: 840 });
    expect(seen(view(1000 * 20 - 400))).toEqual([980, 999]);
  });

  it('holds all rows of a short table', () => {
    expect(windowOf(view(0, 3))).toEqual({ first: 0, end: 3, top: 0 });
    expect(windowOf(view(0, 0))).toEqual({ first: 0, end: 0, top: 0 });
  });

  it.each([497_000, 1_000_000])('of %d rows reaches the first and the last, and never holds many', (rows) => {
    const long = (scrollTop: number): View => view(scrollTop, rows);
    const height = scrolledHeight(long(0));
    expect(height).toBeLessThanOrEqual(MAX_HEIGHT);
    expect(seen(long(0))[0]).toBe(0);
    expect(seen(long(height - 400))[1]).toBe(rows - 1);
    for (let at = 0; at <= height - 400; at += height / 37) {
      const { first, end } = windowOf(long(at));
      expect(end - first).toBeLessThan(40);
      const [a, b] = seen(long(at));
      expect(b - a).toBeGreaterThanOrEqual(19);
    }
  });
});

describe('scrolling to a row', () => {
  it.each([1000, 497_000, 1_000_000])('shows it, of %d rows', (rows) => {
    let scrollTop = 0;
    for (const row of [0, 1, 25, rows - 1, rows - 30, Math.floor(rows / 2), 0]) {
      scrollTop = scrollTo(row, view(scrollTop, rows));
      const [first, last] = seen(view(scrollTop, rows));
      expect(first).toBeLessThanOrEqual(row);
      expect(last).toBeGreaterThanOrEqual(row);
    }
  });

  it('moves nothing when it is in view already', () => {
    expect(scrollTo(55, view(1000))).toBe(1000);
    expect(scrollTo(2, view(0, 3))).toBe(0);
  });
});
