/** Fits a unit of a family to the tensors of one block: which variant, which layout, and how wide each layer is. */
import { NeuroMfaError } from '../../protocol/errors';
import { shortened } from '../../protocol/visible';
import type { Block } from './blocks';
import type { Cut, LayerName, Stack, Step, Unit, Weights, Slice } from './family';
import { divide } from './fusion';
import { targetSegments } from './heads';
import { misfit, shapeText } from './misfit';
import {
  inRuns,
  partOf,
  rowsOf,
  shapeByRows,
  sourcesOf,
  stackedIn,
  declaredLayout,
  withGroups,
} from './parts';
import type { Config, Layout, ProjectionPart, Role, TargetSegment, TensorShape } from './types';

export interface SolvedStep {
  role: Role;
  from: LayerName;
  sources: number;
  slices: readonly Slice[];
  parts: readonly ProjectionPart[];
  segments: readonly TargetSegment[];
  layout: Layout;
}

export interface SolvedUnit {
  /** The unit's name, without and with the number of an expert. */
  kind: string;
  name: string;
  /**
   * Determined by its tensors' shapes: units with tensors of the same shapes, such as the experts of a block, share it.
   */
  solution: UnitSolution;
  /** The names of its tensors, step by step. */
  tensors: readonly string[];
  /** Index of the matrix in a stack of experts. */
  matrix: number | null;
}

export interface UnitSolution {
  /** The steps of the unit that was solved, with its own names. */
  steps: readonly SolvedStep[];
  tensors: readonly string[];
  matrix: number | null;
}

/** One unit, and the number in place of `#` in its names, or its index in a stack of matrices. */
interface Instance {
  name: string;
  variants: Unit['variants'];
  number: number | null;
  matrix: number | null;
}

/** A step whose tensors exist. */
interface ChosenStep {
  step: Step;
  weights: Weights;
  tensors: readonly TensorShape[];
}

/** Whether the block shows its family: by name it has everything that its stack requires. */
export function isComplete(block: Block): boolean {
  if (block.stack.companion) return false;
  const units = block.stack.places.flat();
  const whole = (unit: Unit): boolean =>
    instances(unit, block).some((each) => wholeVariants(each, block).length > 0);
  const signs = units.flatMap((unit) => {
    if (!unit.sign) return [];
    return unit.sign === 'first' ? [{ ...unit, variants: unit.variants.slice(0, 1) }] : [unit];
  });
  return (
    units.filter(({ optional }) => !optional).every(whole) && (signs.length > 0 ? signs : units).some(whole)
  );
}

