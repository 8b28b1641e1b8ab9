/** Joins ranges of a file into requests. */
import type { ByteRange } from '../core/storage/storage';

/** Limit for one request. */
export const MAX_REQUEST_BYTES = 8 * 2 ** 20;
/** Ranges farther apart than this are never joined. */
export const MAX_GAP_BYTES = 256_000;
/** If more than this share of adjacent bytes is wanted, all of them are read. */
const STREAMED_SHARE = 0.7;

/** Speed of the connection to a server. */
export interface Pace {
  /** Of all connections together, in bytes per second. */
  bandwidth: number;
  /** Of one request, in seconds. */
  latency: number;
  /** At the same time. */
  connections: number;
}

/** Latency and transfer of different requests overlap, but not completely. */
const OVERLAP = 4;

/** Assumed minimum cost of a request, in seconds: even nearby servers limit or charge for requests. */
const REQUEST_SECONDS = 0.00125;

/** Estimated seconds for a number of requests and bytes. */
export function secondsOf(
  { bytes, requests }: { bytes: number; requests: number },
  { bandwidth, latency, connections }: Pace,
): number {
  const waiting = requests * Math.max(REQUEST_SECONDS, latency / connections);
  return ((bytes / bandwidth) ** OVERLAP + waiting ** OVERLAP) ** (1 / OVERLAP);
}

/**
 * The gap for a few ranges among other reads: the bytes that one connection transfers during the latency of a request.
 */
export function usualGap(pace: Pace): number {
  const { bandwidth } = pace;
  return Math.round(Math.min(MAX_GAP_BYTES, bandwidth * secondsOf({ bytes: 0, requests: 1 }, pace)));
}

/**
 * The gap with the least estimated time for all these ranges: a larger gap saves requests and costs bytes.
 * @param ranges mostly ascending by offset.
 */
export function bestGap(ranges: readonly ByteRange[], pace: Pace): number {
  let [bytes, requests] = [0, 0];
  let [start, end] = [0, -Infinity];
  const gaps: number[] = [];
  for (const range of ranges) {
    const until = range.offset + range.bytes;
    const gap = range.offset - end;
    // An earlier tensor: its ranges are not joined with these.
    const goesBack = range.offset < start;
    if (goesBack || gap > 0) requests++;
    if (!goesBack && gap > 0 && gap <= MAX_GAP_BYTES) gaps.push(gap);
    bytes += goesBack || gap > 0 ? range.bytes : Math.max(0, until - end);
    end = goesBack ? until : Math.max(end, until);
    start = range.offset;
  }
  const between = gaps.reduce((sum, gap) => sum + gap, 0);
  if (bytes > STREAMED_SHARE * (bytes + between)) return MAX_GAP_BYTES;
  let best = { gap: 0, seconds: secondsOf({ bytes, requests }, pace) };
  for (const gap of Float64Array.from(gaps).sort()) {
    bytes += gap;
    requests--;
    const seconds = secondsOf({ bytes, requests }, pace);
    if (seconds < best.seconds) best = { gap, seconds };
  }
  return best.gap;
}

/**
 * Requests that cover all ranges, in order: ranges no farther apart than `gap` are joined, up to {@link MAX_REQUEST_BYTES}.
 * @param ranges ascending by offset; they may overlap.
 */
export function coalesce(ranges: readonly ByteRange[], gap: number): ByteRange[] {
  const joined: ByteRange[] = [];
  let last: ByteRange | undefined;
  for (const { offset, bytes } of ranges) {
    if (bytes === 0) continue;
    const until = offset + bytes;
    if (last && offset - (last.offset + last.bytes) <= gap && until - last.offset <= MAX_REQUEST_BYTES)
      last.bytes = Math.max(last.bytes, until - last.offset);
    else if (last && offset < last.offset + last.bytes) {
      // Too long to be joined, and overlapping: only the rest is new.
      const from = last.offset + last.bytes;
      if (until > from) joined.push((last = { offset: from, bytes: until - from }));
    } else joined.push((last = { offset, bytes }));
  }
  return inPieces(joined);
}

function inPieces(ranges: readonly ByteRange[]): ByteRange[] {
  return ranges.flatMap(({ offset, bytes }) =>
    Array.from({ length: Math.ceil(bytes / MAX_REQUEST_BYTES) }, (_, i) => ({
      offset: offset + i * MAX_REQUEST_BYTES,
      bytes: Math.min(MAX_REQUEST_BYTES, bytes - i * MAX_REQUEST_BYTES),
    })),
  );
}
