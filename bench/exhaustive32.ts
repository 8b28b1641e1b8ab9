/**
 * Every 32-bit float against the packed table: 2^31 patterns, a minute or so for each transfer function.
 * `node scripts/run-ts.mjs bench/exhaustive32.ts [transfer …]`
 */
import { codes32, radiusCodes } from '../src/core/multifractal/radiusCodes';
import { TRANSFER } from '../src/core/multifractal/transfer';
import { TRANSFERS, type Transfer } from '../src/protocol/analysis';

const THRESHOLD = 150;
const PATTERNS = 2 ** 31;
const CELL_PATTERNS = 4096;

const names = process.argv.slice(2) as Transfer[];
for (const transfer of names.length > 0 ? names : TRANSFERS) {
  const [codes] = radiusCodes(TRANSFER[transfer], THRESHOLD);
  const { packed, unresolved } = codes32(codes!);
  const bits = new Uint32Array(1);
  const value = new Float32Array(bits.buffer);
  let open = 0;
  for (let pattern = 0; pattern < PATTERNS; pattern++) {
    const cell = pattern >>> 12;
    if (pattern % CELL_PATTERNS === 0 && unresolved.has(cell)) {
      open++;
      pattern += CELL_PATTERNS - 1; // these are examined one by one anyway
      continue;
    }
    bits[0] = pattern;
    const code = (packed[cell]! - (pattern & 4095)) >>> 12;
    if (code !== codes!.codeOf(value[0]!))
      throw new Error(`${transfer}: pattern ${pattern} has code ${code}, not ${codes!.codeOf(value[0]!)}`);
  }
  console.log(`${transfer}, T = ${THRESHOLD}: all patterns agree; ${open} cells are left open`);
}
