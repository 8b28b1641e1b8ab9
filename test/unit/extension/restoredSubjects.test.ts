import { describe, expect, it } from 'vitest';
import { restoredPanel } from '../../../src/extension/panels/restoredSubjects';

const path = '/runs/neox-1m/step0/model.safetensors';

describe('restoredPanel', () => {
  it('gives the checkpoints back, each once', () => {
    expect(restoredPanel({ version: 1, paths: [path, path] })).toEqual({
      subjects: [{ path, name: 'neox-1m/step0' }],
    });
  });

  it('gives the mode back that was asked for', () => {
    expect(restoredPanel({ version: 1, paths: [path], mode: 'full' }).mode).toBe('full');
    expect(restoredPanel({ version: 1, paths: [path], mode: 'half' })).toEqual({ subjects: [] });
  });

  it.each([
    ['no state', undefined],
    ['text', 'x'],
    ['a later version', { version: 2, paths: [path] }],
    ['a relative path', { version: 1, paths: [path, 'model.safetensors'] }],
    ['something that is no path', { version: 1, paths: [path, { toString: 1 }] }],
    ['far too many paths', { version: 1, paths: Array.from({ length: 1001 }, (_, index) => `/${index}`) }],
  ])('gives none for %s', (_, state) => {
    expect(restoredPanel(state)).toEqual({ subjects: [] });
  });
});
