/** A chart on the page: drawn from a figure, zoomed by pointer, buttons or keys, redrawn when theme or data change. */
import {
  Chart,
  type ActiveElement,
  type ChartConfiguration,
  type ChartEvent,
  type ChartOptions,
} from 'chart.js';
import type { ZoomPluginOptions } from 'chartjs-plugin-zoom/types/options';
import { h } from '../dom';
import type { Figure, FigureConfig, PointTarget } from '../figures/figure';
import { hoverLines } from '../figures/options';
import { t } from '../l10n';
import type { MakeButton } from './button';
import './charts';
import { toolbar } from './toolbar';
import { figureMenu, type FigureOutput } from './figureMenu';
import { legendOfRuns, type RunLegend } from './runLegend';
import { activate, neighbor, placeOf, pointAt, pointOf, pointsAt, pointsAtX, touched } from './hover';

const STEP = 1.25;
const PAN = 60;
/** Device pixels per CSS pixel on paper, for browsers that print canvases as pixels: 288 dpi. */
const PAPER_PIXELS = 3;

/** The visible range of each axis of a zoomed chart, in units of its data. */
export type ZoomRanges = Record<string, { min: number; max: number }>;

/** Where zooms are stored, by figure. */
export interface ZoomMemory {
  zoomOf(figure: string): ZoomRanges | null;
  /** @param zoom null where the whole figure is visible again. */
  zoomed(figure: string, zoom: ZoomRanges | null): void;
}

/** What a chart needs from its page. */
export interface ChartPage {
  /** Draws the buttons of a chart. */
  button: MakeButton;
  /** Stores zooms beyond the life of the page. */
  memory?: ZoomMemory;
  /** Opens the guide at a chart. */
  explain?: (topic: string) => void;
  /** Opens what a point represents. */
  open?: (target: PointTarget) => void;
  /** Copies and saves figures. */
  output?: FigureOutput;
  /** What legends do with runs, where there are several. */
  legend?: RunLegend;
}

export interface ChartView {
  element: HTMLElement;
  /** Hovers the points at `x` of its axis; null, or a position without a point, ends hovering. */
  follow(x: number | null): void;
  /** Draws another figure of the same kind; the zoom remains as long as the axes are the same. */
  update(figure: Figure): void;
  /** Draws at a fixed size in CSS pixels, sharp enough for paper; null follows the page again. */
  fix(size: { width: number; height: number } | null): void;
  dispose(): void;
}

/** Half-way between black and white, so that it is seen on any theme's ground. */
const ZOOM_BOX = {
  backgroundColor: 'rgba(128, 128, 128, 0.25)',
  borderColor: 'rgb(128, 128, 128)',
  borderWidth: 1,
};

/**
 * Zooming: Ctrl + wheel (a plain wheel scrolls the page), or dragging a box.
 * @param zoomed called when the reader has zoomed.
 */
const zoomOptions = (zoomed: () => void): ZoomPluginOptions => ({
  // Axes with other names show no amounts: zooming in there shows nothing.
  limits: {
    x: { min: 'original', max: 'original' },
    y: { min: 'original', max: 'original' },
    choices: { min: 'original', max: 'original', minRange: Infinity },
  },
  zoom: {
    mode: 'xy',
    wheel: { enabled: true, modifierKey: 'ctrl' },
    drag: { enabled: true, ...ZOOM_BOX },
    pinch: { enabled: false },
    onZoomComplete: zoomed,
  },
  pan: { enabled: false, mode: 'xy' },
});

/**
 * Builds the view of `figure`, zoomed as the page remembers it.
 * @param moved called with the position of the crosshair, in units of the x axis.
 */
