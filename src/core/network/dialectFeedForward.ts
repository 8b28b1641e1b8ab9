/** Reads MLPs, experts and short convolutions with any program's names in the form of families. */
import type { BlockLayers, Entry } from './dialectLayers';
import { fused, separate, step, type Step, type Unit } from './family';
import { declaredLayout } from './parts';
import type { Layout, Role } from './types';
import { isGateThenUp, mlpSlot } from './vocabulary';

/** Gate and up, or only up; and down. */
interface Sides {
  ups: readonly Entry[];
  down: Entry | undefined;
  layout: Layout;
}

const LAYOUTS: readonly Layout[] = ['out-in', 'in-out'];

/**
 * @param named whether its name is that of an MLP; otherwise widths alone must decide. @returns null where they do
 *   not.
 */
export function feedForwardUnit(
  block: BlockLayers,
  entries: readonly Entry[],
  named: boolean,
  expert?: string,
): Unit | null {
  if (entries.length > 3 || (entries.length < 2 && !named)) return null;
  const sides = byWidth(block, entries) ?? byNames(block, entries, named);
  if (!sides) return null;
  const { ups, down, layout } = sides;
  const [up, second] = ups;
  const role = (side: 'up' | 'down'): Role => (expert ? `expert.${side}` : `mlp.${side}`);
  const steps: Step[] = [];
  if (up && second) {
    const labels = mlpSlot(up.components)?.gate ? ['gate', 'up'] : [];
    steps.push(step(role('up'), 'input', [separate([up.name, second.name], 'hidden', labels)]));
  } else if (up && down) {
    const labels = isGateThenUp(up.components) ? ['gate', 'up'] : [];
    steps.push(step(role('up'), 'input', [fused(up.name, ['hidden', 'hidden'], 'gated', labels)]));
  } else if (up) steps.push(step(role('up'), 'input', [separate([up.name], 'hidden')]));
  if (down) steps.push(step(role('down'), 'hidden', [separate([down.name], 'output')]));
  return block.unit(expert ?? 'MLP', entries, steps, layout);
}

/** Decides by widths which layers read the block's activations and which write them. */
function byWidth(block: BlockLayers, entries: readonly Entry[]): Sides | null {
  const known = entries.find(({ layout }) => layout !== null)?.layout ?? block.layout;
  const [usual, turned] = (known ? [known] : LAYOUTS).map((layout) => sidesIn(layout, entries, block.width));
  if (!usual || !turned) return usual ?? turned ?? null;
  // Both are possible: names decide.
  return agreement(turned) > agreement(usual) ? turned : usual;
}

/** The number of names that agree with the widths. */
function agreement({ ups, down }: Sides): number {
  const says = (entry: Entry): boolean | undefined => mlpSlot(entry.components)?.down;
  return ups.filter((up) => says(up) === false).length + Number(down !== undefined && says(down) === true);
}

function sidesIn(layout: Layout, entries: readonly Entry[], width: number | null): Sides | null {
  const ups: Entry[] = [];
  const downs: Entry[] = [];
  for (const entry of entries) {
    const [sources, targets] = widthsIn(layout, entry);
    if ((sources === width) === (targets === width)) return null;
    (targets === width ? downs : ups).push(entry);
  }
  const [down] = downs;
  if (downs.length > 1 || ups.length > 2) return null;
  if (entries.length > 1 && !(down && isFed(ups, down, layout))) return null;
  return { ups: gateFirst(ups), down, layout };
}

