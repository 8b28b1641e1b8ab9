/** A short piece of a series' line with its marker, so that text and chart can be matched without color. */
import { svg } from '../dom';
import type { SeriesStyle } from '../figures/styles';

const WIDTH = 32;
const MIDDLE = 7;

/** Outlines of the markers in use, around (16, 7). */
function markerPath(marker: SeriesStyle['marker']): string {
  switch (marker) {
    case 'rect':
    case 'rectRounded':
      return 'M13 4h6v6h-6z';
    case 'triangle':
      return 'M16 3l4 7h-8z';
    case 'rectRot':
      return 'M16 3l4 4l-4 4l-4 -4z';
    case 'cross':
      return 'M16 3v8M12 7h8';
    case 'crossRot':
      return 'M13 4l6 6M19 4l-6 6';
    case 'star':
      return 'M16 3v8M12 7h8M13 4l6 6M19 4l-6 6';
    default:
      return 'M12.5 7a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z';
  }
}

export function swatch({ color, dash, marker }: SeriesStyle): SVGElement {
  return svg(
    'svg',
    { width: WIDTH, height: 2 * MIDDLE, class: 'swatch', 'aria-hidden': 'true' },
    svg('path', {
      d: `M0 ${MIDDLE}H${WIDTH}`,
      stroke: color,
      'stroke-width': 2,
      'stroke-dasharray': dash.join(' '),
    }),
    svg('path', { d: markerPath(marker), stroke: color, fill: color, 'stroke-width': 1.5 }),
  );
}
