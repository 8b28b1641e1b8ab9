import { describe, expect, it } from 'vitest';
import { errorData, NeuroMfaError } from '../../../src/protocol/errors';

describe('an error', () => {
  it('names the thing, the cause and the next step', () => {
    const error = new NeuroMfaError('damaged', '/a', 'it is short', 'Save it again');
    expect(error.message).toBe('/a: it is short. Save it again.');
    expect(NeuroMfaError.from(error.data).message).toBe(error.message);
  });

  it('stays a message, however long what it quotes is', () => {
    const long = 'x'.repeat(10_000_000);
    for (const error of [
      new NeuroMfaError('damaged', long, long, long),
      NeuroMfaError.from({ code: 'damaged', subject: long, cause: long, nextStep: long }),
      NeuroMfaError.from(errorData(new RangeError(long), long)),
    ]) {
      expect(error.message.length).toBeLessThan(16_000);
      expect(error.data.cause).toMatch(/x… \(9995050 characters left out\)$/);
    }
  });
});
