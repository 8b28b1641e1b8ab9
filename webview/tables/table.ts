/** The table of a chart: what the panel shows as a table and what a CSV file holds. */
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
