/** A chart on the page: drawn from a figure, zoomed by pointer, buttons or keys, redrawn when theme or data change. */
import { Chart } from 'chart.js';
import { h } from '../dom';
import type { Figure } from '../figures/figure';
import { t } from '../l10n';
import type { MakeButton } from './button';
import './charts';

const STEP = 1.25;
const PAN = 60;
/** Device pixels per CSS pixel on paper, where a browser prints pixels: 288 dpi. */
const PAPER_PIXELS = 3;

export interface ChartView {
  element: HTMLElement;
  /** Draws another figure of the same kind, keeping the zoom. */
  update(figure: Figure): void;
  /** Draws at a size of its own, in CSS pixels, sharp enough for paper; null follows the page again. */
  fix(size: { width: number; height: number } | null): void;
  dispose(): void;
}

/** Zooming: Ctrl + wheel (a plain wheel scrolls the page), or drag a box. */
const ZOOM = {
  limits: { x: { min: 'original', max: 'original' }, y: { min: 'original', max: 'original' } },
  zoom: {
    mode: 'xy',
    wheel: { enabled: true, modifierKey: 'ctrl' },
    drag: { enabled: true },
    pinch: { enabled: false },
  },
  pan: { enabled: false, mode: 'xy' },
} as const;

/** Builds the view of `figure`; its buttons are those of the page around it. */
export function chartView(figure: Figure, toolButton: MakeButton): ChartView {
  const title = h('h2', { class: 'figure-title' }, figure.title);
  const caption = h('figcaption', {}, figure.caption);
  const canvas = h('canvas', {
    tabindex: 0,
    role: 'img',
    'aria-label': figure.description,
    'aria-keyshortcuts': '+ - 0 ArrowLeft ArrowRight ArrowUp ArrowDown',
    'data-testid': `chart-${figure.id}`,
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
      toolButton({
        icon: 'screen-normal',
        label: t('Reset zoom (0)'),
        testId: `reset-zoom-${figure.id}`,
        run: () => {
          chart.resetZoom('none');
        },
      }),
    ),
    h('div', { class: 'canvas-box' }, canvas),
    caption,
  );
  const chart = new Chart(canvas, withZoom(figure));
  let fixed = false;
  const zoom = (factor: number): void => {
    chart.zoom(factor, 'none');
  };

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
      '0': () => {
        chart.resetZoom('none');
      },
      ArrowLeft: () => {
        chart.pan({ x: PAN }, undefined, 'none');
      },
      ArrowRight: () => {
        chart.pan({ x: -PAN }, undefined, 'none');
      },
      ArrowUp: () => {
        chart.pan({ y: PAN }, undefined, 'none');
      },
      ArrowDown: () => {
        chart.pan({ y: -PAN }, undefined, 'none');
      },
    }[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  });

  return {
    element,
    update(next) {
      const zoomed = chart.isZoomedOrPanned();
      const bounds = chart.getZoomedScaleBounds();
      title.textContent = next.title;
      caption.textContent = next.caption;
      const { data, options } = withZoom(next);
      chart.data = data;
      chart.options = options ?? {};
      chart.update('none');
      if (!zoomed) return;
      for (const [axis, range] of Object.entries(bounds)) if (range) chart.zoomScale(axis, range, 'none');
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

function withZoom({ config }: Figure): Figure['config'] {
  return { ...config, options: { ...config.options, plugins: { ...config.options?.plugins, zoom: ZOOM } } };
}
