/** Numbers as people read them. */

const BYTE_UNITS = [
  ['TB', 1e12],
  ['GB', 1e9],
  ['MB', 1e6],
  ['kB', 1e3],
] as const;

const COUNT_UNITS = [
  ['T', 1e12],
  ['G', 1e9],
  ['M', 1e6],
  ['k', 1e3],
] as const;

/** "2.5 MB", in powers of ten as disks are sold. */
export function formatBytes(bytes: number): string {
  return inUnits(bytes, BYTE_UNITS) ?? `${Math.round(bytes)} B`;
}

/** "1.2 M", "960". */
export function formatCount(count: number): string {
  return inUnits(count, COUNT_UNITS) ?? String(Math.round(count));
}

function inUnits(value: number, units: readonly (readonly [string, number])[]): string | undefined {
  const unit = units.find(([, size]) => value >= size);
  return unit && `${(value / unit[1]).toFixed(value / unit[1] < 99.95 ? 1 : 0)} ${unit[0]}`;
}
