/** What is told of checkpoints that make a network, that make none, and that cannot be read. */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { nameAt } from '../../../src/protocol/packedNames';
import { inspectionAsText } from '../../../src/cli/inspectionText';
import { shownInspection } from '../../../src/extension/panels/shownInspection';
import type { Inspection } from '../../../src/protocol/inspection';
import { listInspection, type InspectionListing } from '../../../src/protocol/inspectionListing';
import { storedSubject } from '../../../src/protocol/subject';
import { inspectJobs } from '../../../src/worker/inspectJobs';
import { SharedReading } from '../../../src/worker/readingProgress';
import { writeCheckpoint } from '../support/writeCheckpoint';
import { factText } from '../../../src/protocol/factWords';

const SAMPLE = 'samples/neox-1m/step4000';
const inspect = (path: string): Inspection => inspectJobs.inspect({ subject: storedSubject(path) });
const all = (path: string): InspectionListing => listInspection(inspect(path));

const zeros = (name: string, ...shape: number[]) => ({
  name,
  dtype: 'F16',
  shape,
  bytes: new Uint8Array(2 * shape.reduce((product, size) => product * size, 1)),
});
const vectors = writeCheckpoint([zeros('a.bias', 4), zeros('scale', 3), zeros('norm.weight', 2)]);
const gap = writeCheckpoint(
  ['q', 'k', 'v', 'o']
    .flatMap((which) => [0, 2].map((layer) => `model.layers.${layer}.self_attn.${which}_proj.weight`))
    .map((name) => zeros(name, 8, 8)),
  { model_type: 'llama' },
);
afterAll(() => {
  vectors.remove();
  gap.remove();
});

describe('a checkpoint', () => {
  it('that makes a network has no fault', () => {
    const { fault, blocks, projections, skipped, tensors, checkpoint } = all(SAMPLE);
    expect({ fault, blocks, architecture: checkpoint.architecture }).toEqual({
      fault: null,
      blocks: 6,
      architecture: 'gpt_neox',
    });
    expect(new Set(projections.flatMap((each) => each.tensors)).size + skipped.length).toBe(tensors.length);
  });

  it('without anything that joins two layers still shows its tensors, each with a reason', () => {
    const { fault, blocks, projections, skipped, tensors, checkpoint } = all(vectors.path);
    expect(fault).toMatchObject({
      code: 'unsupported',
      cause: expect.stringMatching(/nothing in it connects/) as string,
    });
    expect(tensors).toHaveLength(3);
    expect({ blocks, projections, architecture: checkpoint.architecture }).toEqual({
      blocks: 0,
      projections: [],
      architecture: 'unknown',
    });
    expect(Object.fromEntries(skipped.map(({ tensor, reason }) => [tensor, factText(reason)]))).toEqual({
      'a.bias': 'bias',
      'norm.weight': 'normalization',
      scale: 'not a matrix',
    });
  });

  it('that does not fit its family says what is missing', () => {
    const { fault, skipped, tensors } = all(gap.path);
    expect(fault?.cause).toMatch(/it looks like/);
    expect(skipped).toHaveLength(tensors.length);
  });

  it('that cannot be read is an error', () => {
    expect(() => all(join(vectors.path, 'gone.safetensors'))).toThrow(/no such file/);
  });
});

it('tensors are packed in natural order, and listed in the order of the file', () => {
  const names = ['layers.10.dense.weight', 'layers.2.dense.weight', 'a.bias'];
  const written = writeCheckpoint(names.map((name) => zeros(name, 8, 8)));
  const { tensors } = inspect(written.path);
  expect(tensors.names.ends.length).toBe(3);
  expect(nameAt(tensors.names, tensors.pieces, 0)).toBe('a.bias');
  expect(nameAt(tensors.names, tensors.pieces, 1)).toBe('layers.2.dense.weight');
  const stored = openCheckpoint(written.path);
  expect(all(written.path).tensors.map(({ name }) => name)).toEqual(stored.tensors.map(({ name }) => name));
  stored.close();
  written.remove();
});

it('tells how many tensors have been found, and how many blocks read', () => {
  const shared = new SharedReading();
  inspectJobs.inspect({ subject: storedSubject(SAMPLE), reading: shared.buffer });
  expect(shared.progress).toEqual({ tensors: 76, blocks: 6, ofBlocks: 6 });
});

it('a page gets as much metadata as it can show, and is told how much more there is', () => {
  const metadata: Record<string, string> = { long: 'x'.repeat(1_000_000) };
  for (let i = 0; i < 50_000; i++) metadata[`key ${i}`] = 'value';
  const written = writeCheckpoint([zeros('a', 2, 2)], undefined, { metadata });
  const { path } = written;
  const page = shownInspection(inspect(path));
  expect(page.metadata).toHaveLength(1000);
  expect(page.metadataLeftOut).toBe(49_001);
  expect(page.metadata[0]![1].length).toBeLessThan(10_100);
  // The command line has all of it: whole as JSON, in lines that can be read as text.
  expect(all(path).metadata).toEqual(metadata);
  const text = [
    ...inspectionAsText({ ...all(path), metadata: { ['k'.repeat(100_000)]: 'v', ...metadata } }),
  ].join('');
  expect(text).toContain('metadata key 49999');
  expect(text.length).toBeLessThan(20_000_000);
  written.remove();
});
