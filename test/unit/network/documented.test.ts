import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FAMILIES } from '../../../src/core/network/families/index';

it('every family is in the table of docs/architectures.md, and no other', () => {
  const [, table = ''] = readFileSync('docs/architectures.md', 'utf8').split('## Families\n');
  const rows = table.split('\n## ')[0]!.match(/^\| `.*?\|/gm)!;
  const named = rows.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map(([, id]) => id!));
  expect(named.sort()).toEqual([...FAMILIES.map(({ id }) => id), 'lora', 'generic'].sort());
});
