import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Family, Stack } from '../../../src/core/network/family';
import { FAMILIES } from '../../../src/core/network/families/index';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import { outsideReason, ownReason } from '../../../src/core/network/reasons';
import type { Network, TensorShape } from '../../../src/core/network/types';
import { networkOf, tensors } from './support';
import { synthetic } from './synthetic';

const [, families = ''] = readFileSync('docs/architectures.md', 'utf8').split('## Families\n');
const rows = families
  .split('\n## ')[0]!
  .match(/^\| `.*\|$/gm)!
  .map((row) => row.split('|').map((cell) => cell.trim()))
  .map(([, id, , blocks, roles, order, leftOut, definition, drawn]) => ({
    ...{ id, blocks, roles, order, leftOut, definition, drawn },
  }));
const rowOf = (id: string): (typeof rows)[number] => rows.find((each) => each.id === `\`${id}\``)!;
/** What a cell has in backquotes. */
const quoted = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text!);

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

const sources = readdirSync('src/core/network/families')
  .map((name) => readFileSync(`src/core/network/families/${name}`, 'utf8'))
  .join('\n');

const CONFIG = { num_attention_heads: 2, num_key_value_heads: 2 };
/** The network of the smallest checkpoint of one way in which a family's blocks are stored. */
const networkOfStack = (family: Family, stack: Stack): Network =>
  buildNetwork(
    {
      tensors: tensors(synthetic({ ...family, stacks: [stack] })),
      config: { ...CONFIG, model_type: family.modelTypes[0] },
    },
    'test',
  );
const stacksOf = ({ stacks }: Family): Stack[] => stacks.filter(({ companion }) => !companion);

describe('what the table of a family says is what is read of such names', () => {
  it.each(
    FAMILIES.flatMap((family) =>
      stacksOf(family).map((stack) => [family.id, stack.block, family, stack] as const),
    ),
  )('%s in %s: its roles, in the order in which they stand in the table', (id, _, family, stack) => {
    const { architecture, projections } = networkOfStack(family, stack);
    expect(architecture).toBe(id);
    const read = new Set(projections.filter(({ block }) => block === 0).map(({ role }) => role));
    const described = stack.places.flat().flatMap(({ variants }) => variants[0]!.map(({ role }) => role));
    expect([...read]).toEqual([...new Set(described)]);
    const documented = quoted(rowOf(id).roles!);
    expect([...read].filter((role) => !documented.includes(role))).toEqual([]);
  });
});

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

  it.each(FAMILIES.map(({ id }) => id))(
    'cites definitions of %s that its tables or its tests are written by',
    (id) => {
      const files = quoted(rowOf(id).definition!).map((name) =>
        name.endsWith('.py') ? name.split('/').at(-1)! : name.split('.').at(-1)!,
      );
      expect(files.filter((file) => !sources.includes(file) && !definitions.includes(file))).toEqual([]);
    },
  );

  it.each(FAMILIES.map(({ id }) => id))('names of %s what is left out, and it is', (id) => {
    for (const name of quoted(rowOf(id).leftOut!)) {
      const path = name.replace('*', 'layers.0.proj');
      const shaped = (shape: readonly number[]): TensorShape => ({ name: path, dtype: 'F32', shape });
      const known =
        ownReason(shaped([24, 16]), `layers.0.${path}`) ??
        ownReason(shaped([24]), `layers.0.${path}`) ??
        outsideReason(path);
      const isTested = definitions.includes(name.replace('.*', ''));
      expect([name, known !== null || isTested]).toEqual([name, true]);
    }
  });

  it.each(FAMILIES.map((family) => [family.id, family] as const))(
    'says of %s truly where twice as many neurons are drawn',
    (id, family) => {
      if (!rowOf(id).drawn!.includes('2k')) return;
      const draws = stacksOf(family).flatMap((stack) => networkOfStack(family, stack).draws);
      expect(draws.some(({ multiple }) => multiple === 2)).toBe(true);
    },
  );

  it('says that what no family knows is read by names and shapes', () => {
    const shapes = { 'parts.0.first.weight': [24, 12], 'parts.0.second.weight': [12, 24] };
    const again = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name.replace('0', '1'), shape]),
    );
    expect(`\`${networkOf({ ...shapes, ...again }).architecture}\``).toBe(rowOf('generic').id);
  });
});
