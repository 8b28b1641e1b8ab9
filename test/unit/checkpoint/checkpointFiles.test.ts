import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkpointsAmong } from '../../../src/core/checkpoint/checkpointFiles';
import {
  DIALOG_EXTENSIONS,
  FILE_KINDS,
  formatLabel,
  stemOf,
} from '../../../src/core/checkpoint/formats/names';
import { FORMATS } from '../../../src/core/checkpoint/formats/table';
import { foundIn, wantedOf } from '../support/manifest';

/** Numbers from 0 to 1, the same ones every time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

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
    [
      'a file and an index of its name',
      [...SHARDS, INDEX, 'model.safetensors'],
      [['model.safetensors'], 'model.safetensors'],
    ],
    [
      'two editions',
      ['m.fp16.safetensors', 'm.safetensors'],
      [['m.fp16.safetensors', 'm.safetensors'], 'm.safetensors'],
    ],
    ['an edition alone', ['m.fp16.safetensors'], [['m.fp16.safetensors'], 'm.fp16.safetensors']],
    [
      'two editions and none without a word',
      ['m-fp16.safetensors', 'm-bf16.safetensors'],
      [['m-fp16.safetensors', 'm-bf16.safetensors'], null],
    ],
    [
      'an edition of something else',
      ['m.safetensors', 'vae-fp16.safetensors'],
      [['m.safetensors', 'vae-fp16.safetensors'], null],
    ],
    [
      'averaged weights beside their model',
      ['ema.safetensors', 'model.safetensors'],
      [['ema.safetensors', 'model.safetensors'], 'model.safetensors'],
    ],
    [
      'an index of an edition and its shards',
      [
        'model.fp16-00001-of-00002.safetensors',
        'model.fp16-00002-of-00002.safetensors',
        'model.safetensors.index.fp16.json',
      ],
      [['model.safetensors.index.fp16.json'], 'model.safetensors.index.fp16.json'],
    ],
    [
      'shards with their edition behind the number',
      [
        'd-00001-of-00002.fp16.safetensors',
        'd-00002-of-00002.fp16.safetensors',
        'd.safetensors.index.fp16.json',
      ],
      [['d.safetensors.index.fp16.json'], 'd.safetensors.index.fp16.json'],
    ],
    ['parts of ranks', ['rank0.safetensors', 'rank1.safetensors'], [[null], null]],
    ['the only rank', ['rank0.safetensors'], [['rank0.safetensors'], 'rank0.safetensors']],
    ['one rank of two', ['model0-mp2.safetensors'], [[null], null]],
    ['numbers from 0 on', ['m.0.safetensors', 'm.1.safetensors'], [[null], null]],
    [
      'other numbers',
      ['m.100.safetensors', 'm.200.safetensors'],
      [['m.100.safetensors', 'm.200.safetensors'], null],
    ],
    [
      'ranks of low-rank updates',
      ['lora-rank-8.safetensors', 'lora-rank-16.safetensors'],
      [['lora-rank-8.safetensors', 'lora-rank-16.safetensors'], null],
    ],
    [
      'a model, the state of its optimizer and what prepares its data',
      [
        'model.safetensors',
        'optimizer_state.safetensors',
        'policy_preprocessor_step_5_normalizer_processor.safetensors',
      ],
      [['model.safetensors'], 'model.safetensors'],
    ],
    [
      'names that begin like those of states',
      ['random-init.safetensors', 'scheduler-study.safetensors'],
      [['random-init.safetensors', 'scheduler-study.safetensors'], null],
    ],
    ['a name that searches leave alone', ['ae.sft'], [[], null]],
    [
      'pieces of a distributed checkpoint, whatever else is there',
      ['__0_0.distcp', '__1_0.distcp', 'common.pt', 'metadata.json'],
      [['.metadata'], '.metadata'],
    ],
    ['a list of pieces alone, as other programs call theirs', ['.metadata'], [[], null]],
    [
      'shares of the processes of ZeRO-3',
      [0, 1].flatMap((rank) => [
        `zero_pp_rank_${rank}_mp_rank_00_model_states.pt`,
        `bf16_zero_pp_rank_${rank}_mp_rank_00_optim_states.pt`,
      ]),
      [['zero_pp_rank_0_mp_rank_00_model_states.pt'], 'zero_pp_rank_0_mp_rank_00_model_states.pt'],
    ],
    ['nothing', ['README.md'], [[], null]],
  ])('that are %s', (_, names, expected) => {
    expect(entries(...names)).toEqual(expected);
  });

  it('in any order, and with unrelated files among them, are the same', () => {
    const names = [
      'model.safetensors',
      ...SHARDS,
      INDEX,
      'model.fp16.safetensors',
      'rank0.safetensors',
      'rank1.safetensors',
    ];
    const random = seeded(7);
    const sorted = (all: readonly string[]): unknown => {
      const { checkpoints, own } = checkpointsAmong(all);
      const of = (one: (typeof checkpoints)[number]): unknown => ({
        ...one,
        files: one.files.toSorted(),
        rival: one.rival?.files.toSorted(),
      });
      return [
        checkpoints
          .map(of)
          .map((each) => JSON.stringify(each))
          .sort(),
        own && of(own),
      ];
    };
    for (let i = 0; i < 50; i++) {
      const mixed = [...names, 'optimizer.safetensors', 'tokenizer.json', 'README.md', 'optimizer.pt'].sort(
        () => random() - 0.5,
      );
      expect(sorted(mixed)).toEqual(sorted(names));
    }
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
    expect(DIALOG_EXTENSIONS).toEqual([
      'json',
      'safetensors',
      'sft',
      'distcp',
      'keras',
      'npz',
      'pt',
      'ckpt',
      'pth',
      'bin',
      'gguf',
      'onnx',
      'h5',
      'hdf5',
      'npy',
    ]);
    expect([formatLabel('safetensors'), formatLabel('of-tomorrow')]).toEqual(['safetensors', 'of-tomorrow']);
  });

  it('is what the welcome view, the README and the docs say', () => {
    // One row of the table of formats for each kind of file, with all its names, and nothing else in its first columns.
    const rows = readFileSync('docs/formats.md', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) =>
        line
          .split('|')
          .slice(1, 4)
          .map((cell) => cell.trim()),
      );
    const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(' ');
    expect(rows).toEqual(
      FILE_KINDS.map(({ id, label, sureNames, namesOnRequest, namesOfOthers = [] }) => [
        `\`${id}\``,
        label,
        code([...sureNames, ...namesOnRequest, ...namesOfOthers]),
      ]),
    );
    for (const file of ['README.md', 'docs/cli.md', 'docs/extension.md'])
      expect(readFileSync(file, 'utf8'), file).toContain('formats.md');
    const readme = readFileSync('README.md', 'utf8');
    for (const { label } of FORMATS) expect(readme).toContain(label);
    const { 'view.runs.welcome.noRuns': welcome } = JSON.parse(
      readFileSync('package.nls.json', 'utf8'),
    ) as Record<string, string>;
    for (const { sureNames } of FORMATS)
      // Files of PyTorch that have special names are among those of its endings.
      for (const name of sureNames.filter((each) => each.startsWith('*')).slice(0, 1))
        expect(welcome).toContain(name.replace(/^\*/, ''));
  });

  it('is what package.json says', () => {
    expect(foundIn(readFileSync('package.json', 'utf8'))).toEqual(wantedOf(FORMATS));
  });
});
