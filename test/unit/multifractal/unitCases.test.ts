import { describe, expect, it } from 'vitest';
import { EdgeCounts } from '../../../src/core/multifractal/boxGrowing';
import { neuronFractalDimensions } from '../../../src/core/multifractal/nfd';
import { partitionSums } from '../../../src/core/multifractal/partition';
import { missingSpectrum, multifractalSpectrum } from '../../../src/core/multifractal/spectrum';
import { expectAllClose, expectClose } from '../support/close';
import { unitCases, type UnitCase } from '../support/golden';

/** Counts a matrix of edge lengths, one row per source. */
function count(unit: UnitCase, into: (sources: number) => EdgeCounts): EdgeCounts {
  const counts = into(unit.mat.length);
  for (const [source, row] of unit.mat.entries()) {
    for (const d of row) counts.add(source, Number(d));
  }
  return counts;
}

describe('hand-made matrices, against the reference', () => {
  // Lengths are rounded to whole numbers alone.
  it.each(unitCases.cases.filter(({ fdigi }) => fdigi === 0))('$name', (unit) => {
    const counts = count(unit, (sources) => EdgeCounts.forSpectrum(sources, unit.threshold));
    const sums = partitionSums(counts, unit.q);
    const nfd = neuronFractalDimensions(count(unit, (sources) => EdgeCounts.forNfd(sources)));
    // The reference has 0 where no dimension exists; we say that it is missing.
    expectAllClose(
      nfd.map((value) => (Number.isNaN(value) ? 0 : value)),
      unit.nfd_threshold200,
      'nfd',
    );

    expect(sums.radii.length).toBe(unit.radii.length);
    if (unit.radii.length < 2) {
      expect(missingSpectrum(sums)).toMatch(unit.radii.length === 0 ? /more than 10 edges/ : /single radius/);
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
