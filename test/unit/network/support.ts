/** Tiny checkpoints by name and shape, and networks in a form that reads well in assertions. */
import { expect } from 'vitest';
import { inspectionAsJson } from '../../../src/cli/inspectionText';
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
import { factText, spoken } from '../../../src/protocol/factWords';
import { listInspection, type InspectionListing } from '../../../src/protocol/inspectionListing';
import { storedSubject } from '../../../src/protocol/subject';
import { inspectJobs } from '../../../src/worker/inspectJobs';
import { writeCheckpoint } from '../support/writeCheckpoint';

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
  const network = buildNetwork(view, 'test');
  expectInspected(network, shapes, config);
  return network;
}

const inspected = new Set<string>();
/** Larger ones are about limits. */
const MAX_BYTES = 1e6;

/**
 * What a test asserts of a family's network, `inspect --json` says of such a checkpoint: looked at once per architecture and
 * file of tests.
 */
function expectInspected(network: Network, shapes: Shapes, config: Config): void {
  const { architecture, blocks, projections, skipped, warnings } = network;
  const all = tensors(shapes).map(({ name, dtype, shape }) => ({
    ...{ name, dtype, shape },
    bytes: 4 * shape.reduce((product, side) => product * side, 1),
  }));
  if (inspected.has(architecture) || all.reduce((sum, { bytes }) => sum + bytes, 0) > MAX_BYTES) return;
  inspected.add(architecture);
  const stored = all.map((tensor) => ({ ...tensor, bytes: new Uint8Array(tensor.bytes) }));
  const written = writeCheckpoint(stored, config ?? undefined);
  try {
    const inspection = listInspection(inspectJobs.inspect({ subject: storedSubject(written.path) }));
    const json = JSON.parse([...inspectionAsJson(inspection)].join('')) as InspectionListing;
    expect(json.checkpoint.architecture).toBe(architecture);
    expect(json.blocks).toBe(blocks);
    expect(json.projections).toEqual(
      projections.map(({ name, block, role, parts, sources, targets, layout }) => ({
        ...{ name, block, role, sources, targets, layout },
        tensors: [...new Set(parts.map(({ tensor }) => tensor))],
      })),
    );
    expect(json.skipped).toEqual(skipped.map(({ tensor, reason }) => ({ tensor, reason: spoken(reason) })));
    expect(json.warnings).toEqual(warnings.map((warning) => spoken(warning)));
  } finally {
    written.remove();
  }
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
