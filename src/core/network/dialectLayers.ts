/** The layers of one block, whatever their names: which dimension of each holds the sources, and units made of them. */
import { largest } from '../../protocol/extremes';
import { separate, step, unit, type LayerName, type Step, type Unit, type Weights } from './family';
import type { Layer } from './genericLayers';
import type { Layout, Role, TensorShape } from './types';
import { attentionSlot, RESAMPLES } from './vocabulary';

export interface Entry {
  /** Its name in the block; `#` replaces the number in names of experts that differ only in it. */
  name: string;
  components: readonly string[];
  tensor: TensorShape;
  rows: number;
  columns: number;
  /** Known from a bias or from the program that wrote it; null where it is merely the usual one. */
  layout: Layout | null;
  layer: Layer;
}

const BOTH_LAYOUTS: readonly Layout[] = ['out-in', 'in-out'];
/** The number of an expert, in the positions where programs write it. */
const EXPERT_NUMBER = /(expert[a-z_]*[._]?)(\d+)(?=[._]|$)|(\.weight)(\d+)$/i;
/**
 * A name from a file may contain any character. `#`, which stands for numbers here, and `~`, which marks a range of
 * rows, are escaped as two characters, so that no two tensors get the same name.
 */
const ESCAPES: Readonly<Record<string, string>> = { '#': '~-', '~': '~~' };

export class BlockLayers {
  readonly entries: readonly Entry[];
  /** Width of the block's activations; null where it is unknown. */
  readonly width: number | null;
  /** The layout in which the block is stored; null if unknown. */
  readonly layout: Layout | null;
  /** By their names in the block, including ranges of rows of stored tensors. */
  readonly tensors = new Map<string, TensorShape>();
  /** The experts for names with `#`. */
  readonly numbered = new Map<string, Map<number, TensorShape>>();
  readonly #stored = new Map<string, Entry>();
  readonly #taken = new Set<Entry>();

  /** @param path the block's path. @param usual width of the activations in such blocks. */
  constructor(layers: readonly Layer[], path: string, usual: number | null) {
    const entries: Entry[] = [];
    for (const layer of layers) {
      const entry = this.#entryOf(layer, path);
      if (entry) entries.push(entry);
    }
    this.entries = entries;
    this.width = streamWidth(entries, usual);
    // What the format, or a name, says about one tensor says nothing about others.
    const layouts = entries.filter(({ tensor }) => !tensor.axes).map(({ layout }) => layout);
    this.layout = layouts.includes('in-out')
      ? 'in-out'
      : layouts.includes('out-in')
        ? 'out-in'
        : layoutOfAttention(entries, this.width);
  }

