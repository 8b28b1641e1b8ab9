import { describe, expect, it } from 'vitest';
import { restoredSubjects } from '../../../src/extension/panels/restoredSubjects';

const path = '/runs/neox-1m/step0/model.safetensors';

describe('restoredSubjects', () => {
  it('gives the checkpoints back, each once', () => {
    expect(restoredSubjects({ version: 1, paths: [path, path] })).toEqual([{ path, name: 'neox-1m/step0' }]);
  });

  it.each([
    ['no state', undefined],
    ['text', 'x'],
    ['a later version', { version: 2, paths: [path] }],
    ['a relative path', { version: 1, paths: [path, 'model.safetensors'] }],
    ['something that is no path', { version: 1, paths: [path, { toString: 1 }] }],
    ['far too many paths', { version: 1, paths: Array.from({ length: 1001 }, (_, index) => `/${index}`) }],
  ])('gives none for %s', (_, state) => {
    expect(restoredSubjects(state)).toEqual([]);
  });
});
