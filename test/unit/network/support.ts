/** Tiny checkpoints by name and shape, and networks in a form that reads well in assertions. */
import { expect } from 'vitest';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import type { Family } from '../../../src/core/network/family';
import { sourcesOf, targetsOf } from '../../../src/core/network/parts';
import type {
  ArchitectureView,
  Config,
  Network,
  Projection,
  TensorShape,
} from '../../../src/core/network/types';
import { factText } from '../../../src/protocol/factWords';

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
  const texts = parts.map(({ tensor, skip, rows, columns, taps, groups }) => {
    const kernelText = taps > 1 ? `x${taps}` : '';
    const groupsText = groups > 1 ? `/${groups}` : '';
    return `${tensor.replace(/\.weight$/, '')}${skip ? `+${skip}` : ''} ${rows}x${columns}${kernelText}${groupsText}`;
  });
  return texts.join(' & ');
}

/** The draws as `layer width` with ` ×2` for a doubled sample. */
export function drawLines({ draws }: Network): string[] {
  return draws.map(({ layer, width, multiple }) => `${layer} ${width}${multiple > 1 ? ` ×${multiple}` : ''}`);
}

/** Reason by tensor name, in words. */
export function reasons({ skipped }: Network): Record<string, string> {
  return Object.fromEntries(skipped.map(({ tensor, reason }) => [tensor, factText(reason)]));
}

/** {@link lines} of one block in few words: tensors by the last parts of their names, layers without the block. */
export function sketch(network: Network, block = 0): string[] {
  const own = `block ${block} `;
  return lines(network)
    .filter((line) => line.startsWith(`${block} `))
    .map((line) =>
      line
        .slice(String(block).length + 1)
        .replaceAll(own, '')
        .replaceAll(`block ${block + 1} input`, 'next')
        .replace(/[^ ]*\.(?=[^. ]+ \d+x)/g, ''),
    );
}

/**
 * What holds of every network: parts inside their tensors, widths that add up, draws that exist, and every tensor either
 * taken or left out.
 */
export function expectSound({ projections, draws, skipped }: Network, shapes: Shapes): void {
  expect(projections.length).toBeGreaterThan(0);
  for (const { parts, sources, targets, layout, sampling } of projections) {
    expect(parts.reduce((sum, part) => sum + targetsOf(part, layout), 0)).toBe(targets);
    for (const part of parts) {
      const size = shapes[part.tensor]!.reduce((product, side) => product * side, 1);
      expect(part.skip + part.rows * part.columns * part.taps).toBeLessThanOrEqual(size);
      expect(part.rows % part.groups).toBe(0);
      expect(sourcesOf(part, layout)).toBe(sources);
    }
    expect(draws[sampling.sources]!.width).toBe(sources);
    for (const { draw, offset } of sampling.targets)
      expect(draws[draw]!.width + offset).toBeLessThanOrEqual(targets);
  }
  const used = new Set(projections.flatMap(({ parts }) => parts.map(({ tensor }) => tensor)));
  const left = new Set(skipped.map(({ tensor }) => tensor));
  const both = Object.keys(shapes).filter((each) => used.has(each) === left.has(each));
  expect(both.join(), 'tensors neither taken nor left out, or both').toBe('');
}

/** The names of a family's tensors, `#` for every number. */
export function namesOf({ stacks }: Family): string[] {
  const names = stacks.flatMap(({ block, places }) =>
    places
      .flat()
      .flatMap(({ variants }) => variants.flat())
      .flatMap(({ weights }) => weights.flatMap((each) => each.tensors))
      .map((name) => `${block}.${name}`),
  );
  return [...new Set(names)];
}
