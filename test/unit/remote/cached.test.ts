/** What servers have told is asked for again in time, and counts where they cannot be reached; of headers what was read is kept, and no more. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CachedFiles } from '../../../src/core/store/cachedFiles';
import { NeuroMfaError, type ErrorCode } from '../../../src/protocol/errors';
import type { OldAnswer } from '../../../src/remote/options';
import { FRESH_MS, CachedAnswers } from '../../../src/remote/cachedAnswers';
import { CachedHeaders } from '../../../src/remote/cachedHeaders';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'neuromfa-kept-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('answers', () => {
  let now = 1_000_000;
  let told: OldAnswer[];
  let asked: number;
  const answers = (refresh = false): CachedAnswers => {
    told = [];
    asked = 0;
    const kept = new CachedAnswers(
      (old) => {
        told.push(old);
      },
      () => now,
    );
    kept.keep({ directory: folder, refresh });
    return kept;
  };
  const ask = (text: string | null) => (): Promise<string | null> => {
    asked++;
    return Promise.resolve(text);
  };
  const fail = (code: ErrorCode) => (): Promise<never> => {
    asked++;
    return Promise.reject(new NeuroMfaError(code, 'hf://a/b', 'no way leads to it', ''));
  };
  const place = { place: 'host' };

  it('count for some minutes, which is said once, and are asked for again then', async () => {
    expect(await answers().text('a', place, ask('one'))).toBe('one');
    const [at, kept] = [now, answers()];
    now += FRESH_MS - 1;
    for (let i = 0; i < 2; i++) expect(await kept.text('a', place, ask('two'))).toBe('one');
    expect([asked, told]).toEqual([0, [{ place: 'host', at, cause: null }]]);
    now += 1;
    expect(await kept.text('a', place, ask(null))).toBeNull();
    expect(await kept.text('a', place, ask('four'))).toBeNull();
    expect(asked).toBe(1);
  });

  it('are asked for again once that is wanted, and tell how old the oldest one is that is used instead', async () => {
    const kept = answers();
    await kept.text('a', place, ask('one'));
    const at = now++;
    expect([await kept.text('a', place, ask('two')), kept.oldest]).toEqual(['one', at]);
    kept.renew();
    expect(kept.oldest).toBeNull();
    expect([await kept.text('a', place, ask('two')), kept.oldest]).toEqual(['two', null]);
    now += 2;
    kept.renew();
    expect(await kept.text('a', place, fail('unreachable'))).toBe('two');
    expect(kept.oldest).toBe(now - 2);
  });

  it('are asked for again where that is wanted, and where the clock was set back', async () => {
    await answers().text('a', place, ask('one'));
    expect(await answers(true).text('a', place, ask('two'))).toBe('two');
    now -= 1000;
    expect(await answers().text('a', place, ask('three'))).toBe('three');
  });

  it('that never change are asked for once', async () => {
    await answers().text('a', { ...place, lasting: true }, ask('one'));
    now += 1000 * FRESH_MS;
    expect(await answers(true).text('a', { ...place, lasting: true }, ask('two'))).toBe('one');
    expect([asked, told]).toEqual([0, []]);
  });

  it('count however old they are where the server cannot be reached, and not where it refuses', async () => {
    await answers().text('a', place, ask('one'));
    const at = now;
    now += 10 * FRESH_MS;
    const kept = answers();
    expect(await kept.text('a', place, fail('unreachable'))).toBe('one');
    expect(told).toEqual([{ place: 'host', at, cause: 'no way leads to it' }]);
    for (const code of ['forbidden', 'missing', 'cancelled'] as const)
      await expect(kept.text('a', place, fail(code))).rejects.toMatchObject({ code });
    await expect(kept.text('b', place, fail('unreachable'))).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('that turn out to be old are asked for the next time', async () => {
    await answers().text('a', place, ask('one'));
    const kept = answers();
    await kept.text('a', place, ask('two'));
    kept.forget();
    expect(await kept.text('a', place, ask('two'))).toBe('two');
  });

  it('are not kept unless somebody says where', async () => {
    const kept = new CachedAnswers();
    await kept.text('a', place, ask('one'));
    expect(await kept.text('a', place, ask('two'))).toBe('two');
    kept.keep({ directory: null, refresh: false });
    expect(await kept.text('a', place, ask('three'))).toBe('three');
  });
});

it('headers are the ranges that were read, in this state, and nothing between them', () => {
  const files = new CachedFiles(folder);
  const headers = new CachedHeaders(files, 'state one');
  const content = Buffer.from(Array.from({ length: 100 }, (_, i) => i));
  headers.add({ offset: 2 ** 40, bytes: 100 }, content);
  headers.add({ offset: 0, bytes: 8 }, content.subarray(0, 8));
  headers.save();
  const again = new CachedHeaders(files, 'state one');
  expect(again.find({ offset: 2 ** 40 + 10, bytes: 20 })).toEqual(content.subarray(10, 30));
  expect(again.find({ offset: 0, bytes: 8 })).toEqual(content.subarray(0, 8));
  expect(again.find({ offset: 0, bytes: 9 })).toBeNull();
  expect(again.find({ offset: 2 ** 40 - 1, bytes: 2 })).toBeNull();
  expect(again.find({ offset: 2 ** 40 + 99, bytes: 2 })).toBeNull();
  expect(new CachedHeaders(files, 'state two').find({ offset: 0, bytes: 8 })).toBeNull();
});
