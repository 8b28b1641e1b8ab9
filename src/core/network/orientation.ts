/** Which dimension of a layer holds its sources, and the groups of its channels. */
import type { Before, ChannelGroups } from './channels';
import { isPlanes, sourcesOf, targetsOf, declaredLayout } from './parts';
import type { Layout, ProjectionPart, Role, TensorShape } from './types';

/** Names of transposed convolutions, which are stored [in, out, …]; and names that other convolutions have, too. */
export const TRANSPOSED = /transp|deconv/i;
const PERHAPS_TRANSPOSED = /(^|[._])up(conv)?\d*([._]|$)/i;

/** What determines the channels that a layer reads and writes. */
export interface Beside {
  bias: number | undefined;
  /** The length of the normalization that follows at once. */
  normalized: number | undefined;
  before: (Before & { role: Role }) | undefined;
  /** The channels that the layer before it has written, the stem included. */
  width: number | undefined;
}

export interface Oriented {
  part: ProjectionPart;
  layout: Layout;
  role: Role | null;
  isDeclared: boolean;
}

/** The same where the format says; null where it does not. */
export function orientedByFormat(
  part: ProjectionPart,
  linear: boolean,
  tensor: TensorShape,
): Oriented | null {
  const layout = declaredLayout(tensor);
  if (!layout) return null;
  const { groups } = part;
  const depthwise = groups > 1 && groups === sourcesOf(part, layout) && groups === targetsOf(part, layout);
  const transposed = layout === (isPlanes(tensor.axes) ? 'out-in' : 'in-out');
  const kernel = depthwise ? 'conv.depthwise' : transposed ? 'conv.transposed' : 'conv.inner';
  return { part, layout, role: linear ? null : kernel, isDeclared: true };
}

/** Which dimension of a matrix or convolution holds the sources, and its channel groups; null where nothing gives these. */
export function oriented(
  part: ProjectionPart,
  linear: boolean,
  path: string,
  { bias, normalized, before, width }: Beside,
  channels: ChannelGroups,
): Oriented | null {
  const { rows, columns, taps } = part;
  if (linear) {
    // The bias, one per target, decides; without one, Flax's kernel is [in, out].
    const byBias = rows !== columns && (bias === rows || bias === columns);
    const kernel = /(^|\.)kernel$/.test(path);
    const turned = byBias ? bias === columns : kernel;
    return { part, layout: turned ? 'in-out' : 'out-in', role: null, isDeclared: byBias || kernel };
  }
  const transposed = { layout: 'in-out', role: 'conv.transposed', isDeclared: true } as const;
  // A convolution has a bias per row, a transposed one per column of each group.
  const groups = bias === undefined || bias === rows ? 0 : bias / columns;
  if (groups >= 1 && rows % groups === 0) return { part: { ...part, groups }, ...transposed };
  if (bias === undefined && rows !== columns) {
    // Decoders without biases: a normalization of the columns, or after such a layer another kernel of the same size.
    const goesOn =
      before?.role === 'conv.transposed' && before.part.taps === taps && width === rows && columns < rows;
    if (normalized === undefined ? goesOn : normalized === columns) return { part, ...transposed };
  }
  if (columns === 1) {
    const own = channels.ofDepthwise(part, width);
    const kernel = own === rows ? 'conv.depthwise' : 'conv.inner';
    return { part: { ...part, groups: own }, layout: 'out-in', role: kernel, isDeclared: true };
  }
  const turned = (bias === columns && bias !== rows) || (width === rows && width !== columns);
  if (TRANSPOSED.test(path) ? bias !== rows || bias === columns : PERHAPS_TRANSPOSED.test(path) && turned)
    return { part, ...transposed };
  const own = channels.of(part, path, width, before);
  return own === null
    ? null
    : { part: { ...part, groups: own }, layout: 'out-in', role: 'conv.inner', isDeclared: true };
}
