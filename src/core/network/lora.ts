/**
 * Low-rank adapters by themselves: A, from the adapted layer's input to the rank, and B, from the rank to its output,
 * are projections of their own. Names: PEFT's `lora_A`/`lora_B`, diffusers' and kohya's `lora_down`/`lora_up`.
 * Source of the definition: Hu et al., LoRA (ICLR 2022): ΔW = B·A.
 */
import type { SkippedTensor } from '../../protocol/analysis';
import { Draws } from './draws';
import { placeOf, repeatedBlocks } from './grouping';
import { jointName, type TensorIndex } from './names';
import { misfit } from './misfit';
import { partOf } from './parts';
import type { Network, Projection, ProjectionPart, TensorShape } from './types';

const DOWN = /^(.*?)\.?(?:lora_A(?:\.[^.]+)?|lora_down|lora\.down)$/;
const UP = /^(.*?)\.?(?:lora_B(?:\.[^.]+)?|lora_up|lora\.up)$/;

interface Pair {
  /** Path of the adapted layer. */
  base: string;
  a: ProjectionPart;
  b: ProjectionPart;
}

/** @returns null where the tensors are no adapter. @throws NeuroMfaError `unsupported` for halves that do not fit. */
export function loraNetwork({ all }: TensorIndex): Network | null {
  const downs = new Map<string, TensorShape>();
  const ups = new Map<string, TensorShape>();
  const skipped: SkippedTensor[] = [];
  for (const { tensor, path } of all) {
    const down = tensor.shape.length < 2 ? null : DOWN.exec(path);
    const up = tensor.shape.length < 2 ? null : UP.exec(path);
    if (down) downs.set(down[1]!, tensor);
    else if (up) ups.set(up[1]!, tensor);
    else skipped.push({ tensor: tensor.name, reason: 'no half of a low-rank update' });
  }
  if (downs.size === 0) return null;
  const pairs = [...downs].map(([base, down]) => pairOf(base, down, ups.get(base)));
  const blocks = repeatedBlocks(pairs.map(({ base }) => base));
  const index = new Map([...new Set(blocks.values())].map((block, i) => [block, i]));
  const draws = new Draws();
  const projections = groups(pairs).flatMap((group) => {
    const block = blocks.get(group[0]!.base);
    return groupProjections(group, block === undefined ? null : index.get(block)!, draws);
  });
  return { architecture: 'lora', blocks: index.size, projections, draws: draws.list, skipped };
}

function pairOf(base: string, down: TensorShape, up: TensorShape | undefined): Pair {
  if (!up) throw misfit(`${down.name} has no other half`);
  const [a, b] = [partOf(down), partOf(up)];
  if (a.rows !== b.columns) {
    throw misfit(`${down.name} has rank ${a.rows} and ${up.name} has rank ${b.columns}`);
  }
  return { base, a, b };
}

/** Pairs whose adapted layers read the same activations. */
function groups(pairs: readonly Pair[]): Pair[][] {
  const byKey = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const key = `${placeOf(pair.base).key ?? pair.base}|${pair.a.columns}x${pair.a.kernel}`;
    const group = byKey.get(key);
    if (group) group.push(pair);
    else byKey.set(key, [pair]);
  }
  const rank = ({ base }: Pair): number => placeOf(base).rank;
  return [...byKey.values()].map((group) => group.sort((x, y) => rank(x) - rank(y)));
}

function groupProjections(group: readonly Pair[], block: number | null, draws: Draws): Projection[] {
  const name = jointName(
    group.map(({ base }) => base),
    null,
  );
  const common = { block, layout: 'out-in', segments: [] } as const;
  const sources = group[0]!.a.columns;
  const input = draws.of(`${name} input`, sources, 1);
  let targets = 0;
  const inner = group.map(({ base, a }) => {
    const offset = targets;
    targets += a.rows;
    return { draw: draws.of(`${base} rank`, a.rows, 1), offset };
  });
  const down: Projection = {
    ...common,
    name: `${name} A`,
    role: 'lora.a',
    parts: group.map(({ a }) => a),
    sources,
    targets,
    sampling: { sources: input, targets: inner },
  };
  const ups = group.map(({ base, b }, i): Projection => ({
    ...common,
    name: `${base} B`,
    role: 'lora.b',
    parts: [b],
    sources: b.columns,
    targets: b.rows,
    sampling: {
      sources: inner[i]!.draw,
      targets: [{ draw: draws.of(`${base} output`, b.rows, 1), offset: 0 }],
    },
  }));
  return [down, ...ups];
}
