/** What tensor names tell where no family is known: blocks, and layers that read the same activations. */
import type { Role } from './types';

/** Repeated parts of a model: `path` of a layer → path of its block, for blocks that are not alone of their kind. */
export function repeatedBlocks(paths: readonly string[]): Map<string, string> {
  const blockOf = new Map(paths.map((path) => [path, blockPath(path)]));
  const kinds = new Map<string, Set<string>>();
  for (const block of blockOf.values()) {
    if (block === null) continue;
    const kind = block.replace(/\d+/g, '#');
    const same = kinds.get(kind);
    if (same) same.add(block);
    else kinds.set(kind, new Set([block]));
  }
  const repeated = [...blockOf].filter(
    (entry): entry is [string, string] =>
      entry[1] !== null && kinds.get(entry[1].replace(/\d+/g, '#'))!.size > 1,
  );
  return new Map(repeated);
}

/** Up to the first component that is a number; without one, up to the first that has a number, unless it is the layer. */
function blockPath(path: string): string | null {
  const components = path.split('.');
  const number = components.findIndex((component) => /^\d+$/.test(component));
  if (number >= 0) return components.slice(0, number + 1).join('.');
  const numbered = components.slice(0, -1).findIndex((component) => /\d/.test(component));
  return numbered < 0 ? null : components.slice(0, numbered + 1).join('.');
}

/** The layer's place among those that read what it reads. */
export interface Place {
  /** Layers with one key read the same activations; null for a layer on its own. */
  key: string | null;
  /** Order in the group: q before k before v, gate before up. */
  rank: number;
  role: Role | null;
}

/** Leaves of one group, in order; a group holds only where its first layer is there. */
const GROUPS: readonly { role: Role; group: string; leaves: readonly RegExp[] }[] = [
  {
    role: 'attention.qkv',
    group: 'qkv',
    leaves: [
      /(^|[._])(to_|w)?q(uery)?(_proj|_lin|_linear)?$|(^|[._])linear_q$/i,
      /(^|[._])(to_|w)?k(ey)?(_proj|_lin|_linear)?$|(^|[._])linear_k$/i,
      /(^|[._])(to_|w)?v(alue)?(_proj|_lin|_linear)?$|(^|[._])linear_v$/i,
    ],
  },
  {
    role: 'mlp.up',
    group: 'gated',
    leaves: [
      /(^|[._])(gate_proj|w1|wi_0|w_gate|linear_gate)$/i,
      /(^|[._])(up_proj|w3|wi_1|w_up|linear_up)$/i,
    ],
  },
];
/** Where key and value are names of other things. */
const FEED_FORWARD = /mlp|ffn|feed_?forward/i;
const CROSS = /cross|enc(oder)?_?(dec(oder)?)?_?att|attn2|multihead_attn/i;

/** @param path of the layer, see `layerPath`. */
export function placeOf(path: string): Place {
  for (const { role, group, leaves } of GROUPS) {
    const rank = leaves.findIndex((leaf) => leaf.test(path));
    if (rank < 0 || (group === 'qkv' && FEED_FORWARD.test(path))) continue;
    const parent = path.slice(0, path.search(leaves[rank]!));
    if (group === 'qkv' && CROSS.test(path)) {
      const q = rank === 0;
      return {
        key: `${parent}|${q ? 'q' : 'kv'}`,
        rank,
        role: q ? 'cross_attention.q' : 'cross_attention.kv',
      };
    }
    return { key: `${parent}|${group}`, rank, role };
  }
  return { key: null, rank: 0, role: null };
}

/** The role that a layer's name suggests. */
export function roleOf(path: string, sources: number, targets: number): Role {
  const attention = CROSS.test(path) ? 'cross_attention.out' : 'attention.out';
  if (/attn|attention|(^|[._])att([._]|$)/i.test(path)) {
    return /qkv|c_attn|query_key_value|in_proj/i.test(path) ? 'attention.qkv' : attention;
  }
  const wider = targets > sources ? 'up' : 'down';
  return /mlp|ffn|feed_?forward|intermediate|(^|[._])(fc|lin|linear|dense|pwconv)_?\d/i.test(path) &&
    targets !== sources
    ? `mlp.${wider}`
    : 'linear';
}
