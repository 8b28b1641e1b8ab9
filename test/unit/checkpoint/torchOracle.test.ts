/** Files that PyTorch itself has written hold what `torch.load` finds in them (`test/fixtures/formats/torch/write.py`). */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DTYPE_BITS } from '../../../src/core/checkpoint/dtype';
import { ROOT } from '../support/golden';
import { withFile } from '../support/opened';

const FOLDER = join(ROOT, 'test/fixtures/formats/torch');
type Found = Record<string, [dtype: string, shape: number[], digest: string]>;
/** @param set the one that is analyzed unasked: its names stand alone. */
const EXPECTED = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as Record<
  string,
  { set: string; tensors: Found }
>;

it.each(Object.entries(EXPECTED))('%s: names, types, shapes and values', (file, { set, tensors }) => {
  const expected = Object.entries(tensors).map(([name, told]) => [
    set !== '' && name.startsWith(`${set}.`) ? name.slice(set.length + 1) : name,
    told,
  ]);
  const read = withFile(join(FOLDER, file), (checkpoint) =>
    checkpoint.tensors.map((tensor) => {
      const { name, dtype, shape } = tensor;
      const elements = shape.reduce((product, side) => product * side, 1);
      const bytes = new Uint8Array((elements * DTYPE_BITS[dtype]) / 8);
      checkpoint.read(tensor, 0, bytes);
      return [name, [dtype, [...shape], createHash('sha256').update(bytes).digest('hex')]];
    }),
  );
  expect(Object.fromEntries(read)).toEqual(Object.fromEntries(expected));
  expect(read).toHaveLength(expected.length);
});
