/** Lists that servers send as JSON. */
import { NeuroMfaError } from '../protocol/errors';
import { checkJsonLimits, decodeUtf8, levels } from '../core/checkpoint/strictJson';

const LIMITS = { levels: levels(12, 1_000_000), containers: 1_000_000 };

/** @throws NeuroMfaError `damaged`. */
export function parseList(bytes: Buffer, url: string): unknown {
  try {
    checkJsonLimits(bytes, LIMITS);
    return JSON.parse(decodeUtf8(bytes));
  } catch {
    throw badList(url);
  }
}

export function badList(url: string): NeuroMfaError {
  return new NeuroMfaError(
    'damaged',
    url,
    'its server sends no list that this program knows',
    'Check the address',
  );
}

/** Of a value that may be anything. */
export const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
export const textIn = (value: unknown): string | null => (typeof value === 'string' ? value : null);
/** A size in bytes. */
export const sizeIn = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
