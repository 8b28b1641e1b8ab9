/** The table of a chart: shown as a table in the panel, and written to CSV files. */
export type Cell = number | string | null;

export interface Column {
  /** Name in a CSV file: plain ASCII, stable. */
  key: string;
  /** Heading on screen. */
  label: string;
}

export interface Table {
  id: string;
  title: string;
  columns: Column[];
  rows: Cell[][];
}
