/** Draws a figure at a fixed size, independent of the page, the screen's pixel ratio and the zoom. */
import { Chart } from 'chart.js';
import { Context } from 'svgcanvas';
import '../components/charts';
import { svg } from '../dom';
import type { Figure } from '../figures/figure';

function offscreenChart({ config }: Figure, width: number, height: number, scale: number): Chart<'line'> {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return new Chart(canvas, {
    ...config,
    options: { ...config.options, responsive: false, devicePixelRatio: scale, events: [] },
  });
}

/** Calls `use` with a canvas that shows the figure, `scale` pixels per unit. */
export function drawOnCanvas(
  figure: Figure,
  size: { width: number; height: number; scale: number },
  use: (canvas: HTMLCanvasElement) => void,
): void {
  const chart = offscreenChart(figure, size.width, size.height, size.scale);
  use(chart.canvas);
  chart.destroy();
}

/** Lines are drawn through Path2D objects, which cannot be recorded, unless a line has styles per segment. */
function recordable({ config, ...figure }: Figure): Figure {
  const datasets = config.data.datasets.map((dataset) => ({ ...dataset, segment: {} }));
  return { ...figure, config: { ...config, data: { ...config.data, datasets } } };
}

/** The figure as an SVG element. */
export function drawAsSvg(
  figure: Figure,
  { width, height }: { width: number; height: number },
): SVGSVGElement {
  const chart = offscreenChart(recordable(figure), width, height, 1);
  const root = recorded({ width, height }, (context) => {
    // Read-only or private in the types, but chart, boxes and controllers draw on the context that they hold.
    const holders = [chart, ...chart.boxes] as unknown as { ctx: CanvasRenderingContext2D }[];
    const controllers = chart.data.datasets.map((_, index) => chart.getDatasetMeta(index).controller);
    const drawOn = (target: CanvasRenderingContext2D): void => {
      for (const holder of holders) holder.ctx = target;
      for (const controller of controllers)
        (controller as unknown as { _ctx: CanvasRenderingContext2D })._ctx = target;
    };
    const original = chart.ctx;
    drawOn(context);
    chart.draw();
    drawOn(original);
  });
  chart.destroy();
  return root;
}

/** Records what `draw` draws, as an SVG element. */
export function recorded(
  size: { width: number; height: number },
  draw: (context: CanvasRenderingContext2D) => void,
): SVGSVGElement {
  const context = new Context(size);
  const texts: SVGElement[] = [];
  // The recorder's own fillText sets a style attribute, which a strict content security policy refuses.
  context.fillText = (text, x, y) => {
    texts.push(textElement(context, text, x, y));
  };
  draw(context);
  const root = context.getSvg();
  for (const text of texts) root.append(text);
  return root;
}

const ANCHOR: Partial<Record<CanvasTextAlign, string>> = { center: 'middle', right: 'end', end: 'end' };
/** Baselines as shifts: more programs read these than `dominant-baseline`. */
const SHIFT: Partial<Record<CanvasTextBaseline, string>> = {
  middle: '0.35em',
  top: '0.8em',
  hanging: '0.8em',
  bottom: '-0.2em',
};

function textElement(context: CanvasRenderingContext2D, text: string, x: number, y: number): SVGElement {
  const probe = document.createElement('span');
  probe.style.font = context.font;
  const { a, b, c, d, e, f } = context.getTransform();
  const element = svg('text', {
    x,
    y,
    dy: SHIFT[context.textBaseline] ?? '0',
    'text-anchor': ANCHOR[context.textAlign] ?? 'start',
    'font-family': probe.style.fontFamily,
    'font-size': probe.style.fontSize,
    'font-weight': probe.style.fontWeight || 'normal',
    // Figures fill text with colors, never with gradients.
    fill: context.fillStyle as string,
    transform: `matrix(${a} ${b} ${c} ${d} ${e} ${f})`,
  });
  element.textContent = text;
  return element;
}