export function chartView(
  figure: Figure,
  { button: toolButton, memory, open, explain, legend, output }: ChartPage,
  moved: (from: ChartView, x: number | null) => void,
): ChartView {
  const title = h('h2', { class: 'figure-title' }, figure.title);
  const caption = h('figcaption', {}, figure.caption);
  const spoken = h('p', {
    class: 'visually-hidden',
    'aria-live': 'polite',
    'data-testid': `chart-says-${figure.id}`,
  });
  const canvas = h('canvas', {
    tabindex: 0,
    // Arrow keys go to the chart, not to the reader's own cursor.
    role: 'application',
    'aria-roledescription': t('chart'),
    'aria-label': figure.description,
    'aria-keyshortcuts':
      'ArrowLeft ArrowRight ArrowUp ArrowDown Enter + - 0 Shift+ArrowLeft Shift+ArrowRight Shift+ArrowUp Shift+ArrowDown',
    'data-testid': `chart-${figure.id}`,
  });
  const resetButton = toolButton({
    icon: 'screen-normal',
    label: t('Reset zoom (0)'),
    testId: `reset-zoom-${figure.id}`,
    run: () => {
      reset();
    },
  });
  const box = h('div', { class: 'canvas-box' }, canvas);
  /** The point that the arrow keys have reached. */
  let at: ActiveElement | null = null;
  /** The checkpoint that was reached by keys, or is hovered. */
  const meant = (): PointTarget | null => {
    const points = at ? [at] : chart.getActiveElements();
    return points.flatMap((point) => pointOf(chart, point).opens ?? [])[0] ?? null;
  };
  const popup = output && figureMenu(figure.id, toolButton, output, meant, open);
  if (popup)
    canvas.addEventListener('contextmenu', (event) => {
      event.preventDefault();
      // When a key opens it, it has no position of its own.
      const { left, top } = canvas.getBoundingClientRect();
      const point = meantPoint();
      popup.openAt(
        event.button === 2
          ? { x: event.clientX, y: event.clientY }
          : { x: left + (point?.x ?? 16), y: top + (point?.y ?? 16) },
        canvas,
      );
    });
  const meantPoint = (): { x: number; y: number } | undefined =>
    (at ?? chart.getActiveElements()[0])?.element;
  let least = 0;
  const shape = ({ height }: Figure): void => {
    least = height ?? 0;
    box.style.height = height === undefined ? '' : `${height}px`;
  };
  shape(figure);
  const element = h(
    'figure',
    { class: 'figure', 'data-figure': figure.id },
    h(
      'div',
      { class: 'figure-head' },
      title,
      toolbar(
        t('Zoom'),
        { class: 'figure-tools' },
        toolButton({
          icon: 'zoom-in',
          label: t('Zoom in (+)'),
          testId: `zoom-in-${figure.id}`,
          run: () => {
            zoom(STEP);
          },
        }),
        toolButton({
          icon: 'zoom-out',
          label: t('Zoom out (−)'),
          testId: `zoom-out-${figure.id}`,
          run: () => {
            zoom(1 / STEP);
          },
        }),
        resetButton,
        explain
          ? toolButton({
              icon: 'question',
              label: t('What this chart shows'),
              testId: `explain-${figure.id}`,
              run: () => {
                // Charts of one kind differ in their numbers.
                explain(`chart-${figure.id.replace(/-\d+$/, '')}`);
              },
            })
          : null,
        popup?.element,
      ),
    ),
    box,
    spoken,
    caption,
  );
  const remember = (): void => {
    const zoomed = chart.isZoomedOrPanned();
    resetButton.inert = !zoomed;
    memory?.zoomed(figure.id, zoomed ? rangesOf(chart) : null);
  };
  const acting: Acting = {
    ...(legend && { legend }),
    zoom: zoomOptions(remember),
    moved: (x) => {
      moved(view, x);
    },
    hovered: (event, found) => {
      const under = touched(found, event);
      canvas.style.cursor = open && under && pointOf(chart, under).opens ? 'pointer' : '';
    },
    clicked: (event, found) => {
      openPoint(touched(found, event));
    },
  };
  const chart = new Chart(canvas, interactive(figure, acting));
  const openPoint = (point: ActiveElement | null): void => {
    const target = point && pointOf(chart, point).opens;
    if (target) open?.(target);
  };
  let fixed = false;
  const zoom = (factor: number): void => {
    chart.zoom(factor, 'none');
    remember();
  };
  const pan = (by: { x?: number; y?: number }): void => {
    chart.pan(by, undefined, 'none');
    remember();
  };
  const reset = (): void => {
    chart.resetZoom('none');
    remember();
  };
  const zoomTo = (ranges: ZoomRanges): void => {
    for (const [axis, range] of Object.entries(ranges))
      if (axis in chart.scales) chart.zoomScale(axis, range, 'none');
  };
  const remembered = memory?.zoomOf(figure.id);
  if (remembered) zoomTo(remembered);
  resetButton.inert = !remembered;

  const hasCrosshair = (): boolean => chart.options.interaction?.mode === 'atX';
  const hoveredWith = (point: ActiveElement): ActiveElement[] =>
    hasCrosshair() ? pointsAtX(chart, point.element.x) : [point];
  const walk = (along: number, across: number): void => {
    const next = neighbor(chart, at, along, across);
    if (!next) return;
    at = next;
    activate(chart, hoveredWith(next));
    if (hasCrosshair()) moved(view, chart.scales['x']!.getValueForPixel(next.element.x)!);
    const words = hoverLines(pointOf(chart, next)).join(', ');
    spoken.textContent = `${chart.data.datasets[next.datasetIndex]!.label ?? ''}: ${words}`;
  };
  const dismiss = (): void => {
    at = null;
    spoken.textContent = '';
    activate(chart, []);
    moved(view, null);
  };
  canvas.addEventListener('blur', ({ relatedTarget }) => {
    // While its menu is open, the point is still the one meant.
    if (!at || popup?.element.contains(relatedTarget as Node | null)) return;
    // Drawing the page anew moves the chart, which takes the focus from it and gives it back.
    queueMicrotask(() => {
      if (at && (document.activeElement !== canvas || !document.hasFocus())) dismiss();
    });
  });
  // Whatever covers the chart closes without moving the pointer, wherever the focus is; its menu closes first.
  const onEscape = ({ key, target }: KeyboardEvent): void => {
    const inMenu = popup?.element.contains(target as Node | null);
    if (key === 'Escape' && !inMenu && chart.getActiveElements().length > 0) dismiss();
  };
  document.addEventListener('keydown', onEscape);

  canvas.addEventListener('keydown', (event) => {
    const panning: (() => void) | undefined = {
      ArrowLeft: () => {
        pan({ x: PAN });
      },
      ArrowRight: () => {
        pan({ x: -PAN });
      },
      ArrowUp: () => {
        pan({ y: PAN });
      },
      ArrowDown: () => {
        pan({ y: -PAN });
      },
    }[event.key];
    const action: (() => void) | undefined = {
      '+': () => {
        zoom(STEP);
      },
      '=': () => {
        zoom(STEP);
      },
      '-': () => {
        zoom(1 / STEP);
      },
      '0': reset,
      ArrowLeft: () => {
        walk(-1, 0);
      },
      ArrowRight: () => {
        walk(1, 0);
      },
      ArrowUp: () => {
        walk(0, -1);
      },
      ArrowDown: () => {
        walk(0, 1);
      },
      Enter: () => {
        openPoint(at);
      },
    }[event.key];
    const chosen = event.shiftKey ? (panning ?? action) : action;
    if (!chosen || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    chosen();
  });

  const view: ChartView = {
    element,
    follow(x) {
      if (hasCrosshair()) activate(chart, x === null ? [] : pointsAt(chart, x));
    },
    update(next) {
      const same = JSON.stringify(axisTitles(next.config)) === JSON.stringify(axisTitles(chart.config));
      const ranges = same && chart.isZoomedOrPanned() ? rangesOf(chart) : null;
      title.textContent = next.title;
      caption.textContent = next.caption;
      shape(next);
      canvas.setAttribute('aria-label', next.description);
      const walked = at && placeOf(chart, at);
      const { data, options } = interactive(next, acting);
      chart.data = data;
      chart.options = options ?? {};
      chart.update('none');
      if (ranges) zoomTo(ranges);
      else if (!same) reset();
      at = same && walked ? pointAt(chart, walked) : null;
      if (at) activate(chart, hoveredWith(at));
    },
    fix(size) {
      if (!size && !fixed) return;
      fixed = size !== null;
      // In Chart.js, zero means the screen's own ratio.
      chart.options.devicePixelRatio = size ? PAPER_PIXELS : 0;
      chart.resize(size?.width, size ? Math.max(size.height, least) : undefined);
    },
    dispose() {
      at = null;
      document.removeEventListener('keydown', onEscape);
      chart.destroy();
    },
  };
  return view;
}

/** What a chart on a page does in addition to drawing. */
interface Acting {
  legend?: RunLegend;
  zoom: ZoomPluginOptions;
  moved: (x: number | null) => void;
  hovered: (event: ChartEvent, found: ActiveElement[]) => void;
  clicked: (event: ChartEvent, found: ActiveElement[]) => void;
}

function interactive(
  { config }: Figure,
  { legend, zoom, moved, hovered, clicked }: Acting,
): ChartConfiguration {
  const plugins = config.options?.plugins;
  const crosshair = plugins?.crosshair ? { ...plugins.crosshair, onMove: moved } : false;
  const options: FigureConfig['options'] = {
    ...config.options,
    onHover: hovered,
    onClick: clicked,
    plugins: { ...plugins, zoom, crosshair, ...(legend && legendOfRuns(config, legend)) },
  };
  const acting: FigureConfig = { ...config, options };
  // A chart of lines is handled as any chart.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-assertion -- with exact optional properties it is necessary
  return acting as ChartConfiguration;
}

function rangesOf(chart: Chart): ZoomRanges {
  const bounds = Object.entries(chart.getZoomedScaleBounds());
  return Object.fromEntries(bounds.filter((entry): entry is [string, ZoomRanges[string]] => !!entry[1]));
}

/** The quantities on the axes: a range of one does not apply to another. */
function axisTitles({ options }: { options?: Pick<ChartOptions, 'scales'> | undefined }): unknown[] {
  return Object.values(options?.scales ?? {}).map(
    (scale) => (scale as { title?: { text?: unknown } }).title?.text,
  );
}
