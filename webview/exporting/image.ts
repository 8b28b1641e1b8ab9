/** Figures as one picture: side by side, each with its title, and below them what they show and their provenance. */
import { largest } from '../../src/protocol/extremes';
import { svg } from '../dom';
import type { Figure } from '../figures/figure';
import type { Theme } from '../theme';
import { drawAsSvg, drawOnCanvas, recorded } from './offscreen';
import { withText } from './png';

/** A figure that draws itself, not with Chart.js. */
export interface Drawing extends Pick<Figure, 'id' | 'title' | 'caption'> {
  width: number;
  height: number;
  draw: (context: CanvasRenderingContext2D) => void;
}

export interface Picture {
  figures: readonly (Figure | Drawing)[];
  /** The theme of the figures; also for background and text. */
  theme: Theme;
  /** Size of each figure, in CSS pixels. */
  width: number;
  height: number;
  /** Lines below the figures. */
  caption: readonly string[];
}

const MARGIN = 16;
const HEAD = 28;
const LINE = 16;

interface Text {
  x: number;
  y: number;
  text: string;
  size: number;
  bold: boolean;
  color: string;
}
interface Layout {
  width: number;
  height: number;
  places: { figure: Figure | Drawing; x: number; y: number }[];
  texts: Text[];
}

const font = ({ size, bold }: Pick<Text, 'size' | 'bold'>, theme: Theme): string =>
  `${bold ? 'bold ' : ''}${size}px ${theme.fontFamily}`;

/** Breaks `text` into lines no wider than `width`. */
function wrap(text: string, width: number, measure: (text: string) => number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line ? `${line} ${word}` : word;
    if (line && measure(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** One height for all figures side by side. */
const heightOf = ({ figures, height }: Picture): number =>
  largest([height, ...figures.map((figure) => figure.height ?? 0)]);

function layOut(picture: Picture): Layout {
  const { figures, theme, width, caption } = picture;
  const height = heightOf(picture);
  const total = 2 * MARGIN + figures.length * width + (figures.length - 1) * MARGIN;
  const context = document.createElement('canvas').getContext('2d')!;
  context.font = font({ size: 11, bold: false }, theme);
  const lines = [...figures.map((figure) => figure.caption), ...caption].flatMap((text) =>
    wrap(text, total - 2 * MARGIN, (part) => context.measureText(part).width),
  );
  const places = figures.map((figure, index) => ({
    figure,
    x: MARGIN + index * (width + MARGIN),
    y: MARGIN + HEAD,
  }));
  const below = MARGIN + HEAD + height + MARGIN;
  return {
    width: total,
    height: below + lines.length * LINE + MARGIN,
    places,
    texts: [
      ...places.map(({ figure, x }) => ({
        x,
        y: MARGIN + 16,
        text: figure.title,
        size: 15,
        bold: true,
        color: theme.foreground,
      })),
      ...lines.map((text, index) => ({
        x: MARGIN,
        y: below + 12 + index * LINE,
        text,
        size: 11,
        bold: false,
        color: theme.muted,
      })),
    ],
  };
}

/** A PNG with `scale` pixels per CSS pixel, whatever the screen has. */
export async function toPng(picture: Picture, scale = 2): Promise<Uint8Array<ArrayBuffer>> {
  const layout = layOut(picture);
  const canvas = document.createElement('canvas');
  canvas.width = layout.width * scale;
  canvas.height = layout.height * scale;
  const context = canvas.getContext('2d')!;
  context.scale(scale, scale);
  context.fillStyle = picture.theme.background;
  context.fillRect(0, 0, layout.width, layout.height);
  for (const { figure, x, y } of layout.places) {
    const size = { width: picture.width, height: heightOf(picture) };
    if ('draw' in figure) {
      context.save();
      context.translate(x, y);
      figure.draw(context);
      context.restore();
      continue;
    }
    drawOnCanvas(figure, { ...size, scale }, (drawn) => {
      context.drawImage(drawn, x, y, size.width, size.height);
    });
  }
  for (const text of layout.texts) {
    context.font = font(text, picture.theme);
    context.fillStyle = text.color;
    context.fillText(text.text, text.x, text.y);
  }
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, 'image/png');
  });
  if (!blob) throw new Error(`a picture of ${canvas.width} × ${canvas.height} pixels could not be encoded`);
  return withText(new Uint8Array(await blob.arrayBuffer()), {
    Title: picture.figures.map((figure) => figure.title).join('; '),
    Description: picture.caption.join('\n'),
    Software: 'NeuroMFA',
  });
}

/** The same picture as SVG text. */
export function toSvg(picture: Picture): string {
  const layout = layOut(picture);
  const root = svg('svg', {
    viewBox: `0 0 ${layout.width} ${layout.height}`,
    width: layout.width,
    height: layout.height,
  });
  const title = svg('title', {});
  title.textContent = picture.figures.map((figure) => figure.title).join('; ');
  const description = svg('desc', {});
  description.textContent = picture.figures.map((figure) => figure.caption).join(' ');
  const metadata = svg('metadata', {});
  metadata.textContent = picture.caption.join('\n');
  root.append(
    title,
    description,
    metadata,
    svg('rect', { width: '100%', height: '100%', fill: picture.theme.background }),
  );
  for (const { figure, x, y } of layout.places) {
    const size = { width: picture.width, height: heightOf(picture) };
    const drawn =
      'draw' in figure
        ? recorded(size, (recorder) => {
            figure.draw(recorder);
          })
        : drawAsSvg(figure, size);
    drawn.setAttribute('x', String(x));
    drawn.setAttribute('y', String(y));
    root.append(drawn);
  }
  for (const { x, y, text, size, bold, color } of layout.texts) {
    const element = svg('text', {
      x,
      y,
      fill: color,
      'font-family': picture.theme.fontFamily,
      'font-size': size,
      'font-weight': bold ? 'bold' : 'normal',
    });
    element.textContent = text;
    root.append(element);
  }
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(root)}\n`;
}
