/** Which ranges of a file are asked for together. */
import type { ByteRange } from '../core/storage/storage';

/** One request asks for no more. */
export const MOST_REQUEST_BYTES = 8 * 2 ** 20;
/** Ranges farther apart than this are never joined. */
export const MOST_GAP_BYTES = 256_000;
/** Where more of what lies together is wanted than this, all of it is read. */
const STREAMED_SHARE = 0.7;

/** How fast the way to a server is. */
export interface Pace {
  /** Of all connections together, in bytes per second. */
  bandwidth: number;
  /** Of one request, in seconds. */
  latency: number;
  /** At the same time. */
  connections: number;
}

/** Requests wait for their answers while bytes flow, but neither fills the gaps of the other completely. */
const OVERLAP = 4;

/** What a request is taken to cost at least, in seconds: servers and their owners count requests, however near they are. */
const REQUEST_SECONDS = 0.00125;

/** Seconds that so many requests for so many bytes take. */
export function secondsOf(
  { bytes, requests }: { bytes: number; requests: number },
  { bandwidth, latency, connections }: Pace,
): number {
  const waiting = requests * Math.max(REQUEST_SECONDS, latency / connections);
  return ((bytes / bandwidth) ** OVERLAP + waiting ** OVERLAP) ** (1 / OVERLAP);
}

/**
 * The gap for a few ranges, before and after which others are read: what flows through one of the connections while a request
 * is on its way.
 */
export function usualGap(pace: Pace): number {
  const { bandwidth } = pace;
  return Math.round(Math.min(MOST_GAP_BYTES, bandwidth * secondsOf({ bytes: 0, requests: 1 }, pace)));
}

/**
 * The gap with which reading all these ranges takes the least time: a larger one saves requests, and costs bytes.
 * @param ranges mostly ascending by their offsets.
 */
export function bestGap(ranges: readonly ByteRange[], pace: Pace): number {
  let [bytes, requests] = [0, 0];
  let [start, end] = [0, -Infinity];
  const gaps: number[] = [];
  for (const range of ranges) {
    const until = range.offset + range.bytes;
    const gap = range.offset - end;
    // Another tensor, which lies before: its requests are its own.
    const goesBack = range.offset < start;
    if (goesBack || gap > 0) requests++;
    if (!goesBack && gap > 0 && gap <= MOST_GAP_BYTES) gaps.push(gap);
    bytes += goesBack || gap > 0 ? range.bytes : Math.max(0, until - end);
    end = goesBack ? until : Math.max(end, until);
    start = range.offset;
  }
  const between = gaps.reduce((sum, gap) => sum + gap, 0);
  if (bytes > STREAMED_SHARE * (bytes + between)) return MOST_GAP_BYTES;
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
 * Requests that hold all ranges, in order: those no farther apart than `gap` are one, up to {@link MOST_REQUEST_BYTES}.
 * @param ranges ascending by their offsets; they may overlap.
 */
export function coalesce(ranges: readonly ByteRange[], gap: number): ByteRange[] {
  const joined: ByteRange[] = [];
  let last: ByteRange | undefined;
  for (const { offset, bytes } of ranges) {
    if (bytes === 0) continue;
    const until = offset + bytes;
    if (last && offset - (last.offset + last.bytes) <= gap && until - last.offset <= MOST_REQUEST_BYTES)
      last.bytes = Math.max(last.bytes, until - last.offset);
    else if (last && offset < last.offset + last.bytes) {
      // Too long to be one, and overlapping: only the rest is new.
      const from = last.offset + last.bytes;
      if (until > from) joined.push((last = { offset: from, bytes: until - from }));
    } else joined.push((last = { offset, bytes }));
  }
  return inPieces(joined);
}

function inPieces(ranges: readonly ByteRange[]): ByteRange[] {
  return ranges.flatMap(({ offset, bytes }) =>
    Array.from({ length: Math.ceil(bytes / MOST_REQUEST_BYTES) }, (_, i) => ({
      offset: offset + i * MOST_REQUEST_BYTES,
      bytes: Math.min(MOST_REQUEST_BYTES, bytes - i * MOST_REQUEST_BYTES),
    })),
  );
}
