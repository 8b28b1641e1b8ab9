/**
 * Many lines behind a chart's curves, in any number of colours. As datasets, 154 curves of 60 points would cost a long
 * frame at every move; drawn straight from their points they cost next to nothing, and none is left out.
 */
import type { Chart, Plugin } from 'chart.js';
import type { FigureDataset, QuietLines } from './figure';

/**
 * Draws what datasets have `behind` them, on the chart's own context, so that exported files have it, too. Options
 * would be the usual place, but Chart.js wraps whatever lies in options, every point of every line.
 */
export const quietLinesPlugin: Plugin = {
  id: 'quietLines',
  beforeDatasetsDraw(chart) {
    for (const { behind } of chart.data.datasets as FigureDataset[]) if (behind) draw(chart, behind);
  },
};

function draw({ ctx, chartArea, scales }: Chart, { width, lines }: QuietLines): void {
  const { x, y } = scales;
  if (!x || !y) return;
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

/** Ends of an axis that holds these values, with free space as a share of their range. */
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
