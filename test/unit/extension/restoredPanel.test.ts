import { describe, expect, it } from 'vitest';
import { restoredPanel } from '../../../src/extension/panels/restoredPanel';

const path = '/runs/neox-1m/step0/model.safetensors';

const nothing = { checkpoints: [], own: {} };

describe('restoredPanel', () => {
  it('gives the checkpoints back, each once', () => {
    expect(restoredPanel({ version: 1, paths: [path, path] })).toEqual({
      checkpoints: [{ path, name: 'neox-1m/step0' }],
      own: {},
    });
  });

  it('gives back what the panel had in place of the settings', () => {
    const subset = { include: [], exclude: ['a*'], blocks: [[0, 2]], roles: ['mlp'] };
    expect(restoredPanel({ version: 1, paths: [path], mode: 'full' }).own).toEqual({ mode: 'full' });
    expect(restoredPanel({ version: 1, paths: [path], subset }).own).toEqual({ subset });
    expect(restoredPanel({ version: 1, paths: [path], subset: null }).own).toEqual({ subset: null });
    expect(restoredPanel({ version: 1, paths: [path], mode: 'half' })).toEqual(nothing);
    expect(restoredPanel({ version: 1, paths: [path], subset: { blocks: 'all' } })).toEqual(nothing);
  });

  it.each([
    ['no state', undefined],
    ['text', 'x'],
    ['a later version', { version: 2, paths: [path] }],
    ['a relative path', { version: 1, paths: [path, 'model.safetensors'] }],
    ['something that is no path', { version: 1, paths: [path, { toString: 1 }] }],
    ['far too many paths', { version: 1, paths: Array.from({ length: 1001 }, (_, index) => `/${index}`) }],
  ])('gives none for %s', (_, state) => {
    expect(restoredPanel(state)).toEqual(nothing);
  });
});