  /** Null for all experts after the first, and all matrices of a stack after the first. */
  #entryOf(layer: Layer, path: string): Entry | null {
    if (layer.matrix) return null;
    const own = layer.path.slice(path.length + 1).replace(/[#~]/g, (character) => ESCAPES[character]!);
    const match = EXPERT_NUMBER.exec(own);
    const digits = match?.[2] ?? match?.[4];
    const number = Number(digits);
    // `experts.01` is not the expert `experts.1`.
    const isExpert = String(number) === digits;
    const name = isExpert ? own.replace(EXPERT_NUMBER, '$1$3#') : own;
    const known = this.numbered.get(name);
    if (isExpert) {
      if (known) known.set(number, layer.tensor);
      else this.numbered.set(name, new Map([[number, layer.tensor]]));
      if (known) return null;
    } else this.tensors.set(name, layer.tensor);
    const components = name.replace(/\.kernel$|[._]weight#?$/, '').split('.');
    const { rows, columns } = layer.part;
    const layout = layer.isDeclared ? layer.layout : null;
    const entry = { name, components, tensor: layer.tensor, rows, columns, layout, layer };
    this.#stored.set(name, entry);
    return entry;
  }

  layoutOf({ layout }: Entry): Layout {
    return layout ?? this.layout ?? 'out-in';
  }

  sourcesOf(entry: Entry): number {
    return this.layoutOf(entry) === 'out-in' ? entry.columns * entry.layer.part.groups : entry.rows;
  }

  targetsOf(entry: Entry): number {
    return this.layoutOf(entry) === 'out-in' ? entry.rows : entry.columns * entry.layer.part.groups;
  }

  /** A range of rows of a stored tensor, as a tensor of its own. */
  rowsOf(entry: Entry, first: number, count: number): Entry {
    const { tensor, columns, layer } = entry;
    const name = `${entry.name}~${first}`;
    const run = {
      ...tensor,
      shape: [count, ...tensor.shape.slice(1)],
      skip: first * columns * layer.part.taps,
    };
    this.tensors.set(name, run);
    this.#stored.set(name, this.#stored.get(entry.name)!);
    return { ...entry, name, tensor: run, rows: count };
  }

  /**
   * Makes a unit of these steps and marks their layers as taken. @param entries those of its module, which may say how
   * it is stored.
   */
  unit(name: string, entries: readonly Entry[], steps: readonly Step[], layout?: Layout): Unit | null {
    if (steps.length === 0) return null;
    for (const { tensors } of steps.flatMap(({ weights }) => weights))
      for (const tensor of tensors) this.#taken.add(this.#stored.get(tensor)!);
    const known = entries.find((entry) => entry.layout !== null)?.layout;
    const first = layout ?? known ?? this.layout ?? 'out-in';
    return unit(name, [steps], { layouts: [first, ...BOTH_LAYOUTS.filter((each) => each !== first)] });
  }

  /** Whether some kernel is in no unit: the names of modules in convolutional blocks do not give their order. */
  hasLooseKernels(): boolean {
    return this.entries.some((entry) => entry.layer.role.startsWith('conv.') && !this.#taken.has(entry));
  }

  /** Makes a unit of each layer that is in none yet. */
  rest(): Unit[] {
    return this.entries.filter((entry) => !this.#taken.has(entry)).map((entry) => this.#single(entry));
  }

  #single(entry: Entry): Unit {
    const { role, part, matrix } = entry.layer;
    const unknown = /^(attention|cross_attention|mlp|expert)\./.test(role);
    const plain: Role = RESAMPLES.test(entry.name) ? 'resample' : unknown ? 'linear' : role;
    const channels =
      role === 'conv.depthwise'
        ? 'depthwise'
        : part.groups > 1
          ? 'grouped'
          : role === 'conv.transposed'
            ? 'transposed'
            : 'plain';
    const from = this.#isStream(this.sourcesOf(entry)) ? 'input' : `input of ${entry.name}`;
    const to = this.#isStream(this.targetsOf(entry)) ? 'output' : `output of ${entry.name}`;
    const weights = separate([entry.name], channels === 'depthwise' ? from : to);
    const steps = [step(plain, from, [weights], { channels })];
    return unit(entry.name, [steps], { layouts: [this.layoutOf(entry)], stacked: matrix === 0 });
  }

  #isStream(width: number): boolean {
    return this.width === null || this.width === width;
  }
}

/** The layout of q, k and v in one tensor: they read the block's activations. */
function layoutOfAttention(entries: readonly Entry[], width: number | null): Layout | null {
  const fused = entries.find(
    ({ components }) => attentionSlot(components) === 'qkv' || components.at(-1) === 'c_attn',
  );
  if (!fused || fused.rows === fused.columns) return null;
  return fused.columns === width ? 'out-in' : fused.rows === width ? 'in-out' : null;
}

/**
 * The width that most matrices have in one dimension; null where several widths are equally frequent.
 * @param usual decides among these.
 */
export function streamWidth(
  layers: readonly { rows: number; columns: number; layer: { role: Role } }[],
  usual: number | null,
): number | null {
  const counts = new Map<number, number>();
  const add = (width: number): void => void counts.set(width, (counts.get(width) ?? 0) + 1);
  for (const { rows, columns, layer } of layers) {
    if (layer.role === 'conv.depthwise') continue;
    add(rows);
    if (columns !== rows) add(columns);
  }
  const most = largest([...counts.values()]);
  const widths = [...counts].filter(([, count]) => count === most).map(([width]) => width);
  if (widths.length === 1) return widths[0]!;
  return usual !== null && widths.includes(usual) ? usual : null;
}

/** The weights that exist, each with the layer that it writes and its label. */
export function weightsOf(
  parts: readonly { entry: Entry | undefined; layer: LayerName; label: string }[],
): Weights | null {
  const there = parts.flatMap(({ entry, ...rest }) => (entry ? [{ entry, ...rest }] : []));
  if (there.length === 0) return null;
  return separate(
    there.map(({ entry }) => entry.name),
    there.map(({ layer }) => layer),
    there.map(({ label }) => label),
  );
}
