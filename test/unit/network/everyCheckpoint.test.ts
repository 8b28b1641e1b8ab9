/**
 * Every checkpoint below a folder: `NEUROMFA_CHECKPOINTS_ALL=DIR`; without it, those bundled with the samples. Each has a
 * sound network, or says why it has none.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import { sourcesOf, targetsOf } from '../../../src/core/network/parts';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { ROOT } from '../support/golden';

const root = process.env['NEUROMFA_CHECKPOINTS_ALL'] ?? join(ROOT, 'samples');
const EXPECTED: readonly [folder: RegExp, architecture: string, perBlock: number][] = [
  [/gpt2/, 'gpt2', 4],
  [/resnet/, 'resnet', 2],
  [/./, 'gpt_neox', 4],
];

function checkpointFolders(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  const own = entries.some(({ name }) => /\.(safetensors|bin|pt|pth)$/.test(name)) ? [folder] : [];
  return [
    ...own,
    ...entries
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => checkpointFolders(join(folder, name))),
  ];
}

it.each(checkpointFolders(root))('%s', (folder) => {
  let checkpoint;
  try {
    checkpoint = openCheckpoint(folder);
  } catch (error) {
    // A format that cannot be read yet says so.
    expect(error).toBeInstanceOf(NeuroMfaError);
    expect((error as NeuroMfaError).code).toBe('unsupported');
    return;
  }
  try {
    const network = buildNetwork(checkpoint, folder);
    const [, architecture, perBlock] = EXPECTED.find(([name]) => name.test(folder.slice(root.length)))!;
    expect(network.architecture).toBe(architecture);
    expect(network.projections).toHaveLength(perBlock * network.blocks);
    for (const { parts, sources, targets, layout } of network.projections) {
      expect(parts.map((part) => sourcesOf(part, layout))).toEqual(parts.map(() => sources));
      expect(parts.reduce((sum, part) => sum + targetsOf(part, layout), 0)).toBe(targets);
    }
    const taken = new Set(network.projections.flatMap(({ parts }) => parts.map(({ tensor }) => tensor)));
    expect(network.skipped.length + taken.size).toBe(checkpoint.tensors.length);
    expect(network.skipped.filter(({ reason }) => reason.code === 'outside-blocks')).toEqual([]);
  } finally {
    checkpoint.close();
  }
});
