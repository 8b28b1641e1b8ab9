import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { packArrays } from '../../../src/protocol/packing';
import { hostMethods, spectrumModelSchema, spectrumStateSchema } from '../../../src/protocol/panel';
import { makeAnalysis } from '../support/analysis';

const { result, arrays } = makeAnalysis();
const done = { path: '/a', name: 'a', state: { kind: 'done', result, packed: packArrays(arrays) } };

describe('the model of a Spectrum panel', () => {
  it('takes items in every state', () => {
    const error = { code: 'damaged', subject: '/a', cause: 'cut short', nextStep: 'Download it again' };
    const states = [
      { kind: 'waiting' },
      { kind: 'running', progress: { done: 1, total: 10, bytesRead: 5 } },
      done.state,
      { kind: 'cancelled' },
      { kind: 'failed', error },
    ];
    const items = states.map((state, index) => ({ path: `/${index}`, name: String(index), state }));
    expect(
      v.parse(spectrumModelSchema, {
        items,
        asked: null,
        askedMode: 'sampled',
        settings: null,
        l10n: { Retry: 'Nochmal' },
      }).items,
    ).toEqual(items);
  });

  it.each([
    ['arrays that are not bytes', { ...done.state, packed: [1, 2, 3] }],
    ['a result of another schema', { ...done.state, result: { ...result, schema: 'neuromfa/analysis@4' } }],
    ['a state that does not exist', { kind: 'paused' }],
  ])('refuses %s', (_, state) => {
    expect(
      v.is(spectrumModelSchema, {
        items: [{ ...done, state }],
        asked: null,
        askedMode: 'sampled',
        settings: null,
        l10n: {},
      }),
    ).toBe(false);
  });
});

describe('the state that a panel keeps over a reload', () => {
  it('is a list of paths, and what the panel has in place of the settings', () => {
    expect(v.is(spectrumStateSchema, { version: 1, paths: ['/a', '/b'] })).toBe(true);
    const subset = { include: [], exclude: [], blocks: [[0, 2]], roles: ['mlp'] };
    expect(v.is(spectrumStateSchema, { version: 1, paths: [], mode: 'full', subset })).toBe(true);
    expect(v.is(spectrumStateSchema, { version: 1, paths: [], subset: null })).toBe(true);
    expect(v.is(spectrumStateSchema, { version: 1, paths: [], subset: ['mlp'] })).toBe(false);
  });

  it.each([
    undefined,
    null,
    'x',
    {},
    { version: 2, paths: [] },
    { version: 1, paths: '/a' },
    { version: 1, paths: [1] },
  ])('is not %j', (state) => {
    expect(v.is(spectrumStateSchema, state)).toBe(false);
  });
});

describe('saving', () => {
  it('takes text and bytes in known formats only', () => {
    const { params } = hostMethods.save;
    expect(v.is(params, { suggestedName: 'a.svg', format: 'svg', content: '<svg/>' })).toBe(true);
    expect(v.is(params, { suggestedName: 'a.png', format: 'png', content: Uint8Array.of(1) })).toBe(true);
    expect(v.is(params, { suggestedName: 'a.exe', format: 'exe', content: 'MZ' })).toBe(false);
  });
});
