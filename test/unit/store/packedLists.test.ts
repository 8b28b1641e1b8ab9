import { expect, it } from 'vitest';
import { packLists, unpackLists } from '../../../src/core/store/packedLists';
import type { AnalysisResult } from '../../../src/protocol/analysis';
import { makeAnalysis } from '../support/analysis';

const result = (): AnalysisResult => makeAnalysis().result;
const unpacked = (change = (values: Float64Array): Float64Array => values): AnalysisResult => {
  const { result: packed, values } = packLists(result());
  return unpackLists(packed, change(values));
};

it('what was packed is the same to whoever reads, copies or writes it', () => {
  expect(unpacked()).toEqual(result());
  expect(JSON.stringify(unpacked())).toBe(JSON.stringify(result()));
  const samples = unpacked().samples.map((sample) => ({ ...sample }));
  expect(samples).toEqual(result().samples);
  expect(structuredClone(unpacked())).toEqual(result());
});

it('a list is made once', () => {
  const [sample] = unpacked().samples;
  expect(sample!.tau).toBe(sample!.tau);
});

it('bits stay: negative zeros and the smallest numbers', () => {
  const own = result();
  own.samples[0]!.tau = [-0, 5e-324, 1 / 3];
  const { result: packed, values } = packLists(own);
  expect(unpackLists(packed, values).samples[0]!.tau).toEqual([-0, 5e-324, 1 / 3]);
});

const RADII = result().samples[0]!.radii.length;
it.each<[string, (values: Float64Array) => Float64Array]>([
  ['no value', (values) => values.with(0, NaN)],
  ['infinity', (values) => values.with(0, Infinity)],
  ['no count of edges', (values) => values.with(RADII, 0.5)],
  ['too few values', (values) => values.subarray(1)],
  ['too many values', (values) => Float64Array.from([...values, 1])],
])('refused: %s', (_, change) => {
  expect(() => unpacked(change)).toThrow(/not as it should be|another length/);
});
