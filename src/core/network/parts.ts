/** Makes parts of projections from stored tensors. */
import { shortened } from '../../protocol/visible';
import type { Channels } from './family';
import { misfit, shapeText } from './misfit';
import type { Axes, Layout, ProjectionPart, TensorShape } from './types';

/** A tensor with more matrices is no stack of experts. */
export const MAX_STACKED = 4_096;

const PLANES = 'kernel-';

/** The layout that a format states; undefined where it states none. */
export function declaredLayout({ axes }: TensorShape): Layout | undefined {
  return axes?.replace(PLANES, '') as Layout | undefined;
}

/** Whether a convolution is stored as planes of [rows, columns]. */
export function isPlanes(axes: Axes | undefined): boolean {
  return axes?.startsWith(PLANES) ?? false;
}

/** The shape in PyTorch's order: rows and columns before the taps. */
export function shapeByRows({ shape, axes }: TensorShape): readonly number[] {
  return isPlanes(axes) ? [...shape.slice(-2), ...shape.slice(0, -2)] : shape;
}

/** The number of matrices in a stack; 1 where the tensor is no stack, which {@link partOf} then refuses. */
export function stackedIn({ shape }: TensorShape): number {
  return shape.length === 3 && shape[0]! <= MAX_STACKED ? shape[0]! : 1;
}

/**
 * All of a matrix [rows, columns] or a kernel [rows, columns, …], or one matrix of a stack [matrices, rows, columns].
 * @throws NeuroMfaError `unsupported` where the shape is none of these.
 */
export function partOf(tensor: TensorShape, matrix: number | null = null): ProjectionPart {
  const [rows = 0, columns = 0, ...rest] = matrix === null ? shapeByRows(tensor) : tensor.shape.slice(1);
  const taps = rest.reduce((product, size) => product * size, 1);
  const noStack = matrix !== null && (rest.length > 0 || tensor.shape[0]! > MAX_STACKED);
  if (rows * columns * taps === 0 || noStack) {
    const expected = matrix === null ? 'a matrix' : `a stack of up to ${MAX_STACKED} matrices`;
    throw misfit(
      `${shortened(tensor.name)} has shape ${shapeText(tensor.shape)} where ${expected} is expected`,
    );
  }
  return {
    tensor: tensor.name,
    skip: (tensor.skip ?? 0) + (matrix ?? 0) * rows * columns,
    rows,
    columns,
    taps,
    groups: groupsOf(tensor, rows),
    ...(isPlanes(tensor.axes) && taps > 1 && { planes: true }),
    ...(tensor.runs !== undefined && { runs: tensor.runs }),
  };
}

/** The ranges of columns of a part, each as a part of its own. */
export function inRuns({ runs = 1, ...part }: ProjectionPart): ProjectionPart[] {
  const columns = part.columns / runs;
  return Array.from({ length: runs }, (_, i) => ({
    ...part,
    skip: part.skip + i * part.rows * columns,
    columns,
  }));
}

/** @throws NeuroMfaError `unsupported` where the rows do not divide into the groups that the format states. */
function groupsOf({ name, groups = 1 }: TensorShape, rows: number): number {
  if (Number.isInteger(groups) && groups > 0 && rows % groups === 0) return groups;
  throw misfit(`${shortened(name)} has ${rows} rows, which do not fall into ${groups} groups`);
}

/**
 * The same part with its channel groups, which the shape [out, in / groups, …] alone does not say.
 * @param sources width of the layer it reads, where known.
 */
export function withGroups(
  part: ProjectionPart,
  channels: Channels,
  sources: number | undefined,
): ProjectionPart {
  if (part.groups > 1 || (channels !== 'grouped' && channels !== 'depthwise')) return part;
  const groups = (sources ?? part.rows) / part.columns;
  const fits =
    Number.isInteger(groups) && part.rows % groups === 0 && (channels === 'grouped' || part.columns === 1);
  if (fits) return { ...part, groups };
  throw misfit(
    `${shortened(part.tensor)} has shape ${shapeText([part.rows, part.columns])}, which does not divide ${sources ?? part.rows} channels into groups`,
  );
}

export function sourcesOf(part: ProjectionPart, layout: Layout): number {
  return layout === 'out-in' ? part.columns * part.groups : part.rows;
}

export function targetsOf(part: ProjectionPart, layout: Layout): number {
  return layout === 'out-in' ? part.rows : part.columns * part.groups;
}

/** `count` rows of a part from `first`, both counted in rows. */
export function rowsOf(part: ProjectionPart, first: number, count: number): ProjectionPart {
  return { ...part, skip: part.skip + first * part.columns * part.taps, rows: count };
}
