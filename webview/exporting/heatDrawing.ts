/** A heat map as a drawing for files: cells with their numbers, headings on both sides, the scale below. */
import { inkOn } from '../figures/heat';
import type { HeatMapInput } from '../components/heatMap';
import { largest } from '../../src/protocol/extremes';
import type { Theme } from '../theme';
import type { Drawing } from './image';

const ROW = 22;
const LINE = 14;
const BAR = { width: 480, height: 8, steps: 32 };
/** Approximate width of a character of the small font. */
const CHARACTER = 6.6;
const MIN_CELL = 64;

/** Role names break where they do on the page. */
const pieces = (text: string): string[] => text.split(/(?<=[._])/);

/** @param ends the two ends of the scale, from the smallest value to the largest, in words. */
export function heatDrawing(
  { title, corner, columns, rows, scale }: HeatMapInput,
  caption: string,
  ends: readonly string[],
  theme: Theme,
): Drawing {
  const texts = rows.flatMap(({ cells }) =>
    cells.flatMap((cell) => (cell && 'text' in cell ? cell.text : [])),
  );
  const longest = (all: readonly string[]): number => largest([0, ...all.map((text) => text.length)]);
  const side = 16 + CHARACTER * longest([corner, ...rows.map(({ heading }) => heading)]);
  const cell = Math.max(MIN_CELL, 12 + CHARACTER * longest([...columns.flatMap(pieces), ...texts]));
  const head = LINE * largest([1, ...columns.map((column) => pieces(column).length)]) + 6;
  const foot = head + rows.length * ROW + 16;
  return {
    id: 'layers',
    title,
    caption,
    width: side + columns.length * cell,
    height: foot + BAR.height + LINE + 8,
    draw: (context) => {
      const write = (text: string, x: number, y: number, color: string, align: CanvasTextAlign): void => {
        context.fillStyle = color;
        context.textAlign = align;
        context.fillText(text, x, y);
      };
      context.font = `11px ${theme.fontFamily}`;
      context.textBaseline = 'middle';
      write(corner, side - 8, head - 12, theme.muted, 'right');
      for (const [column, name] of columns.entries()) {
        const lines = pieces(name);
        for (const [line, text] of lines.entries())
          write(
            text,
            side + (column + 1) * cell - 6,
            head - 12 - LINE * (lines.length - 1 - line),
            theme.muted,
            'right',
          );
      }
      for (const [row, { heading, cells }] of rows.entries()) {
        const top = head + row * ROW;
        write(heading, side - 8, top + ROW / 2, theme.muted, 'right');
        for (const [column, each] of cells.entries()) {
          if (each === null) continue;
          const left = side + column * cell;
          const color = each.value === null || each.plain ? null : scale.color(each.value);
          if (color !== null) {
            context.fillStyle = color;
            context.fillRect(left + 1, top + 1, cell - 2, ROW - 2);
          }
          const ink = color === null ? theme.foreground : inkOn(color);
          write(each.value === null ? '–' : each.text, left + cell - 6, top + ROW / 2, ink, 'right');
        }
      }
      const piece = BAR.width / BAR.steps;
      for (let step = 0; step < BAR.steps; step++) {
        context.fillStyle = scale.color(scale.min + ((scale.max - scale.min) * step) / (BAR.steps - 1));
        context.fillRect(step * piece, foot, piece + 0.5, BAR.height);
      }
      const last = ends.length - 1;
      for (const [index, end] of ends.entries()) {
        const align = index === 0 ? 'left' : index === last ? 'right' : 'center';
        write(end, (BAR.width * index) / last, foot + BAR.height + LINE - 2, theme.muted, align);
      }
    },
  };
}
