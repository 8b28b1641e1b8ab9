/** What a figure is: plain data from which a panel, a file or a report draws the same picture. */
import type { ChartConfiguration, ChartDataset, Point } from 'chart.js';

/** A point that also knows its moment order, for the hover. */
export interface CurvePoint extends Point {
  hover?: string;
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
  config: FigureConfig;
}
