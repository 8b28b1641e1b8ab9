import { describe, expect, it } from 'vitest';
import { missingSpectrum, multifractalSpectrum } from '../../../src/core/multifractal/spectrum';
import { expectAllClose, expectClose } from '../support/close';
import { countLengths } from '../support/lengths';
import { unitCases, type UnitCase } from '../support/golden';
import { EdgeCounts, neuronFractalDimensions, partitionSums } from '../support/plain';

function plainly({ mat, threshold, q }: UnitCase): ReturnType<typeof countLengths> {
  const [spectrum, nfd] = [EdgeCounts.forSpectrum(mat.length, threshold), EdgeCounts.forNfd(mat.length)];
  for (const [source, row] of mat.entries()) {
    for (const d of row) for (const counts of [spectrum, nfd]) counts.add(source, Number(d));
  }
  return { sums: partitionSums(spectrum, q), nfd: neuronFractalDimensions(nfd) };
}

function byKernel({ mat, threshold, q }: UnitCase): ReturnType<typeof countLengths> {
  return countLengths(
    mat.map((row) => row.map(Number)),
    threshold,
    q,
  );
}

describe.each([
  ['by the kernel', byKernel],
  ['weight by weight', plainly],
])('hand-made matrices, against the reference, %s', (_, analyze) => {
  // Lengths are rounded to whole numbers alone.
  it.each(unitCases.cases.filter(({ fdigi }) => fdigi === 0))('$name', (unit) => {
    const { sums, nfd } = analyze(unit);
    // The reference has 0 where no dimension exists; we say that it is missing.
    expectAllClose(
      nfd.map((value) => (Number.isNaN(value) ? 0 : value)),
      unit.nfd_threshold200,
      'nfd',
    );

    expect(sums.radii.length).toBe(unit.radii.length);
    if (unit.radii.length < 2) {
      const code = unit.radii.length === 0 ? 'too-few-edges' : 'one-radius';
      expect(missingSpectrum(sums)).toMatchObject({ code });
      expect(() => multifractalSpectrum(sums, unit.q)).toThrow(RangeError);
      return;
    }
    const spectrum = multifractalSpectrum(sums, unit.q);
    expectAllClose(
      sums.radii.map((radius) => radius / spectrum.rMax),
      unit.radii,
      'radii',
    );
    for (const [order, row] of unit.ln_Z.entries()) {
      expectAllClose(
        spectrum.lnZ.subarray(order * row.length, (order + 1) * row.length),
        row,
        `lnZ[${order}]`,
      );
    }
    expectAllClose(spectrum.tau, unit.tau.map(Number), 'tau');
    expectAllClose(spectrum.alpha, unit.alpha!.map(Number), 'alpha');
    expectAllClose(spectrum.f, unit.f_alpha!.map(Number), 'f');
    expectClose(spectrum.width, Number(unit.w), 'w');
    expectClose(spectrum.alpha0, Number(unit.alpha![unit.q.indexOf(0)]), 'alpha0');
  });
});
