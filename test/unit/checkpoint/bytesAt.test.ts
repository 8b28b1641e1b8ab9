/** How much lies at a path decides whether a second worker starts early. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { bytesAt } from '../../../src/core/storage/bytesAt';

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-bytes-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('is that of a file, or of all beside an index', async () => {
  const own = join(folder, 'own');
  mkdirSync(own);
  writeFileSync(join(own, 'model.safetensors'), Buffer.alloc(2_000_000));
  writeFileSync(join(own, 'other.safetensors'), Buffer.alloc(3_000_000));
  writeFileSync(join(own, 'model.safetensors.index.json'), '{}');
  expect(await bytesAt(join(own, 'model.safetensors'))).toBe(2_000_000);
  expect(await bytesAt(own)).toBe(5_000_002);
  expect(await bytesAt(join(own, 'model.safetensors.index.json'))).toBe(5_000_002);
});

it('is much where many files are, and nothing where nothing is', async () => {
  const many = join(folder, 'many');
  mkdirSync(many);
  for (let i = 0; i < 65; i++) writeFileSync(join(many, `${i}`), '');
  expect(await bytesAt(many)).toBe(Infinity);
  expect(await bytesAt(join(folder, 'none'))).toBe(0);
});