/**
 * The units of each place of a block; places without any are left out.
 * @param stream width of the activations, where earlier blocks have fixed it.
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
    units.flatMap((unit) => {
      let before: { way: number; chosen: readonly ChosenStep[]; solution: UnitSolution } | undefined;
      return instances(unit, block).flatMap((instance): SolvedUnit[] => {
        const ways = presentVariants(unit, instance, block);
        const [first] = ways;
        if (!first) return [];
        const { name, matrix } = instance;
        const tensorsOf = (way: number): string[] =>
          ways[way]!.flatMap((step) => step.tensors.map((tensor) => tensor.name));
        if (before && sameShapes(before.chosen, first)) {
          const { way, solution } = before;
          return [{ kind: unit.name, name, solution, tensors: tensorsOf(way), matrix }];
        }
        const layouts = [...unit.layouts].sort((a, b) => Number(b === preferred) - Number(a === preferred));
        const trials = ways.flatMap((_, way) => layouts.map((layout) => ({ way, layout })));
        const { way, steps, layout, widths } = firstThatFits(trials, (trial) => ({
          way: trial.way,
          ...solveUnit(ways[trial.way]!, matrix, trial.layout, block, new Map(known), config),
        }));
        const tensors = tensorsOf(way);
        if (!unit.stacked) preferred = layout;
        const width = widths.get('input');
        if (block.stack.width !== 'free' && width !== undefined) known.set('input', width);
        const solution = { steps, tensors, matrix };
        before = { way, chosen: first, solution };
        return [{ kind: unit.name, name, solution, tensors, matrix }];
      });
    }),
  );
  const empty = places.findIndex((units) => units.length === 0);
  if (block.stack.whole && empty >= 0) {
    const missing = block.stack.places[empty]!.map(({ name }) => name);
    throw misfit(`block ${shortened(block.path)} has no ${[...new Set(missing)].join(', ')}`);
  }
  return { places: places.filter((units) => units.length > 0), stream: known.get('input') };
}

function instances(unit: Unit, block: Block): Instance[] {
  const { name, variants } = unit;
  const names = tensorNames(variants);
  const numbered = names.filter((each) => each.includes('#'));
  if (numbered.length > 0) {
    const numbers = new Set(numbered.flatMap((each) => [...(block.numbered.get(each)?.keys() ?? [])]));
    return [...numbers]
      .sort((a, b) => a - b)
      .map((number) => ({ name: `${name} ${number}`, variants, number, matrix: null }));
  }
  if (!unit.stacked) return [{ name, variants, number: null, matrix: null }];
  const first = names.map((each) => block.tensors.get(each)).find((tensor) => tensor !== undefined);
  return Array.from({ length: first ? stackedIn(first) : 0 }, (_, matrix) => ({
    name: `${name} ${matrix}`,
    variants,
    number: null,
    matrix,
  }));
}

function tensorOf(name: string, { number }: Instance, block: Block): TensorShape | undefined {
  return number === null ? block.tensors.get(name) : block.numbered.get(name)?.get(number);
}

function tensorNames(variants: Unit['variants']): string[] {
  return variants.flat().flatMap(({ weights }) => weights.flatMap(({ tensors }) => tensors));
}

function choose(step: Step, instance: Instance, block: Block): ChosenStep | null {
  for (const weights of step.weights) {
    const tensors = weights.tensors.map((name) => tensorOf(name, instance, block));
    if (tensors.every((tensor) => tensor !== undefined && mayBe(tensor, step)))
      return { step, weights, tensors: tensors as TensorShape[] };
  }
  return null;
}

/**
 * Numbers of modules in a sequence depend on which modules exist: a depthwise convolution shows by its single column.
 */
function mayBe(tensor: TensorShape, { channels }: Step): boolean {
  return channels !== 'depthwise' || shapeByRows(tensor)[1] === 1;
}

/** The variants whose required steps all exist, each with its existing steps. */
function wholeVariants(instance: Instance, block: Block): ChosenStep[][] {
  return instance.variants.flatMap((steps) => {
    const chosen = steps.map((step) => choose(step, instance, block));
    const whole = chosen.every((each, i) => each ?? steps[i]!.optional);
    return whole ? [chosen.filter((each) => each !== null)] : [];
  });
}

/** @returns nothing for an optional unit that does not exist at all. */
function presentVariants(unit: Unit, instance: Instance, block: Block): ChosenStep[][] {
  const whole = wholeVariants(instance, block);
  if (whole.length > 0) return whole;
  const missing = instance.variants
    .map((steps) => steps.filter((step) => !step.optional && !choose(step, instance, block)))
    .sort((a, b) => a.length - b.length)[0]!;
  const present = tensorNames(instance.variants).some((name) => tensorOf(name, instance, block));
  if (unit.optional && !present) return [];
  const names = missing[0]!.weights[0]!.tensors.map((name) => name.replace('#', String(instance.number)));
  throw misfit(`block ${shortened(block.path)} has no ${names.join(', ')}`);
}

/** Whether two instances of one unit differ only in the names of their tensors. */
function sameShapes(a: readonly ChosenStep[], b: readonly ChosenStep[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ weights, tensors }, i) => {
      const other = b[i]!;
      return weights === other.weights && tensors.every((tensor, j) => sameForm(tensor, other.tensors[j]!));
    })
  );
}

function sameForm(a: TensorShape, b: TensorShape): boolean {
  return (
    a.axes === b.axes &&
    a.groups === b.groups &&
    a.runs === b.runs &&
    a.shape.length === b.shape.length &&
    a.shape.every((size, i) => size === b.shape[i])
  );
}

