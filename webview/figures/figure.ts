/** What a figure is: plain data from which a panel, a file or a report draws the same picture. */
import type { ChartConfiguration, ChartDataset, Point } from 'chart.js';

/** A checkpoint of a run. */
export interface PointTarget {
  /** Its run, or itself where it belongs to none. */
  run: string;
  path: string;
  /** Whether it is on this machine, where the explorer can show it. */
  local?: boolean;
}

export interface CurvePoint extends Point {
  /** What the hover says, line by line; the first says which point it is. */
  hover?: string;
  /** What a click on the point opens. */
  opens?: PointTarget | undefined;
}

/** Lines that are only looked at. */
export interface QuietLines {
  width: number;
  lines: { color: string; points: readonly { x: number; y: number }[] }[];
}

/** Undefined values (D at q = 1) are gaps, `y: NaN` inside the chart and nowhere else. */
export type FigureConfig = ChartConfiguration<'line', CurvePoint[]>;
export type FigureDataset = ChartDataset<'line', CurvePoint[]> & {
  /** Bands and guides: neither in the legend nor in the hover. */
  guide?: boolean;
  /** Named in the hover, but not in the legend. */
  unnamed?: boolean;
  /** The run whose curve it is, where it stands for all of the run in the legend. */
  run?: string;
  /** Drawn below the dataset. */
  behind?: QuietLines;
};

export interface Figure {
  id: string;
  title: string;
  /** What line, band and marks are, in words. */
  caption: string;
  /** For those who do not see the picture. */
  description: string;
  /** Least height in CSS pixels, where more than one plot is in it. */
  height?: number;
  config: FigureConfig;
}
