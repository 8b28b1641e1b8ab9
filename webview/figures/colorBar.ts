/** A small labeled color bar above the plot: the legend of a color ramp, whatever the number of steps. */
import type { Chart, ChartType, Plugin } from 'chart.js';
import { decimal } from '../../src/protocol/format';
import { t } from '../l10n';
import type { Theme } from '../theme';
import { wantsColorBar, type Styled } from './styles';

export interface ColorBar {
  title: string;
  colors: string[];
  /** One per color; drawn where there is space. */
  labels: string[];
  text: string;
  font: string;
  /** Index of the color that a pointer marks. */
  selected?: number;
}

declare module 'chart.js' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- must match Chart.js' declaration
  interface PluginOptionsByType<TType extends ChartType> {
    colorBar?: ColorBar | false;
  }
}

const HEIGHT = 8;
/** Height that the bar needs above the plot. */
export const COLOR_BAR_ROW = 38;
const MAX_WIDTH = 360;

/** The bar for these series; undefined where they need none. */
export function colorBar(styled: Styled, theme: Theme): ColorBar | undefined {
  if (!wantsColorBar(styled)) return undefined;
  return stepBar(
    styled.series.map(({ style, item }) => ({
      color: style.color,
      label: decimal(item.result.checkpoint.step, 0),
    })),
    t('training step'),
    theme,
  );
}

/** The bar for checkpoints in the order of training, with a pointer at the selected one. */
export function stepBar(
  steps: readonly { color: string; label: string }[],
  title: string,
  theme: Theme,
  selected?: number,
): ColorBar {
  return {
    title,
    colors: steps.map(({ color }) => color),
    labels: steps.map(({ label }) => label),
    text: theme.foreground,
    font: `${theme.fontSize}px ${theme.fontFamily}`,
    ...(selected !== undefined && { selected }),
  };
}

/** Draws on the chart's own context, so that it also appears in exported files. */
export const colorBarPlugin: Plugin<ChartType, ColorBar> = {
  id: 'colorBar',
  afterDraw(chart, _args, bar) {
    draw(chart, bar);
  },
};

function draw({ ctx, chartArea, width }: Chart, bar: ColorBar): void {
  ctx.save();
  ctx.font = bar.font;
  ctx.fillStyle = bar.text;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  const top = chartArea.top - COLOR_BAR_ROW + 8;
  ctx.fillText(bar.title, chartArea.left, top + HEIGHT / 2);
  const left = chartArea.left + ctx.measureText(bar.title).width + 12;
  const cell = Math.min(MAX_WIDTH, chartArea.right - left) / bar.colors.length;
  bar.colors.forEach((color, index) => {
    ctx.fillStyle = color;
    ctx.fillRect(left + index * cell, top, Math.max(1, cell - (cell > 6 ? 1 : 0)), HEIGHT);
  });
  ctx.fillStyle = bar.text;
  if (bar.selected !== undefined) {
    const tip = left + (bar.selected + 0.5) * cell;
    ctx.beginPath();
    ctx.moveTo(tip, top);
    ctx.lineTo(tip - 4, top - 6);
    ctx.lineTo(tip + 4, top - 6);
    ctx.closePath();
    ctx.fill();
  }
  ctx.textAlign = 'center';
  ctx.textBaseline = 'top';
  const last = bar.labels.length - 1;
  const half = (index: number): number => ctx.measureText(bar.labels[index]!).width / 2 + 4;
  const middle = (index: number): number => left + (index + 0.5) * cell;
  /** Below the middle of its color, as far as the picture allows. */
  const center = (index: number, reach: number): number => Math.min(middle(index), width - reach);
  // The last label is always drawn; others are omitted where they would overlap it or their neighbors.
  const end = half(last);
  const stop = center(last, end) - end;
  let free = -Infinity;
  bar.labels.forEach((label, index) => {
    // Measuring costs more than drawing: most of many labels are excluded without measuring.
    if (middle(index) < free || (index < last && middle(index) > stop)) return;
    const reach = half(index);
    const place = center(index, reach);
    if (index < last && (place - reach < free || place + reach >= stop)) return;
    ctx.fillText(label, place, top + HEIGHT + 4);
    free = place + reach;
  });
  ctx.restore();
}
