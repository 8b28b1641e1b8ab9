declare module 'svgcanvas' {
  /** A canvas context that records what is drawn as SVG. */
  interface SvgContext extends CanvasRenderingContext2D {
    getSvg(): SVGSVGElement;
  }
  export const Context: new (options: { width: number; height: number }) => SvgContext;
}
