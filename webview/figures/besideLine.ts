/** A label beside a vertical line, where it covers neither the line nor what is drawn on it. */
import type { Chart } from 'chart.js';
import type { Theme } from '../theme';

const GAP = 4;
export const LABEL_PADDING = 4;

/**
 * The shift of the label from where the annotation plugin puts it (across the line) into the plot.
 * @param x the position of the line on its axis.
 */
export function besideLine(words: string, x: number, { fontFamily, fontSize }: Theme) {
  return ({ chart }: { chart: Chart }): number => {
    const { ctx, chartArea, scales } = chart;
    ctx.save();
    ctx.font = `${fontSize}px ${fontFamily}`;
    const half = ctx.measureText(words).width / 2 + LABEL_PADDING;
    ctx.restore();
    const line = scales['x']!.getPixelForValue(x);
    const [least, most] = [chartArea.left + LABEL_PADDING + half, chartArea.right - LABEL_PADDING - half];
    const across = Math.min(Math.max(line, least), most);
    const right = line + GAP + half;
    return (right <= most ? right : line - GAP - half) - across;
  };
}
