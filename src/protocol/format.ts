/**
 * Numbers, sizes and times as people read them, in the editor, in its panels, in reports and on the command line: as many
 * digits as they support, commas between thousands, never NaN or null.
 */
import type { Estimate, Mode } from './analysis';

/** Stands where no number exists. */
export const NOTHING = '–';

const THIN = '\u202f';
const MINUS = '\u2212';
/** More decimals of a share would show only rounding. */
const MAX_DIGITS = 8;
/** Less is 0 with as many decimals as a number with its uncertainty has at most. */
export const SMALLEST_SHOWN = 0.5e-8;

/**
 * `value` with `digits` decimals, a true minus sign, and commas between thousands. By hand: the first use of `Intl`
 * takes longer than printing a table.
 */
export function decimal(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  const text = Math.abs(value).toFixed(digits);
  const [whole, fraction] = text.split('.') as [string, string | undefined];
  const sign = value < 0 && Number(text) !== 0 ? MINUS : '';
  const grouped = whole.length > 3 ? whole.replace(/\B(?=(\d{3})+$)/g, ',') : whole;
  return sign + grouped + (fraction === undefined ? '' : `.${fraction}`);
}

/** A difference, with its sign also where it is positive: "+0.012". */
export function signed(value: number | null | undefined, digits = 3): string {
  const text = decimal(value, digits);
  return typeof value === 'number' && value > 0 && Number(value.toFixed(digits)) !== 0 ? `+${text}` : text;
}

/** A whole number, "49,152". */
export const integer = (value: number | null | undefined): string => decimal(value, 0);

/** `value` to `digits` significant digits, without an exponent where that stays readable. */
export function significant(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  if (value === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  if (magnitude < -4) return value.toExponential(digits - 1).replace(/-/g, MINUS);
  return decimal(value, Math.max(0, digits - 1 - magnitude));
}

/** A moment order: "−0.1", "3". */
export function order(q: number): string {
  const digits = [0, 1, 2].find((n) => Math.abs(q * 10 ** n - Math.round(q * 10 ** n)) < 1e-6);
  return decimal(q, digits ?? 3);
}

/** `value` with two decimals, rounded down: for "≥", which rounding up would make false. */
export const atLeast = (value: number | null | undefined): string =>
  decimal(value === null || value === undefined ? value : Math.floor(100 * value + 1e-9) / 100, 2);

/** Half the width of an estimate's 95 % interval. */
export function halfWidth(estimate: Estimate): number | null {
  return estimate.ci95 ? (estimate.ci95[1] - estimate.ci95[0]) / 2 : null;
}

/** Decimals that an uncertainty supports: one significant digit, two where the first is 1. */
export function supportedDecimals(half: number): number {
  // What no number here can show is 0, such as what rounding leaves of equal numbers.
  if (!(half >= SMALLEST_SHOWN)) return 3;
  const magnitude = Math.floor(Math.log10(half));
  const leading = half / 10 ** magnitude;
  return Math.min(8, Math.max(0, -magnitude + (leading < 1.75 ? 1 : 0)));
}

/** "0.974 ± 0.002"; the mean alone where no interval exists. */
export function plusMinus(mean: number | null, half: number | null): string {
  if (mean === null || !Number.isFinite(mean)) return NOTHING;
  if (half === null || !Number.isFinite(half)) return decimal(mean, 3);
  const digits = supportedDecimals(half);
  return `${decimal(mean, digits)} ± ${decimal(half, digits)}`;
}

/** An estimate with half of its 95 % interval. */
export const estimate = (value: Estimate): string => plusMinus(value.mean, halfWidth(value));

/** "0.101 [0.097, 0.106]": a value whose interval need not lie evenly around it; the value alone without one. */
export function bracketed(value: number | null, ci95: readonly [number, number] | null): string {
  if (value === null || !ci95) return decimal(value);
  const digits = Math.max(3, supportedDecimals((ci95[1] - ci95[0]) / 2));
  return `${decimal(value, digits)} [${decimal(ci95[0], digits)}, ${decimal(ci95[1], digits)}]`;
}

/** A summary's number with its interval: an error of the mean of samples, or the spread over a full network's layers. */
export const measured = (value: Estimate, mode: Mode): string =>
  mode === 'full' ? bracketed(value.mean, value.ci95) : estimate(value);

/** "1.19 M", "14.1 k", "960". */
export function compact(value: number): string {
  for (const [unit, size] of [
    ['T', 1e12],
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e4],
  ] as const) {
    if (value >= size) return `${(value / (unit === 'k' ? 1e3 : size)).toPrecision(3)}${THIN}${unit}`;
  }
  return integer(value);
}

