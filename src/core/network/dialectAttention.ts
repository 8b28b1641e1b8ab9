/** Reads attention with any program's names in the form of families. */
import type { BlockLayers, Entry } from './dialectLayers';
import { weightsOf } from './dialectLayers';
import { fused, separate, step, type LayerName, type Step, type Unit, type Weights } from './family';
import { attentionSlot, isByHead, type AttentionSlot } from './vocabulary';

const LABELS = ['query', 'key', 'value'];
const HEADS = 'heads';
/** For fewer key and value heads than query heads. */
const KEYS = 'keys and values';

type Slots = ReadonlyMap<AttentionSlot, Entry>;

/** Separate layers for each head, as in `heads.3.query`. */
const HEAD = /(^|[._])heads?[._]\d+[._]/;

/**
 * @param context the layer that cross-attention reads; null for self-attention. @returns null where names and widths
 *   do not decide.
 */
export function attentionUnit(
  block: BlockLayers,
  entries: readonly Entry[],
  context: LayerName | null,
): Unit | null {
  const single = entries.filter(({ name }) => HEAD.test(name) && !context);
  const slots = slotsOf(entries.filter((entry) => !single.includes(entry)));
  if (!slots) return null;
  const out = slots.get('out');
  const writes: Step[] = out
    ? [step(context ? 'cross_attention.out' : 'attention.out', HEADS, [separate([out.name], 'output')])]
    : [];
  const reads =
    headSteps(single) ??
    latentSteps(slots) ??
    (context ? crossSteps(block, slots, context) : selfSteps(block, slots));
  return block.unit(context ? 'cross-attention' : 'attention', entries, [...reads, ...writes]);
}

/**
 * Assigns layers by name, then what remains: beside q, k and v the one that writes, beside the output the one that
 * reads.
 */
function slotsOf(entries: readonly Entry[]): Slots | null {
  const slots = new Map<AttentionSlot, Entry>();
  const unknown: Entry[] = [];
  for (const entry of entries) {
    const slot = attentionSlot(entry.components);
    if (slot && slots.has(slot)) return null;
    if (slot) slots.set(slot, entry);
    else unknown.push(entry);
  }
  const reads = [...slots.keys()].some((slot) => slot !== 'out');
  const [one, other] = unknown;
  if (unknown.length === 1) {
    if (!slots.has('out')) slots.set('out', one!);
    else if (!reads) slots.set('qkv', one!);
  } else if (one && other && unknown.length === 2 && slots.size === 0) {
    const size = ({ rows, columns }: Entry): number => rows * columns;
    if (size(one) !== size(other)) {
      slots.set('qkv', size(one) > size(other) ? one : other);
      slots.set('out', size(one) > size(other) ? other : one);
    }
  }
  return slots;
}

/** The queries of all heads, then the keys, then the values. */
function headSteps(entries: readonly Entry[]): Step[] | null {
  const parts = (['q', 'k', 'v'] as const).flatMap((slot, i) =>
    entries
      .filter(({ components }) => attentionSlot(components) === slot)
      .map((entry) => ({ entry, layer: 'head', label: LABELS[i]! })),
  );
  const input = weightsOf(parts);
  return input && [step('attention.qkv', 'input', [input])];
}

function selfSteps(block: BlockLayers, slots: Slots): Step[] {
  const qkv = slots.get('qkv');
  const input = qkv ? fusedInput(block, qkv, slots.get('out')) : separateInput(block, slots);
  return input ? [step('attention.qkv', 'input', [input])] : [];
}

function fusedInput(block: BlockLayers, qkv: Entry, out: Entry | undefined): Weights {
  const fusion = isByHead(qkv.components) ? 'by-head' : 'in-turn';
  if (out) return fused(qkv.name, [HEADS, KEYS, KEYS], fusion, LABELS);
  // Without the layer that reads it, the width of the heads is known only where q, k and v are equally wide.
  return block.targetsOf(qkv) % LABELS.length === 0
    ? fused(qkv.name, [HEADS, HEADS, HEADS], fusion, LABELS)
    : separate([qkv.name], HEADS);
}

