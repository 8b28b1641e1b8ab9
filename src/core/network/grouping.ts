/** What tensor names tell where no family is known: blocks, and layers that read the same activations. */
import { replaceLastNumber, skeleton } from './names';
import type { Role } from './types';

/**
 * Finds the repeated parts of a model: `path` of a layer → path of its block, for blocks that have others of their
 * kind. Where numbers are nested, a block is the innermost part that has a neighbor with the same layers: the blocks of
 * a stage, not the stage; and a block, not its consecutive modules.
 */
export function repeatedBlocks(paths: readonly string[]): Map<string, string> {
  const contents = new Map<string, Contents>();
  const levels = paths.map((path) => {
    const prefixes = numberedPrefixes(path);
    for (const prefix of prefixes) {
      let own = contents.get(prefix);
      if (!own) contents.set(prefix, (own = { layers: 0, kinds: new Set() }));
      own.layers++;
      own.kinds.add(skeleton(path.slice(prefix.length + 1)));
    }
    return prefixes;
  });
  const repeated = repeatedLevels(contents);
  const blocks = paths.map((path, i): [string, string | null] => {
    const prefixes = levels[i]!;
    return [path, prefixes.findLast((prefix) => repeated.has(levelOf(prefix))) ?? prefixes[0] ?? null];
  });
  const numbers = new Map<string, number>();
  for (const prefix of contents.keys()) {
    for (const kind of new Set([levelOf(prefix), prefix.replace(/\d+/g, '#')]))
      numbers.set(kind, (numbers.get(kind) ?? 0) + 1);
  }
  const isRepeated = (block: string): boolean =>
    ONE_BLOCK.test(block) || numbers.get(levelOf(block))! > 1 || numbers.get(block.replace(/\d+/g, '#'))! > 1;
  return new Map(
    blocks.filter((entry): entry is [string, string] => entry[1] !== null && isRepeated(entry[1])),
  );
}

/** Matches the only block of a model, or the only one that an adapter updates. */
const ONE_BLOCK = /(^|[._])(layers?|blocks?|blk|h)[._]\d+$/i;

/** The layers below a prefix: how many there are, and their names with `#` for every number. */
interface Contents {
  layers: number;
  kinds: Set<string>;
}

/** Numbers directly after these words distinguish modules of one block. */
const WITHIN_BLOCK =
  /(^|[._])(experts?|heads?|mlps?|ffns?|ff|feed_?forwards?|attns?|adapters?|nets?|fn|to_out)[._]?#$/i;

/** The prefix with `#` for its last number: equal for neighbors. */
const levelOf = (prefix: string): string => replaceLastNumber(prefix, '#');

/** Levels at which two neighbors have the same layers, several in each. */
function repeatedLevels(contents: ReadonlyMap<string, Contents>): Set<string> {
  const repeated = new Set<string>();
  const seen = new Set<string>();
  for (const [prefix, { layers, kinds }] of contents) {
    const level = levelOf(prefix);
    if (layers < 2 || repeated.has(level) || WITHIN_BLOCK.test(level)) continue;
    const alike = [level, ...[...kinds].sort()].join('\n');
    if (seen.has(alike)) repeated.add(level);
    else seen.add(alike);
  }
  return repeated;
}

/**
 * Prefixes up to each component that is a number; without such, up to each that contains a number, unless it is the
 * layer.
 */
function numberedPrefixes(path: string): string[] {
  const components = path.split('.');
  const upTo = (found: (component: string) => boolean): string[] =>
    components.flatMap((each, i) => (found(each) ? [components.slice(0, i + 1).join('.')] : []));
  const numbers = upTo((each) => /^\d+$/.test(each));
  return numbers.length > 0 ? numbers : upTo((each) => /\d/.test(each)).filter((each) => each !== path);
}

/** Names of convolutions beside the layers of a block. */
export const SHORTCUT =
  /(^|[._])(downsample|shortcut|skip|conv_shortcut|proj_shortcut|residual_proj)([._]|$)/i;

/** The layer's position among those that read the same activations. */
export interface Place {
  /** Layers with one key read the same activations; null for a layer on its own. */
  key: string | null;
  /** Order in the group: q before k before v, gate before up. */
  rank: number;
  role: Role | null;
}

/** Last components of each group's names, in order; a group applies only where its first layer exists. */
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
/** Contexts where key and value are names of other things. */
const FEED_FORWARD = /mlp|ffn|feed_?forward/i;
const CROSS = /cross|enc(oder)?_?(dec(oder)?)?_?att|attn2|multihead_attn/i;

/** @param path the path of the layer, see `layerPath`. */
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
