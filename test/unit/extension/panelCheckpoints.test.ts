import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nameCheckpoints, resolveCheckpoints } from '../../../src/extension/panelCheckpoints';

describe('resolveSubjects', () => {
  let root: string;
  const at = (path: string): string => join(root, path);
  const paths = (...selected: string[]): string[] =>
    resolveCheckpoints(selected.map(at)).map(({ path }) => path.slice(root.length + 1));

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'subjects-'));
    const index = JSON.stringify({
      weight_map: { a: 'model-00001-of-00002.safetensors', b: 'odd.safetensors' },
    });
    const files = {
      'run/step0/model.safetensors': '',
      'run/step64/model.safetensors': '',
      'sharded/model.safetensors.index.json': index,
      'sharded/model-00001-of-00002.safetensors': '',
      'sharded/odd.safetensors': '',
      'sharded/other.safetensors': '',
      'several/a.safetensors': '',
      'several/b.safetensors': '',
      'empty/readme.txt': '',
      'last/pretrained_model/model.safetensors': '',
      'last/pretrained_model/policy_preprocessor_step_5_normalizer_processor.safetensors': '',
      'last/training_state/optimizer_state.safetensors': '',
      'pipeline/unet/model.safetensors': '',
      'pipeline/model/model.safetensors': '',
    };
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(at(path)), { recursive: true });
      await writeFile(at(path), content);
    }
  });
  afterAll(() => rm(root, { recursive: true }));

  it('takes the model beside the state of its training for the checkpoint of the folder around both', () => {
    expect(paths('last')).toEqual(['last/pretrained_model/model.safetensors']);
  });

  it('takes a file and its folder for one checkpoint', () => {
    expect(paths('run/step0', 'run/step0/model.safetensors', 'run/step0/')).toEqual([
      'run/step0/model.safetensors',
    ]);
  });

  it('takes a shard, its index and the folder of both for one checkpoint', () => {
    const index = 'sharded/model.safetensors.index.json';
    expect(paths('sharded/model-00001-of-00002.safetensors', index, 'sharded')).toEqual([index]);
  });

  it('finds the index of a shard by what the index says, not by names', () => {
    expect(paths('sharded/odd.safetensors')).toEqual(['sharded/model.safetensors.index.json']);
    expect(paths('sharded/other.safetensors')).toEqual(['sharded/other.safetensors']);
  });

  it('does not wait for what is called like an index and is none', async () => {
    await mkdir(at('odd'));
    execFileSync('mkfifo', [at('odd/a.safetensors.index.json')]);
    await symlink('/dev/zero', at('odd/b.safetensors.index.json'));
    await writeFile(at('odd/model.safetensors'), '');
    expect(paths('odd/model.safetensors')).toEqual(['odd/model.safetensors']);
  });

  it('keeps the order of the selection', () => {
    expect(paths('run/step64', 'run/step0')).toEqual([
      'run/step64/model.safetensors',
      'run/step0/model.safetensors',
    ]);
  });

  it.each(['several', 'empty', 'absent', 'pipeline'])(
    'leaves "%s" to the analysis, which says what is wrong',
    (folder) => {
      expect(paths(folder)).toEqual([folder]);
    },
  );
});

describe('nameSubjects', () => {
  it('uses the short name where it is unique', () => {
    const [subject] = nameCheckpoints(['/data/neox-1m/step0/model.safetensors']);
    expect(subject?.name).toBe('neox-1m/step0');
  });

  it('tells namesakes apart', () => {
    const names = nameCheckpoints([
      '/data/a/run/step0/model.safetensors',
      '/data/b/run/step0/model.safetensors',
      '/data/b/run/step64/model.safetensors',
    ]).map(({ name }) => name);
    expect(names).toEqual(['a/run/step0/model.safetensors', 'b/run/step0/model.safetensors', 'run/step64']);
  });

  it('tells a file from the index beside it', () => {
    const names = nameCheckpoints(['/m/x/model.safetensors', '/m/x/model.safetensors.index.json']).map(
      ({ name }) => name,
    );
    expect(names).toEqual(['model.safetensors', 'model.safetensors.index.json']);
  });
});
