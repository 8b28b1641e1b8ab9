/** Finds the points of a chart near the pointer, and draws the line there. */
import type { ActiveElement, Chart, ChartEvent, ChartType, ChartTypeRegistry, Plugin } from 'chart.js';
import { getRelativePosition } from 'chart.js/helpers';
import type { CurvePoint, FigureDataset } from '../figures/figure';

/** Points farther from the pointer are not meant, in pixels. */
const REACH = 40;
/** A click this near to a point is a click on it, in pixels. */
const TOUCH = 12;
/** Points at one place on the axis may differ by rounding, in pixels. */
const SAME_X = 0.5;

interface CrosshairOptions {
  color: string;
  /** Called with the position of the line, in units of the axis; null where there is none. */
  onMove?: (x: number | null) => void;
}

type Find = (chart: Chart, event: ChartEvent) => ActiveElement[];

declare module 'chart.js' {
  interface InteractionModeMap {
    near: Find;
    atX: Find;
  }
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- must match Chart.js' declaration
  interface PluginOptionsByType<TType extends ChartType> {
    crosshair?: CrosshairOptions | false;
  }
}

/** All points that can be found: those of visible curves, where they have a value. */
function points(chart: Chart): ActiveElement[] {
  return (chart.data.datasets as FigureDataset[]).flatMap(({ guide }, datasetIndex) =>
    guide || !chart.isDatasetVisible(datasetIndex)
      ? []
      : chart
          .getDatasetMeta(datasetIndex)
          .data.map((element, index) => ({ element, datasetIndex, index }))
          .filter(({ element }) => !(element as { skip?: boolean }).skip),
  );
}

/** The points at the axis position that is nearest to `pixel`: possibly those of several curves. */
export function pointsAtX(chart: Chart, pixel: number): ActiveElement[] {
  let nearest = Infinity;
  let found: ActiveElement[] = [];
  for (const point of points(chart)) {
    const distance = Math.abs(point.element.x - pixel);
    if (distance > nearest + SAME_X) continue;
    if (distance < nearest - SAME_X) found = [];
    found.push(point);
    nearest = Math.min(nearest, distance);
  }
  return found;
}

const distanceTo = ({ element }: ActiveElement, { x, y }: { x: number; y: number }): number =>
  Math.hypot(element.x - x, element.y - y);

function nearest(
  candidates: readonly ActiveElement[],
  to: { x: number; y: number },
  reach: number,
): ActiveElement | null {
  let best: ActiveElement | null = null;
  let least = reach;
  for (const candidate of candidates) {
    const distance = distanceTo(candidate, to);
    if (distance > least) continue;
    best = candidate;
    least = distance;
  }
  return best;
}

/** The point under the pointer, among those that hovering has found. */
export const touched = (found: readonly ActiveElement[], event: ChartEvent): ActiveElement | null =>
  nearest(found, { x: event.x ?? 0, y: event.y ?? 0 }, TOUCH);

export const pointOf = (chart: Chart, { datasetIndex, index }: ActiveElement): CurvePoint =>
  chart.data.datasets[datasetIndex]!.data[index] as CurvePoint;

/** Where a point is, in units of its curve: it survives new data. */
export interface PointPlace {
  curve: string | undefined;
  x: number | null;
}

export const placeOf = (chart: Chart, point: ActiveElement): PointPlace => ({
  curve: chart.data.datasets[point.datasetIndex]!.label,
  x: pointOf(chart, point).x,
});

/** The visible point at a place; null where the chart has none there. */
export const pointAt = (chart: Chart, { curve, x }: PointPlace): ActiveElement | null =>
  points(chart).find(
    (point) => chart.data.datasets[point.datasetIndex]!.label === curve && pointOf(chart, point).x === x,
  ) ?? null;

/** How charts find points: by the axis, or by nearness. */
export const MODES: Record<'near' | 'atX', Find> = {
  near: (chart, event) => {
    const found = nearest(points(chart), getRelativePosition(event, chart), REACH);
    return found ? [found] : [];
  },
  atX: (chart, event) => pointsAtX(chart, getRelativePosition(event, chart).x),
};

/** Draws a line through the hovered points, and reports its position. */
export const crosshairPlugin: Plugin<keyof ChartTypeRegistry, CrosshairOptions> = {
  id: 'crosshair',
  beforeDatasetsDraw(chart, _, options) {
    const [active] = chart.getActiveElements();
    if (!options.color || !active) return;
    const { ctx, chartArea } = chart;
    ctx.save();
    ctx.strokeStyle = options.color;
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.moveTo(active.element.x, chartArea.top);
    ctx.lineTo(active.element.x, chartArea.bottom);
    ctx.stroke();
    ctx.restore();
  },
  afterEvent(chart, { changed }, options) {
    if (!changed) return;
    const [active] = chart.getActiveElements();
    options.onMove?.(active ? chart.scales['x']!.getValueForPixel(active.element.x)! : null);
  },
};

/** Hovers these points as a pointer would. */
export function activate(chart: Chart, found: ActiveElement[]): void {
  chart.setActiveElements(found);
  chart.tooltip?.setActiveElements(
    found,
    found[0] ? { x: found[0].element.x, y: found[0].element.y } : { x: 0, y: 0 },
  );
  chart.draw();
}

/** The points at `x` of the axis, if there are any. */
export function pointsAt(chart: Chart, x: number): ActiveElement[] {
  const pixel = chart.scales['x']!.getPixelForValue(x);
  return pointsAtX(chart, pixel).filter(({ element }) => Math.abs(element.x - pixel) <= 2 * SAME_X);
}

/**
 * The point that is `along` positions further on its curve, or the nearest one of the curve that is `across` further;
 * null where there is none.
 */
export function neighbor(
  chart: Chart,
  from: ActiveElement | null,
  along: number,
  across: number,
): ActiveElement | null {
  const all = points(chart);
  const curves = [...new Set(all.map(({ datasetIndex }) => datasetIndex))];
  if (!from) return all[0] ?? null;
  const curve = curves[curves.indexOf(from.datasetIndex) + across];
  const own = all.filter(({ datasetIndex }) => datasetIndex === curve);
  if (across !== 0) {
    const away = ({ element }: ActiveElement): number => Math.abs(element.x - from.element.x);
    return own.reduce<ActiveElement | null>(
      (best, point) => (best && away(best) <= away(point) ? best : point),
      null,
    );
  }
  return own[own.findIndex(({ index }) => index === from.index) + along] ?? null;
}
