/** A chart on the page: drawn from a figure, zoomed by pointer, buttons or keys, redrawn when theme or data change. */
import { Chart, type ChartOptions } from 'chart.js';
import type { ZoomPluginOptions } from 'chartjs-plugin-zoom/types/options';
import { h } from '../dom';
import type { Figure } from '../figures/figure';
import { t } from '../l10n';
import type { MakeButton } from './button';
import './charts';

const STEP = 1.25;
const PAN = 60;
/** Device pixels per CSS pixel on paper, where a browser prints pixels: 288 dpi. */
const PAPER_PIXELS = 3;

/** The visible range of each axis of a zoomed chart, in units of its data. */
export type ZoomRanges = Record<string, { min: number; max: number }>;

/** Where zooms are remembered, by figure. */
export interface ZoomMemory {
  zoomOf(figure: string): ZoomRanges | null;
  /** @param zoom null where all of the figure is seen again. */
  zoomed(figure: string, zoom: ZoomRanges | null): void;
}

export interface ChartView {
  element: HTMLElement;
  /** Draws another figure of the same kind, keeping the zoom as long as its axes are the same. */
  update(figure: Figure): void;
  /** Draws at a size of its own, in CSS pixels, sharp enough for paper; null follows the page again. */
  fix(size: { width: number; height: number } | null): void;
  dispose(): void;
}

/**
 * Zooming: Ctrl + wheel (a plain wheel scrolls the page), or drag a box.
 * @param zoomed called when the reader has zoomed.
 */
const zoomOptions = (zoomed: () => void): ZoomPluginOptions => ({
  limits: { x: { min: 'original', max: 'original' }, y: { min: 'original', max: 'original' } },
  zoom: {
    mode: 'xy',
    wheel: { enabled: true, modifierKey: 'ctrl' },
    drag: { enabled: true },
    pinch: { enabled: false },
    onZoomComplete: zoomed,
  },
  pan: { enabled: false, mode: 'xy' },
});

/** Builds the view of `figure`, zoomed as `memory` has it; its buttons are those of the page around it. */
export function chartView(figure: Figure, toolButton: MakeButton, memory?: ZoomMemory): ChartView {
  const title = h('h2', { class: 'figure-title' }, figure.title);
  const caption = h('figcaption', {}, figure.caption);
  const canvas = h('canvas', {
    tabindex: 0,
    role: 'img',
    'aria-label': figure.description,
    'aria-keyshortcuts': '+ - 0 ArrowLeft ArrowRight ArrowUp ArrowDown',
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
  const element = h(
    'figure',
    { class: 'figure', 'data-figure': figure.id },
    h(
      'div',
      { class: 'figure-head' },
      title,
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
    ),
    h('div', { class: 'canvas-box' }, canvas),
    caption,
  );
  const remember = (): void => {
    const zoomed = chart.isZoomedOrPanned();
    resetButton.inert = !zoomed;
    memory?.zoomed(figure.id, zoomed ? rangesOf(chart) : null);
  };
  const zoomPlugin = zoomOptions(remember);
  const chart = new Chart(canvas, withZoom(figure, zoomPlugin));
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

  canvas.addEventListener('keydown', (event) => {
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
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  });

  return {
    element,
    update(next) {
      const same = JSON.stringify(axisTitles(next.config)) === JSON.stringify(axisTitles(chart.config));
      const ranges = same && chart.isZoomedOrPanned() ? rangesOf(chart) : null;
      title.textContent = next.title;
      caption.textContent = next.caption;
      const { data, options } = withZoom(next, zoomPlugin);
      chart.data = data;
      chart.options = options ?? {};
      chart.update('none');
      if (ranges) zoomTo(ranges);
      else if (!same) reset();
    },
    fix(size) {
      if (!size && !fixed) return;
      fixed = size !== null;
      // Zero is Chart.js's word for the screen's own ratio.
      chart.options.devicePixelRatio = size ? PAPER_PIXELS : 0;
      chart.resize(size?.width, size?.height);
    },
    dispose() {
      chart.destroy();
    },
  };
}

function withZoom({ config }: Figure, zoom: ZoomPluginOptions): Figure['config'] {
  return { ...config, options: { ...config.options, plugins: { ...config.options?.plugins, zoom } } };
}

function rangesOf(chart: Chart): ZoomRanges {
  const bounds = Object.entries(chart.getZoomedScaleBounds());
  return Object.fromEntries(bounds.filter((entry): entry is [string, ZoomRanges[string]] => !!entry[1]));
}

/** What the axes stand for: a range of one is none of another. */
function axisTitles({ options }: { options?: ChartOptions | undefined }): unknown[] {
  return Object.values(options?.scales ?? {}).map(
    (scale) => (scale as { title?: { text?: unknown } }).title?.text,
  );
}
