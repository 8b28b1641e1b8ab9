import { describe, expect, it } from 'vitest';
import { withSubset } from '../../../src/extension/ownSettings';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { settings } from '../support/analysis';

const PART = { include: [], exclude: [], blocks: [], roles: ['mlp'] };
const OTHER = { ...PART, roles: ['attention'] };

describe('a part of the network in place of the settings', () => {
  it('is one where the settings ask for another, the whole network included', () => {
    expect(withSubset({}, PART, () => settings)).toEqual({ subset: PART });
    expect(withSubset({}, null, () => ({ ...settings, subset: PART }))).toEqual({ subset: null });
    expect(withSubset({ mode: 'full', subset: PART }, OTHER, () => settings)).toEqual({
      mode: 'full',
      subset: OTHER,
    });
  });

  it('is none where the settings ask for the same: from then on they are followed', () => {
    expect(withSubset({ mode: 'full', subset: PART }, null, () => settings)).toEqual({ mode: 'full' });
    expect(withSubset({}, PART, () => ({ ...settings, subset: PART }))).toEqual({});
  });

  it('does not need settings that are valid', () => {
    const broken = (): never => {
      throw new NeuroMfaError('usage', 'neurons', '0 is not a whole number', '');
    };
    expect(withSubset({}, null, broken)).toEqual({ subset: null });
  });
});
