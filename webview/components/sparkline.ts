/** A line the size of a word: a number by checkpoint, with its interval. */
import { svg } from '../dom';
import { largest, smallest } from '../../src/protocol/extremes';

export interface SparkPoint {
  value: number | null;
  range: readonly [number, number] | null;
}

const WIDTH = 96;
const HEIGHT = 28;
/** Prevents lines and the last dot from being cut. */
const MARGIN = 3;

/** Finer than a pixel. */
const tenths = (length: number): number => Math.round(10 * length) / 10;

/** Checkpoints are equidistant; gaps remain gaps. Decoration only: the numbers are beside it. */
export function sparkline(points: readonly SparkPoint[]): SVGElement {
  const drawing = svg('svg', {
    class: 'spark',
    width: WIDTH,
    height: HEIGHT,
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    'aria-hidden': 'true',
  });
  const heights = points.flatMap(({ value, range }) => [
    ...(value === null ? [] : [value]),
    ...(range ?? []),
  ]);
  const [low, high] = [smallest(heights), largest(heights)];
  if (points.length < 2 || !(high > low)) return drawing;
  const x = (index: number): number => tenths(MARGIN + (index / (points.length - 1)) * (WIDTH - 2 * MARGIN));
  const y = (value: number): number =>
    tenths(HEIGHT - MARGIN - ((value - low) / (high - low)) * (HEIGHT - 2 * MARGIN));
  const ranged = points.flatMap(({ range }, index) => (range ? [{ index, range }] : []));
  if (ranged.length > 1) {
    const upper = ranged.map(({ index, range }) => `${x(index)} ${y(range[1])}`);
    const lower = ranged.map(({ index, range }) => `${x(index)} ${y(range[0])}`).reverse();
    drawing.append(svg('path', { class: 'band', d: `M${[...upper, ...lower].join('L')}Z` }));
  }
  let line = '';
  let pen = 'M';
  points.forEach(({ value }, index) => {
    if (value !== null) line += `${pen}${x(index)} ${y(value)}`;
    pen = value === null ? 'M' : 'L';
  });
  drawing.append(svg('path', { d: line }));
  const last = points.findLastIndex(({ value }) => value !== null);
  drawing.append(svg('circle', { cx: x(last), cy: y(points[last]!.value!), r: 2.5 }));
  return drawing;
}
