/**
 * Many lines behind a chart's curves, in any number of colors. As datasets, 154 curves of 60 points would cost a long
 * frame at every move; drawn directly from their points they cost a few milliseconds, and none is omitted. Where a
 * chart is redrawn with unchanged axes, as at every move of the pointer, a cached picture is drawn.
 */
import type { Chart, Plugin } from 'chart.js';
import type { FigureDataset, QuietLines } from './figure';

/**
 * Draws the lines `behind` datasets on the chart's own context, so that exported files contain them too. Options would
 * be the usual place, but Chart.js wraps everything in options, every point of every line.
 */
export const quietLinesPlugin: Plugin = {
  id: 'quietLines',
  beforeDatasetsDraw(chart) {
    for (const { behind } of chart.data.datasets as FigureDataset[]) if (behind) draw(chart, behind);
  },
};

/** The lines of a chart as they were drawn last. */
interface Layer {
  lines: QuietLines['lines'];
  /** The position of the axes. */
  place: string;
  /** The number of times they were drawn there. */
  times: number;
  picture: OffscreenCanvas | null;
}

/**
 * A picture is made after this many times: while a chart is zoomed, each picture would be wasted. For paper and files,
 * drawn once, lines are drawn.
 */
const PATIENCE = 3;

const layers = new WeakMap<Chart, Layer>();

function draw(chart: Chart, behind: QuietLines): void {
  const { ctx, chartArea, scales } = chart;
  const { x, y } = scales;
  if (!x || !y) return;
  const { left, top, width, height } = chartArea;
  const place = [left, top, width, height, x.min, x.max, y.min, y.max, chart.currentDevicePixelRatio].join();
  const known = layers.get(chart);
  const again = known?.lines === behind.lines && known.place === place;
  if (!again || !(ctx instanceof CanvasRenderingContext2D)) {
    layers.set(chart, { lines: behind.lines, place, times: 1, picture: null });
    drawLines(ctx, chart, behind);
  } else if (known.times++ < PATIENCE) {
    drawLines(ctx, chart, behind);
  } else {
    known.picture ??= pictureOf(chart, behind);
    const ratio = chart.currentDevicePixelRatio;
    ctx.drawImage(known.picture, 0, 0, known.picture.width / ratio, known.picture.height / ratio);
  }
}

/** As large as the whole chart, pixel by pixel. */
function pictureOf(chart: Chart, behind: QuietLines): OffscreenCanvas {
  const { canvas, currentDevicePixelRatio: ratio } = chart;
  const picture = new OffscreenCanvas(canvas.width, canvas.height);
  const ctx = picture.getContext('2d')!;
  ctx.scale(ratio, ratio);
  drawLines(ctx, chart, behind);
  return picture;
}

function drawLines(
  ctx: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  { chartArea, scales }: Chart,
  { width, lines }: QuietLines,
): void {
  const [x, y] = [scales['x']!, scales['y']!];
  ctx.save();
  ctx.beginPath();
  ctx.rect(chartArea.left, chartArea.top, chartArea.width, chartArea.height);
  ctx.clip();
  ctx.lineWidth = width;
  for (const { color, points } of lines) {
    ctx.strokeStyle = color;
    ctx.beginPath();
    points.forEach((point, index) => {
      const place = [x.getPixelForValue(point.x), y.getPixelForValue(point.y)] as const;
      if (index === 0) ctx.moveTo(...place);
      else ctx.lineTo(...place);
    });
    ctx.stroke();
  }
  ctx.restore();
}

/** Ends of an axis for these values, with free space as a share of their range. */
export function extent(values: readonly number[], margin: number): { min: number; max: number } {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(high >= low)) return { min: 0, max: 1 };
  const space = margin * (high - low || 1);
  return { min: low - space, max: high + space };
}
