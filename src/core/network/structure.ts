/** Describes a network independently of its tensors' names and of anything else in its checkpoint. */
import { createHash } from 'node:crypto';
import type { NetworkStructure } from '../../protocol/analysis';
import type { Network, Projection } from './types';

/** The role, widths and parts of every projection, in network order. */
export function networkStructure({ projections }: Pick<Network, 'projections'>): NetworkStructure {
  const kinds = new Map<string, { index: number; kind: string[] }>();
  const blocks: NetworkStructure['blocks'] = [];
  for (let from = 0, to; from < projections.length; from = to) {
    const { block } = projections[from]!;
    to = from + 1;
    while (to < projections.length && projections[to]!.block === block) to++;
    const kind = counted(projections.slice(from, to).map(shapeOf));
    const key = kind.join('\n');
    const known = kinds.get(key) ?? { index: kinds.size, kind };
    kinds.set(key, known);
    blocks.push([block, known.index]);
  }
  return { kinds: [...kinds.values()].map(({ kind }) => kind), blocks };
}

/** A short name for the structure: 64 bits of its SHA-256, in hexadecimal. */
export function structureDigest(structure: NetworkStructure): string {
  return createHash('sha256').update(JSON.stringify(structure)).digest('hex').slice(0, 16);
}

/** For example `attention.qkv 64→128`; for convolutions also how many targets have how many taps in how many groups. */
function shapeOf({ role, sources, targets, layout, parts }: Projection): string {
  const runs: { taps: number; groups: number; targets: number }[] = [];
  for (const { taps, groups, rows, columns } of parts) {
    const own = layout === 'out-in' ? rows : columns * groups;
    const before = runs.at(-1);
    if (before?.taps === taps && before.groups === groups) before.targets += own;
    else runs.push({ taps, groups, targets: own });
  }
  const plain = runs.every(({ taps, groups }) => taps === 1 && groups === 1);
  const kernels = runs.map((run) => `${run.targets} × ${run.taps} taps in ${run.groups} groups`);
  return `${role} ${sources}→${targets}${plain ? '' : ` (${kernels.join(', ')})`}`;
}

/**
 * Consecutive repetitions of single shapes, and of pairs such as those of experts, are written once with their number.
 */
function counted(shapes: readonly string[]): string[] {
  const list: string[] = [];
  for (let at = 0; at < shapes.length;) {
    const [single, pair] = [1, 2].map((length) => repeats(shapes, at, length)) as [number, number];
    const length = 2 * pair > single && pair > 1 ? 2 : 1;
    const times = length === 2 ? pair : single;
    const unit = shapes.slice(at, at + length).join(' and ');
    list.push(times > 1 ? `${times} times ${unit}` : unit);
    at += times * length;
  }
  return list;
}

/** How often the `length` shapes from `at` on are repeated. */
function repeats(shapes: readonly string[], at: number, length: number): number {
  let end = at + length;
  if (end > shapes.length) return 0;
  while (end < shapes.length && shapes[end] === shapes[end - length]) end++;
  return Math.floor((end - at) / length);
}
