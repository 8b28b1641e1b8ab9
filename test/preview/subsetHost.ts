/** A network to choose parts of, for hosts that have none. */
import type { Subset } from '../../src/protocol/analysis';
import { NeuroMfaError } from '../../src/protocol/errors';
import type { Handlers } from '../../src/protocol/rpc';
import type { subsetMethods, SubsetInput } from '../../src/protocol/subset';

const ROLES = ['attention.qkv', 'attention.out', 'mlp.up', 'mlp.down'];
const BLOCKS = 6;

/** As the extension host's checks, as far as a preview needs them. */
function made({ include, exclude, blocks, roles }: SubsetInput): Subset | null {
  const ranges = blocks.map((text): [number, number] => {
    const match = /^(\d+)(?:-(\d+))?$/.exec(text);
    const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
    if (first <= last) return [first, last];
    throw new NeuroMfaError('usage', 'blocks', `"${text}" is no range of blocks`, 'Give ranges such as 0-5');
  });
  const all = [include, exclude, blocks, roles].every(({ length }) => length === 0);
  return all ? null : { include, exclude, blocks: ranges, roles };
}

function taken(subset: Subset): number {
  const among = (block: number): boolean =>
    subset.blocks.some(([first, last]) => block >= first && block <= last);
  const blocks = Array.from({ length: BLOCKS }, (_, block) => block).filter(
    (block) => subset.blocks.length === 0 || among(block),
  );
  const roles = ROLES.filter(
    (role) => subset.roles.length === 0 || subset.roles.some((group) => role.startsWith(group)),
  );
  return blocks.length * roles.length;
}

/** @param set told of the part to show from now on. */
export function subsetHost(set: (subset: Subset | null) => void): Handlers<typeof subsetMethods> {
  const of = BLOCKS * ROLES.length;
  const check = (input: SubsetInput): { projections: number; of: number } => {
    const subset = made(input);
    const projections = subset ? taken(subset) : of;
    if (projections > 0) return { projections, of };
    throw new NeuroMfaError(
      'usage',
      '/models/neox-1m/step4000',
      'the choice of names, blocks and roles leaves no projection',
      `There are ${BLOCKS} blocks (from 0) and the roles ${ROLES.join(', ')}`,
    );
  };
  return {
    outline: () => ({
      blocks: BLOCKS,
      roles: ROLES.map((role) => ({ role, projections: BLOCKS })),
      example: 'gpt_neox.layers.0.attention.query_key_value',
    }),
    checkSubset: check,
    setSubset: (input) => {
      check(input);
      set(made(input));
      return null;
    },
  };
}

/** The part of the scenarios about one. */
export const PART: Subset = {
  include: [],
  exclude: ['*query_key_value'],
  blocks: [[0, 2]],
  roles: ['attention', 'mlp.up'],
};