function separateInput(block: BlockLayers, slots: Slots): Weights | null {
  const [key, value] = keysAndValues(block, slots);
  const together = !key || !value || block.targetsOf(key) === block.targetsOf(value);
  const [query, out] = [slots.get('q'), slots.get('out')];
  // In linear attention, the output reads values that may be wider than queries and keys.
  if (query && key && value && out && !together && block.sourcesOf(out) === block.targetsOf(value)) {
    const same = block.targetsOf(query) === block.targetsOf(key);
    return weightsOf([
      { entry: query, layer: 'queries', label: LABELS[0]! },
      { entry: key, layer: same ? 'queries' : 'keys', label: LABELS[1]! },
      { entry: value, layer: HEADS, label: LABELS[2]! },
    ]);
  }
  return weightsOf([
    { entry: query, layer: HEADS, label: LABELS[0]! },
    { entry: key, layer: KEYS, label: LABELS[1]! },
    { entry: value, layer: together ? KEYS : 'values', label: LABELS[2]! },
  ]);
}

/** q reads the block's activations, k and v read the context; k and v may be one tensor. */
function crossSteps(block: BlockLayers, slots: Slots, context: LayerName): Step[] {
  const fusedAll = slots.get('qkv');
  const out = slots.get('out');
  const queries = fusedAll && (out ? block.sourcesOf(out) : fusedAll.rows / LABELS.length);
  const isCut = fusedAll && queries! < fusedAll.rows && block.layoutOf(fusedAll) === 'out-in';
  const query = isCut ? block.rowsOf(fusedAll, 0, queries!) : (slots.get('q') ?? fusedAll);
  const [key, value] = isCut
    ? halves(block, block.rowsOf(fusedAll, queries!, fusedAll.rows - queries!))
    : keysAndValues(block, slots);
  const heads = query && block.targetsOf(query);
  const layerOf = (entry: Entry | undefined): LayerName =>
    !entry || heads === undefined || block.targetsOf(entry) === heads ? HEADS : KEYS;
  const both = weightsOf([
    { entry: key, layer: layerOf(key), label: LABELS[1]! },
    { entry: value, layer: layerOf(value), label: LABELS[2]! },
  ]);
  return [
    ...(query ? [step('cross_attention.q', 'input', [separate([query.name], HEADS, [LABELS[0]!])])] : []),
    ...(both ? [step('cross_attention.kv', context, [both])] : []),
  ];
}

function keysAndValues(block: BlockLayers, slots: Slots): [Entry | undefined, Entry | undefined] {
  const both = slots.get('kv');
  return both ? halves(block, both) : [slots.get('k'), slots.get('v')];
}

/** k and v from one tensor, as ranges of rows; as one layer where it is stored transposed. */
function halves(block: BlockLayers, both: Entry): [Entry, Entry | undefined] {
  const half = both.rows / 2;
  if (block.layoutOf(both) !== 'out-in' || !Number.isInteger(half)) return [both, undefined];
  // An entry that is a range already is divided from its own start.
  const { skip = 0 } = both.tensor;
  const first = skip / (both.columns * both.layer.part.taps);
  return [block.rowsOf(both, first, half), block.rowsOf(both, first + half, half)];
}

/** Multi-head latent attention as in DeepSeek's `modeling_deepseek_v3.py`. */
function latentSteps(slots: Slots): Step[] | null {
  const latent = slots.get('kv latent');
  const fromLatent = slots.get('kv of latent');
  const queryLatent = slots.get('q latent');
  const query = slots.get('q of latent') ?? slots.get('q');
  if (!latent || !fromLatent || !query || Boolean(queryLatent) !== slots.has('q of latent')) return null;
  const first = queryLatent ?? query;
  return [
    step('attention.qkv', 'input', [
      separate(
        [first.name, latent.name],
        [queryLatent ? 'query latent' : 'queries', 'latent and rotary key'],
      ),
    ]),
    ...(queryLatent ? [step('attention.qkv', 'query latent', [separate([query.name], 'queries')])] : []),
    step('attention.qkv', 'key-value latent', [separate([fromLatent.name], 'keys and values')]),
  ];
}
