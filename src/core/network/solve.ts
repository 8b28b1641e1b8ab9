/** Fits a unit of a family to the tensors of one block: which variant, which layout, how wide each layer is. */
import { NeuroMfaError } from '../../protocol/errors';
import { numbersIn, type Block } from './blocks';
import type { LayerName, Stack, Step, Unit, Weights } from './family';
import { divide, type Slice } from './fusion';
import { targetSegments } from './heads';
import { misfit } from './misfit';
import { partOf, sourcesOf, targetsOf, withGroups } from './parts';
import type { Config, Layout, ProjectionPart, Role, TargetSegment, TensorShape } from './types';

export interface SolvedStep {
  role: Role;
  from: LayerName;
  sources: number;
  slices: readonly Slice[];
  parts: readonly ProjectionPart[];
  segments: readonly TargetSegment[];
  layout: Layout;
  /** Number of the matrix in a stack of experts. */
  matrix: number | null;
}

export interface SolvedUnit {
  /** The unit's name, without and with the number of an expert. */
  kind: string;
  name: string;
  steps: readonly SolvedStep[];
}

/** One unit, and what stands for `#` in its names, or its place in a stack of matrices. */
interface Instance {
  name: string;
  variants: Unit['variants'];
  number: string;
  matrix: number | null;
}

/** Whether the block shows its family: by name it has all that its stack requires. */
export function isComplete(block: Block): boolean {
  if (block.stack.companion) return false;
  const units = block.stack.places.flat();
  const whole = (unit: Unit): boolean => instances(unit, block).some((each) => wholeVariant(each, block));
  return units.filter(({ optional }) => !optional).every(whole) && units.some(whole);
}

/**
 * The units of each place of a block; places without any are left out.
 * @param stream width of the activations that pass through, where blocks before have fixed it.
 * @throws NeuroMfaError `unsupported` with what is missing or does not fit.
 */
export function solveBlock(
  block: Block,
  stream: number | undefined,
  config: Config,
): { places: SolvedUnit[][]; stream: number | undefined } {
  const known = new Map<LayerName, number>(stream === undefined ? [] : [['input', stream]]);
  let preferred: Layout | undefined;
  const places = block.stack.places.map((units) =>
    units.flatMap((unit) =>
      instances(unit, block).flatMap((instance) => {
        const variant = presentVariant(unit, instance, block);
        if (!variant) return [];
        const layouts = [...unit.layouts].sort((a, b) => Number(b === preferred) - Number(a === preferred));
        const solved = firstThatFits(layouts, (layout) =>
          solveUnit(instance, variant, layout, block, new Map(known), config),
        );
        if (!unit.stacked) preferred = solved.layout;
        const width = solved.widths.get('input');
        if (block.stack.width !== 'free' && width !== undefined) known.set('input', width);
        return [{ kind: unit.name, name: instance.name, steps: solved.steps }];
      }),
    ),
  );
  return { places: places.filter((units) => units.length > 0), stream: known.get('input') };
}

function instances(unit: Unit, block: Block): Instance[] {
  const names = tensorNames(unit.variants);
  const numbered = names.filter((name) => name.includes('#'));
  if (numbered.length > 0) {
    const numbers = new Set(numbered.flatMap((name) => numbersIn(name, block.tensors.keys())));
    return [...numbers]
      .sort((a, b) => a - b)
      .map((number) => ({
        name: `${unit.name} ${number}`,
        variants: unit.variants,
        number: String(number),
        matrix: null,
      }));
  }
  if (!unit.stacked) return [{ name: unit.name, variants: unit.variants, number: '', matrix: null }];
  const first = names.map((name) => block.tensors.get(name)).find((tensor) => tensor !== undefined);
  return Array.from({ length: first?.shape[0] ?? 0 }, (_, matrix) => ({
    name: `${unit.name} ${matrix}`,
    variants: unit.variants,
    number: '',
    matrix,
  }));
}

function tensorOf(name: string, { number }: Instance, block: Block): TensorShape | undefined {
  return block.tensors.get(name.replace('#', number));
}

function tensorNames(variants: Unit['variants']): string[] {
  return variants.flat().flatMap(({ weights }) => weights.flatMap(({ tensors }) => tensors));
}

