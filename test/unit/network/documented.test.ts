import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Family } from '../../../src/core/network/family';
import { FAMILIES } from '../../../src/core/network/families/index';

const [, families = ''] = readFileSync('docs/architectures.md', 'utf8').split('## Families\n');
const rows = families
  .split('\n## ')[0]!
  .match(/^\| `.*\|$/gm)!
  .map((row) => row.split('|').map((cell) => cell.trim()))
  .map(([, id, , blocks, roles, order, , definition]) => ({ id, blocks, roles, order, definition }));

const listed = (names: readonly string[]): string =>
  [...new Set(names)].map((name) => `\`${name}\``).join(', ');

/** Those that a block may have, in the order in which stacks and places follow each other. */
function rolesOf({ stacks }: Family): string[] {
  const inOrder = [...stacks].sort((a, b) => a.phase - b.phase);
  return inOrder.flatMap(({ places }) =>
    places.flat().flatMap(({ variants }) => variants.flat().map(({ role }) => role)),
  );
}

/** The tests of families against their definitions, which `networkOf` of `support.ts` holds against `inspect --json` as well. */
const definitions = readdirSync('test/unit/network')
  .filter((name) => name.endsWith('.test.ts') && name !== 'documented.test.ts')
  .map((name) => readFileSync(`test/unit/network/${name}`, 'utf8'))
  .join('\n');

it.each(FAMILIES.map(({ id }) => id))('%s has a test that names it', (id) => {
  expect(definitions).toContain(`'${id}'`);
});

describe('the table of docs/architectures.md', () => {
  it('has every family, and no other', () => {
    expect(rows.map(({ id }) => id).sort()).toEqual(
      [...FAMILIES.map(({ id }) => id), 'lora', 'generic'].map((id) => `\`${id}\``).sort(),
    );
  });

  it.each(FAMILIES.map((family) => [family.id, family] as const))(
    'says of %s where its blocks are and what is in them',
    (id, family) => {
      const row = rows.find((each) => each.id === `\`${id}\``)!;
      const own = family.stacks.filter(({ companion }) => !companion).map(({ block }) => block);
      expect(row.blocks).toBe(listed(own));
      expect(row.roles).toBe(listed(rolesOf(family)));
      expect(row.order).not.toBe('');
      // A definition that everybody can look up.
      expect(row.definition).toMatch(/`[\w./]+`|et al\./);
    },
  );
});