/** Decides by names where widths do not: all are equal, or belong to another stream, as in mixers. */
function byNames(block: BlockLayers, entries: readonly Entry[], named: boolean): Sides | null {
  const layout = entries.find((entry) => entry.layout !== null)?.layout ?? block.layout ?? 'out-in';
  const says = entries.map(({ components }) => mlpSlot(components));
  const [own] = says;
  // Two square matrices may be anything, such as those of a graph convolution for a node and for its neighbors.
  if (!named && says.every((each) => each === null)) return null;
  if (entries.length === 1)
    return own ? { ups: own.down ? [] : entries, down: own.down ? entries[0] : undefined, layout } : null;
  const downs = entries.filter((_, i) => says[i]?.down);
  // Numbered layers: the last one writes.
  const down = downs.length === 1 && !says.includes(null) ? downs[0]! : entries.at(-1)!;
  const ups = entries.filter((entry) => entry !== down);
  return isFed(ups, down, layout) ? { ups: gateFirst(ups), down, layout } : null;
}

/** Whether `down` reads what the others write; half of that for a fused gate. */
function isFed(ups: readonly Entry[], down: Entry, layout: Layout): boolean {
  const [hidden, output] = widthsIn(layout, down);
  return (
    ups.length > 0 &&
    ups.every((up) => {
      const [input, written] = widthsIn(layout, up);
      return input === output && (written === hidden || (ups.length === 1 && written === 2 * hidden));
    })
  );
}

/** The numbers of sources and targets. The format's statement takes precedence over the layout being tried. */
function widthsIn(layout: Layout, { rows, columns, tensor }: Entry): [number, number] {
  return (declaredLayout(tensor) ?? layout) === 'out-in' ? [columns, rows] : [rows, columns];
}

function gateFirst(ups: readonly Entry[]): Entry[] {
  const isGate = ({ components }: Entry): boolean => mlpSlot(components)?.gate ?? false;
  return [...ups].sort((a, b) => Number(isGate(b)) - Number(isGate(a)));
}

/** Every expert, shared ones first. */
export function expertUnits(block: BlockLayers, entries: readonly Entry[]): Unit[] {
  const groups = new Map<string, { shared: boolean; stacked: boolean; entries: Entry[] }>();
  for (const entry of entries) {
    const shared = /shared|(^|_)shexp/.test(entry.name);
    const stacked = entry.layer.matrix === 0;
    const key = [shared, stacked, entry.name.includes('#'), entry.name.includes('_chexps')].join();
    const known = groups.get(key);
    if (known) known.entries.push(entry);
    else groups.set(key, { shared, stacked, entries: [entry] });
  }
  return [...groups.values()]
    .sort((a, b) => Number(b.shared) - Number(a.shared))
    .flatMap(({ shared, stacked, entries: own }) => {
      const unit = feedForwardUnit(block, own, true, shared ? 'shared expert' : 'expert');
      return unit ? [{ ...unit, stacked }] : [];
    });
}

/** A gated convolution: a matrix that widens, a kernel per channel, a matrix that writes. */
export function convolutionUnit(
  block: BlockLayers,
  entries: readonly Entry[],
  stateSpace: boolean,
): Unit | null {
  const rank = ({ components, layer }: Entry): number =>
    layer.role === 'conv.depthwise' ? 1 : /(^|_)in(_|$)|1$|expand/.test(components.at(-1)!) ? 0 : 2;
  const [first, kernel, last] = [...entries].sort((a, b) => rank(a) - rank(b));
  if (entries.length !== 3 || kernel!.layer.role !== 'conv.depthwise') return null;
  const inner = kernel!.rows;
  const copies = block.targetsOf(first!) / inner;
  if (![1, 2, 3].includes(copies) || block.sourcesOf(last!) !== inner) return null;
  const role = (own: Role, { layer }: Entry): Role => (stateSpace ? own : layer.role);
  const widened = Array.from({ length: copies }, () => 'inner');
  return block.unit('convolution', entries, [
    step(role('ssm.in', first!), 'input', [fused(first!.name, widened, 'in-turn')]),
    step(role('ssm.conv', kernel!), 'inner', [separate([kernel!.name], 'inner')], { channels: 'depthwise' }),
    step(role('ssm.out', last!), 'inner', [separate([last!.name], 'output')]),
  ]);
}
