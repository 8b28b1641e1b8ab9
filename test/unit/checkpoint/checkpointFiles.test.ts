import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkpointsAmong } from '../../../src/core/checkpoint/checkpointFiles';
import {
  DIALOG_EXTENSIONS,
  FILE_KINDS,
  formatLabel,
  SURE_NAMES,
  stemOf,
} from '../../../src/core/checkpoint/formats/names';
import { FORMATS } from '../../../src/core/checkpoint/formats/table';
import { foundIn, wantedOf } from '../support/manifest';

const INDEX = 'model.safetensors.index.json';
const SHARDS = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];

describe('the files of a folder', () => {
  /** The files that checkpoints are opened by, and the one that the folder itself means. */
  const entries = (...names: string[]): unknown[] => {
    const { checkpoints, own } = checkpointsAmong(names);
    return [checkpoints.map(({ entry }) => entry), own?.entry ?? null];
  };

  it.each<[string, string[], unknown[]]>([
    ['one file', ['a.safetensors'], [['a.safetensors'], 'a.safetensors']],
    ['two files', ['a.safetensors', 'b.safetensors'], [['a.safetensors', 'b.safetensors'], null]],
    ['an index and its shards', [...SHARDS, INDEX], [[INDEX], INDEX]],
    ['an index beside another checkpoint', [INDEX, 'b.safetensors'], [[INDEX, 'b.safetensors'], INDEX]],
    ['two indexes', [INDEX, 'n.safetensors.index.json'], [[INDEX, 'n.safetensors.index.json'], null]],
    [
      'a file and shards of its name',
      [...SHARDS, 'model.safetensors'],
      [['model.safetensors'], 'model.safetensors'],
    ],
    ['shards without an index', SHARDS, [[null], null]],
    ['one shard of two', SHARDS.slice(1), [[null], null]],
    [
      'the only shard',
      ['model-00001-of-00001.safetensors'],
      [['model-00001-of-00001.safetensors'], 'model-00001-of-00001.safetensors'],
    ],
    ['the only shard and its index', ['model-00001-of-00001.safetensors', INDEX], [[INDEX], INDEX]],
    ['a name that searches leave alone', ['ae.sft'], [[], null]],
    ['nothing', ['README.md'], [[], null]],
  ])('that are %s', (_, names, expected) => {
    expect(entries(...names)).toEqual(expected);
  });

  it('have names that count only where no sure ones are, and only on request', () => {
    expect(checkpointsAmong(['ae.sft'], true).own?.entry).toBe('ae.sft');
    expect(checkpointsAmong(['ae.sft', 'model.safetensors'], true).own).toBeNull();
  });
});

describe('the table of formats', () => {
  it('has an id of its own for each kind of file, which the schema of results takes', () => {
    const ids = FILE_KINDS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  it('tells stems, labels and what dialogs offer', () => {
    expect([INDEX, SHARDS[0]!, 'ae.sft', 'notes.txt'].map(stemOf)).toEqual([
      'model',
      'model-00001-of-00002',
      'ae',
      'notes.txt',
    ]);
    expect(DIALOG_EXTENSIONS).toEqual(['json', 'safetensors', 'sft']);
    expect([formatLabel('safetensors'), formatLabel('of-tomorrow')]).toEqual(['safetensors', 'of-tomorrow']);
  });

  it('is what the welcome view, the README and the docs say', () => {
    const endings = (names: readonly string[]): string[] => names.map((name) => name.replace(/^\*/, ''));
    for (const file of ['README.md', 'docs/cli.md', 'docs/extension.md']) {
      const text = readFileSync(file, 'utf8');
      for (const ending of endings(SURE_NAMES)) expect(text, file).toContain(ending);
    }
    const { 'view.runs.welcome.noRuns': welcome } = JSON.parse(
      readFileSync('package.nls.json', 'utf8'),
    ) as Record<string, string>;
    for (const ending of endings(FORMATS.flatMap(({ sureNames }) => sureNames))) {
      expect(welcome).toContain(ending);
    }
  });

  it('is what package.json says', () => {
    expect(foundIn(readFileSync('package.json', 'utf8'))).toEqual(wantedOf(FORMATS));
  });
});