function chosen({ weights }: Step, instance: Instance, block: Block): Weights | undefined {
  return weights.find(({ tensors }) => tensors.every((name) => tensorOf(name, instance, block)));
}

function wholeVariant(instance: Instance, block: Block): readonly Step[] | undefined {
  return instance.variants.find((steps) =>
    steps.every((step) => step.optional || chosen(step, instance, block)),
  );
}

/** @returns nothing for an optional unit that is not there at all. */
function presentVariant(unit: Unit, instance: Instance, block: Block): readonly Step[] | undefined {
  const variant = wholeVariant(instance, block);
  if (variant) return variant;
  const missing = instance.variants
    .map((steps) => steps.filter((step) => !step.optional && !chosen(step, instance, block)))
    .sort((a, b) => a.length - b.length)[0]!;
  const present = tensorNames(instance.variants).some((name) => tensorOf(name, instance, block));
  if (unit.optional && !present) return undefined;
  const names = missing[0]!.weights[0]!.tensors.map((name) => name.replace('#', instance.number));
  throw misfit(`block ${block.path} has no ${names.join(', ')}`);
}

function firstThatFits<T>(layouts: readonly Layout[], solve: (layout: Layout) => T): T {
  let first: unknown;
  for (const layout of layouts) {
    try {
      return solve(layout);
    } catch (error) {
      if (!(error instanceof NeuroMfaError)) throw error;
      first ??= error;
    }
  }
  throw first;
}

interface Loaded {
  step: Step;
  weights: Weights;
  layout: Layout;
  parts: ProjectionPart[];
}

function solveUnit(
  instance: Instance,
  variant: readonly Step[],
  unitLayout: Layout,
  block: Block,
  widths: Map<LayerName, number>,
  config: Config,
): { steps: SolvedStep[]; layout: Layout; widths: ReadonlyMap<LayerName, number> } {
  const { matrix } = instance;
  const layer = streamLayer(block.stack);
  const agree = (name: LayerName, width: number, { tensor }: ProjectionPart, verb: string): void => {
    const key = layer(name);
    const known = widths.get(key) ?? width;
    if (known !== width) throw misfit(`${tensor} ${verb} ${width} neurons where ${known} are expected`);
    widths.set(key, width);
  };
  const loaded = variant.flatMap((step): Loaded[] => {
    const weights = chosen(step, instance, block);
    if (!weights) return [];
    const tensors = weights.tensors.map((name) => tensorOf(name, instance, block)) as TensorShape[];
    // A transposed convolution is stored [in, out / groups, …].
    const layout = step.channels === 'transposed' ? 'in-out' : unitLayout;
    return [{ step, weights, layout, parts: tensors.map((tensor) => partOf(tensor, matrix)) }];
  });
  // What a layer's reader has is its width; grouped kernels alone do not tell it.
  for (const { step, layout, parts } of loaded) {
    if (step.channels === 'grouped') continue;
    for (const [i, part] of parts.entries()) {
      parts[i] = withGroups(part, step.channels, undefined);
      agree(step.from, sourcesOf(parts[i], layout), part, 'reads');
    }
  }
  const steps = loaded.map(({ step, weights, layout, parts: ungrouped }): SolvedStep => {
    const grouped =
      step.channels === 'grouped'
        ? ungrouped.map((part) => withGroups(part, 'grouped', widths.get(layer(step.from))))
        : ungrouped;
    const { parts, slices } = divide(weights, grouped, layout, widths.get(layer(weights.to[0]!)), config);
    for (const [i, slice] of slices.entries()) {
      agree(slice.layer, slice.width, grouped[Math.min(i, grouped.length - 1)]!, 'writes');
    }
    const sources = sourcesOf(grouped[0]!, layout);
    const segments = targetSegments(slices, weights.fusion, config);
    return { role: step.role, from: step.from, sources, slices, parts, segments, layout, matrix };
  });
  return { steps, layout: unitLayout, widths };
}

/** Where the activations keep their width, what a unit reads and what it writes are equally wide. */
function streamLayer({ width }: Stack): (name: LayerName) => LayerName {
  return (name) => (width !== 'free' && name === 'output' ? 'input' : name);
}

/** All targets of a step. */
export function targetCount({ parts, layout }: SolvedStep): number {
  return parts.reduce((sum, part) => sum + targetsOf(part, layout), 0);
}
