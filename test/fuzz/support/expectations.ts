/** What holds for every input: a right result, or an error that names the file, the cause and the next step. */
import * as v from 'valibot';
import { expect } from 'vitest';
import { NeuroMfaError, type ErrorCode } from '../../../src/protocol/errors';
import type { Outcome } from './target';

/** What a file, a name or a setting can be to blame for. */
const BLAMED: readonly ErrorCode[] = ['missing', 'unreadable', 'damaged', 'unsupported', 'usage'];
/** A sentence, a few quoted names, the folder of a test. */
export const MAX_CHARACTERS = 2000;
/** Names of tensors may have 4096. */
const MAX_IN_RESULTS = 10_000;

/** @param subject the message must name it. */
export function expectRefusal(error: unknown, subject: string): Outcome {
  if (!(error instanceof NeuroMfaError)) throw error;
  const { data, message } = error;
  if (!BLAMED.includes(data.code)) throw error;
  expect(data.subject).toContain(subject);
  expect(data.cause).not.toBe('');
  expect(data.nextStep).not.toBe('');
  expect(message.length).toBeLessThanOrEqual(MAX_CHARACTERS);
  return 'refused';
}

/** Runs `act`; what it throws must be a refusal that names `subject`. */
export async function takenOrRefused(subject: string, act: () => unknown): Promise<Outcome> {
  try {
    await act();
  } catch (error) {
    return expectRefusal(error, subject);
  }
  return 'taken';
}

/** A value of the schema, all of its numbers finite and its texts of bounded length. */
export function expectSound(schema: v.GenericSchema, value: unknown): void {
  const parsed = v.safeParse(schema, value);
  if (!parsed.success) expect.fail(`not of its own schema: ${v.summarize(parsed.issues)}`);
  expectFinite(value);
}

/** @param path for the message. */
export function expectFinite(value: unknown, path = ''): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) expect.fail(`${path} is ${value}`);
  } else if (typeof value === 'string') {
    if (value.length > MAX_IN_RESULTS) expect.fail(`${path} has ${value.length} characters`);
  } else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    for (const [key, each] of Object.entries(value)) expectFinite(each, `${path}.${key}`);
  }
}