/** "2.5 MB", in powers of ten as disks are sold. */
export function bytes(value: number): string {
  for (const [unit, size] of [
    ['TB', 1e12],
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const) {
    if (value >= size) return `${decimal(value / size, value / size < 100 ? 1 : 0)}${THIN}${unit}`;
  }
  return `${integer(value)}${THIN}B`;
}

/** Bytes of memory, "0.3 MB", "2,048 MB": in powers of two, as settings and options count it, and rounded up. */
export function memorySize(value: number): string {
  const megabytes = value / 2 ** 20;
  const shown = megabytes < 10 ? Math.ceil(10 * megabytes) / 10 : Math.ceil(megabytes);
  return `${decimal(shown, Number.isInteger(shown) ? 0 : 1)}${THIN}MB`;
}

/** "41 ms", "1.3 s", "2 min 5 s". */
export function duration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${integer(milliseconds)}${THIN}ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 99.95) return `${decimal(seconds, 1)}${THIN}s`;
  const whole = Math.round(seconds);
  return `${integer(Math.floor(whole / 60))}${THIN}min ${whole % 60}${THIN}s`;
}

/** An estimated time, no more exact than estimates are: "4 s", "40 s", "3 min", "2 h". */
export function roughTime(seconds: number): string {
  if (seconds < 9.5) return `${Math.max(1, Math.round(seconds))}${THIN}s`;
  if (seconds < 90) return `${10 * Math.round(seconds / 10)}${THIN}s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)}${THIN}min`;
  return `${integer(seconds / 3600)}${THIN}h`;
}

/** A moment by the clock of whoever reads it: "2026-11-30 14:05". @param at in milliseconds since 1970. */
export function localTime(at: number): string {
  const local = new Date(at - 60_000 * new Date(at).getTimezoneOffset());
  return local.toISOString().slice(0, 16).replace('T', ' ');
}

/** A share as a percentage, "99.8 %"; 100 % only if nothing is missing. */
export function percent(share: number | null): string {
  if (share === null) return NOTHING;
  const text = decimal(share * 100, 1);
  if (share < 1 && text === '100.0') return `>${THIN}99.9${THIN}%`;
  return `${text.replace(/\.0$/, '')}${THIN}%`;
}

/** A seed range: "0 … 9", "0, 2, 5". */
export function ranges(values: readonly number[]): string {
  const consecutive = values.every((value, index) => index === 0 || value === values[index - 1]! + 1);
  if (consecutive && values.length > 2) return `${values[0]!} … ${values.at(-1)!}`;
  return values.join(', ');
}

/** A share with as many decimals as distinguish it from a limit that it is beyond: "0.11 %" where that is 0.1 %. */
export function percentBeyond(share: number, limit: number): string {
  if (percent(share) !== percent(limit)) return percent(share);
  for (let digits = 2; digits <= MAX_DIGITS; digits++) {
    const text = decimal(share * 100, digits);
    if (text !== decimal(limit * 100, digits)) return `${text}${THIN}%`;
  }
  return percent(share);
}

/** How far something that is still at work has come, in whole percent: never all of it. */
export const percentDone = ({ done, total }: { done: number; total: number }): number =>
  Math.min(99, Math.floor((100 * done) / Math.max(1, total)));

/** The number with so many significant digits that is nearest, for JSON that is read by people or models. */
export const nearest = (value: number, digits: number): number => Number(value.toPrecision(digits));
