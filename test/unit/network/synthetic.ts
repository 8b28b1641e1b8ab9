/** The smallest checkpoint that a family's own table describes: the first way to store each step of every unit. */
import { skeleton } from '../../../src/core/network/names';
import type { Family, LayerName, Stack, Step, Unit } from '../../../src/core/network/family';
import type { Shapes } from './support';

const STREAM = 12;
/** Widths of layers that are not the activations that pass through; equal ones are no less different layers. */
const widthOf = (layer: LayerName): number =>
  /^(input|output|heads|.*context|.*encoder output)$/.test(layer) ? STREAM : 24;
const EXPERTS = 2;

/** As many blocks of each stack as may follow each other, from its first number on. */
export function synthetic({ stacks }: Family): Shapes {
  return Object.assign({}, ...stacks.flatMap((stack) => [0, 1].map((i) => blockOf(stack, i)))) as Shapes;
}

function blockOf(stack: Stack, i: number): Shapes {
  const levels = skeleton(stack.block).split('#').length - 1;
  if (i > 0 && levels === 0) return {};
  let level = 0;
  const path = stack.block.replace(/#/g, () =>
    String(level++ === levels - 1 ? i + (levels === 1 ? stack.from : 0) : stack.from),
  );
  return Object.fromEntries(
    stack.places
      .flat()
      .flatMap((unit) => tensorsOf(unit))
      .map(([name, shape]) => [`${path}.${name}.weight`, shape]),
  );
}

function tensorsOf(unit: Unit): [string, readonly number[]][] {
  const rows = new Map<string, number>();
  const steps = unit.variants[0]!;
  const tensors = steps.flatMap((step) => stored(step, rows));
  const numbers = tensors.some(([name]) => name.includes('#')) ? EXPERTS : 1;
  return Array.from({ length: numbers }, (_, i) => i).flatMap((i) =>
    tensors.map(([name, shape]): [string, readonly number[]] => [
      name.replace('#', String(i)),
      unit.stacked ? [EXPERTS, ...shape] : shape,
    ]),
  );
}

/** @param rows of tensors that hold several steps, so far. */
function stored({ from, weights, channels }: Step, rows: Map<string, number>): [string, readonly number[]][] {
  const { tensors, to, fusion, cut } = weights[0]!;
  const source = widthOf(from);
  return tensors.map((name, i): [string, readonly number[]] => {
    const own = fusion === null ? widthOf(to[i]!) : to.reduce((sum, layer) => sum + widthOf(layer), 0);
    const before = cut ? (rows.get(name) ?? 0) : 0;
    rows.set(name, before + own);
    if (channels === 'depthwise') return [name, [source, 1, 4]];
    if (channels === 'transposed') return [name, [source, own, 2, 2]];
    if (channels === 'grouped') return [name, [own, source / 2, 3, 3]];
    return [name, [before + own, source]];
  });
}