/** The parts of a step with this unit's tensors. */
export function unitParts(
  step: SolvedStep,
  { solution, tensors, matrix }: SolvedUnit,
): readonly ProjectionPart[] {
  if (tensors === solution.tensors) return step.parts;
  const matrices = (matrix ?? 0) - (solution.matrix ?? 0);
  return step.parts.map((part) => ({
    ...part,
    tensor: tensors[solution.tensors.indexOf(part.tensor)]!,
    // In a stack of matrices, a part is one matrix.
    skip: part.skip + matrices * part.rows * part.columns,
  }));
}

function firstThatFits<A, T>(trials: readonly A[], solve: (trial: A) => T): T {
  let first: unknown;
  for (const trial of trials) {
    try {
      return solve(trial);
    } catch (error) {
      if (!(error instanceof NeuroMfaError)) throw error;
      first ??= error;
    }
  }
  throw first;
}

function solveUnit(
  chosen: readonly ChosenStep[],
  matrix: number | null,
  unitLayout: Layout,
  block: Block,
  widths: Map<LayerName, number>,
  config: Config,
): { steps: SolvedStep[]; layout: Layout; widths: ReadonlyMap<LayerName, number> } {
  if (matrix !== null) expectOneStack(chosen);
  const layer = streamLayer(block.stack);
  const agree = (name: LayerName, width: number, { tensor }: ProjectionPart, verb: string): void => {
    const key = layer(name);
    const known = widths.get(key) ?? width;
    if (known !== width)
      throw misfit(`${shortened(tensor)} ${verb} ${width} neurons where ${known} are expected`);
    widths.set(key, width);
  };
  const loaded = chosen.map(({ step, weights, tensors }) => {
    const layout = layoutOf(step, tensors, unitLayout);
    return {
      step,
      weights,
      layout,
      parts: tensors.map((tensor) => cutOf(partOf(tensor, matrix), weights.cut, layout)),
    };
  });
  // A layer has the width that its reader has; grouped convolutions alone do not give it.
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
    return {
      role: step.role,
      from: step.from,
      sources,
      slices,
      parts: parts.flatMap(inRuns),
      segments,
      layout,
    };
  });
  return { steps, layout: unitLayout, widths };
}

/** The format's statement takes precedence over the usual layout. */
function layoutOf({ channels }: Step, tensors: readonly TensorShape[], usual: Layout): Layout {
  // A transposed convolution is stored [in, out / groups, …].
  const [first, ...others] = tensors.map(
    (tensor) => declaredLayout(tensor) ?? (channels === 'transposed' ? 'in-out' : usual),
  );
  if (others.every((each) => each === first)) return first!;
  const names = tensors.map(({ name }) => shortened(name)).join(', ');
  throw misfit(`some of ${names} are stored by sources and others by targets`);
}

/** The rows that belong to this step. */
function cutOf(part: ProjectionPart, cut: Cut | null, layout: Layout): ProjectionPart {
  if (!cut) return part;
  if (layout === 'in-out')
    throw misfit(`${shortened(part.tensor)} holds several layers side by side, which are not told apart`);
  const first = cut.skip * part.columns;
  const count = cut.take === null ? part.rows - first : cut.take * part.columns;
  if (count > 0 && first + count <= part.rows) return rowsOf(part, first, count);
  const shape = shapeText([part.rows, part.columns]);
  throw misfit(
    `${shortened(part.tensor)} has shape ${shape}, which has no ${count > 0 ? count : 'further'} rows behind the first ${first}`,
  );
}

/** Checks that its tensors contain the matrices of the same experts. */
function expectOneStack(chosen: readonly ChosenStep[]): void {
  const [first, ...rest] = chosen.flatMap(({ tensors }) => tensors);
  const other = rest.find((tensor) => stackedIn(tensor) !== stackedIn(first!));
  if (!other) return;
  throw misfit(
    `${shortened(other.name)} has shape ${shapeText(other.shape)} where a stack of ${stackedIn(first!)} matrices is expected`,
  );
}

/** Where the activations keep their width, a unit reads and writes layers of that width. */
function streamLayer({ width }: Stack): (name: LayerName) => LayerName {
  return (name) => (width !== 'free' && name === 'output' ? 'input' : name);
}
