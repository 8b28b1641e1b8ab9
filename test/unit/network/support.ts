/** Tiny checkpoints by name and shape, and networks in a form that reads well in assertions. */
import { buildNetwork } from '../../../src/core/network/adapters';
import type {
  ArchitectureView,
  Config,
  Network,
  Projection,
  TensorShape,
} from '../../../src/core/network/types';

export type Shapes = Record<string, readonly number[]>;

export function tensors(shapes: Shapes, dtype = 'F32'): TensorShape[] {
  return Object.entries(shapes).map(([name, shape]) => ({ name, dtype, shape }));
}

/** The same shapes for each number: `#` stands for it. */
export function repeat(count: number, shapes: Shapes, first = 0): Shapes {
  const numbers = Array.from({ length: count }, (_, i) => String(first + i));
  return Object.fromEntries(
    numbers.flatMap((number) =>
      Object.entries(shapes).map(([name, shape]) => [name.replace('#', number), shape]),
    ),
  );
}

/** Every name with `prefix` before it and `.weight` behind it, but for names that say otherwise with `!`. */
export function weights(prefix: string, shapes: Shapes): Shapes {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [
      prefix + (name.endsWith('!') ? name.slice(0, -1) : `${name}.weight`),
      shape,
    ]),
  );
}

export function networkOf(shapes: Shapes, config: Config = null): Network {
  const view: ArchitectureView = { tensors: tensors(shapes), config };
  return buildNetwork(view, 'test');
}

/** `0 attention.qkv 64→128 [q,k,v of layers.0] in-out: input → heads, keys and values@64 ×2` and so on, one per projection. */
export function lines({ projections, draws }: Network): string[] {
  return projections.map((projection) => {
    const { block, role, sources, targets, layout, sampling } = projection;
    const from = draws[sampling.sources]!.layer;
    const to = sampling.targets.map(
      ({ draw, offset }) => `${draws[draw]!.layer}${offset ? ` @${offset}` : ''}`,
    );
    const where = block === null ? '' : `${block} `;
    const turned = layout === 'in-out' ? ' in-out' : '';
    return `${where}${role} ${sources}→${targets}${turned} ${stored(projection)}: ${from} → ${to.join(', ')}`;
  });
}

/** Tensors with the rows × columns taken, × kernel where it is one, / groups where there are several. */
function stored({ parts }: Projection): string {
  const texts = parts.map(({ tensor, skip, rows, columns, kernel, groups }) => {
    const kernelText = kernel > 1 ? `x${kernel}` : '';
    const groupsText = groups > 1 ? `/${groups}` : '';
    return `${tensor.replace(/\.weight$/, '')}${skip ? `+${skip}` : ''} ${rows}x${columns}${kernelText}${groupsText}`;
  });
  return texts.join(' & ');
}

/** The draws as `layer width` with ` ×2` for a doubled sample. */
export function drawLines({ draws }: Network): string[] {
  return draws.map(({ layer, width, multiple }) => `${layer} ${width}${multiple > 1 ? ` ×${multiple}` : ''}`);
}

/** Reason by tensor name. */
export function reasons({ skipped }: Network): Record<string, string> {
  return Object.fromEntries(skipped.map(({ tensor, reason }) => [tensor, reason]));
}
