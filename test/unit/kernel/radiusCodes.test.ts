import { describe, expect, it } from 'vitest';
import { elementReader } from '../../../src/core/checkpoint/dtype';
import { roundHalfEven } from '../../../src/core/multifractal/rounding';
import {
  codes16,
  codes32,
  codeSizes,
  radiusCodes,
  type RadiusCodes,
} from '../../../src/core/multifractal/radiusCodes';
import { TRANSFER } from '../../../src/core/multifractal/transfer';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { TRANSFERS, type Transfer } from '../../../src/protocol/analysis';

/** What a code must say of a weight, straight from the definition: its radius in either count, or that it has none. */
function expected(
  transfer: Transfer,
  threshold: number,
  magnitude: number,
): { spectrum: number; nfd: number } {
  const d = TRANSFER[transfer](magnitude);
  return {
    spectrum: d > 1 && d <= threshold ? roundHalfEven(d) : -1,
    nfd: d > 0 && d <= 200 ? roundHalfEven(d) : -1,
  };
}

function decoded(
  tables: readonly RadiusCodes[],
  codeIn: (codes: RadiusCodes) => number,
): { spectrum: number; nfd: number } {
  const meaning = (kind: 'spectrum' | 'nfd'): number => {
    const codes = tables.find((each) => each[kind])!;
    const code = codeIn(codes);
    const run = codes[kind]!;
    return code >= run.first && code <= run.last ? codes.radius[code]! : -1;
  };
  return { spectrum: meaning('spectrum'), nfd: meaning('nfd') };
}

const THRESHOLDS = [1.2, 2, 150, 150.5, 200, 200.3, 250, 250.4, 254, 255, 2000.7, 65_530, 65_534];

describe.each(['F16', 'BF16'] as const)('%s, every pattern', (dtype) => {
  const values = Float64Array.from({ length: 32768 }, (_, bits) =>
    elementReader(dtype, Uint8Array.of(bits & 255, bits >>> 8))(0),
  );
  it.each(TRANSFERS.flatMap((transfer) => THRESHOLDS.map((threshold) => [transfer, threshold] as const)))(
    '%s, T %f',
    (transfer, threshold) => {
      const tables = radiusCodes(TRANSFER[transfer], threshold);
      expect(tables.map(({ size }) => size)).toEqual(codeSizes(threshold));
      const bytes = new Map(tables.map((codes) => [codes, codes16(codes, (bits) => values[bits]!)]));
      for (let bits = 0; bits < 32768; bits++) {
        const ours = decoded(tables, (codes) => bytes.get(codes)![bits]!);
        const { spectrum, nfd } = expected(transfer, threshold, values[bits]!);
        if (ours.spectrum !== spectrum || ours.nfd !== nfd) {
          expect.fail(`pattern ${bits}: ${JSON.stringify(ours)} is not ${JSON.stringify({ spectrum, nfd })}`);
        }
      }
    },
  );

  it('marks what is not finite', () => {
    const [codes] = radiusCodes(TRANSFER.inv, 150);
    const table = codes16(codes!, (bits) => values[bits]!);
    for (let bits = 0; bits < 32768; bits++) expect(table[bits] === 0).toBe(!Number.isFinite(values[bits]!));
  });
});

describe('F32', () => {
  const pattern = new Uint32Array(1);
  const value = new Float32Array(pattern.buffer);

  /** Patterns around every change of code, and seeded ones everywhere. */
  function* patterns(packed: Uint32Array): Generator<number> {
    for (let cell = 0; cell < packed.length; cell++) {
      const last = packed[cell]! & 4095;
      if (last === 4095) continue;
      yield cell * 4096 + last;
      yield cell * 4096 + last + 1;
    }
    const generator = new Mt19937(32);
    for (let i = 0; i < 200_000; i++) yield generator.uint32() & 0x7fffffff;
    yield* [
      0, 1, 4095, 4096, 0x007fffff, 0x00800000, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x7f7fffff, 0x7f800000,
      0x7fffffff,
    ];
  }

  it.each(TRANSFERS.flatMap((transfer) => [150, 254].map((threshold) => [transfer, threshold] as const)))(
    '%s, T %f',
    (transfer, threshold) => {
      const tables = radiusCodes(TRANSFER[transfer], threshold);
      const packed = new Map(tables.map((codes) => [codes, codes32(codes)]));
      let checked = 0;
      for (const [codes, { packed: table, unresolved }] of packed) {
        for (const bits of patterns(table)) {
          pattern[0] = bits;
          const code = (table[bits >>> 12]! - (bits & 4095)) >>> 12;
          const magnitude = value[0]!;
          const right = unresolved.has(bits >>> 12) ? codes.beyond : codes.codeOf(magnitude);
          if (code !== right) expect.fail(`pattern ${bits}: code ${code} is not ${right}`);
          checked++;
        }
        // Only the smallest subnormals may hold several boundaries, and only where the logarithm tells them apart.
        expect([...unresolved]).toEqual(transfer === 'neglog' ? [0] : []);
      }
      expect(checked).toBeGreaterThan(200_000);
    },
  );
});
