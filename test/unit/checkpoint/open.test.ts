import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, utimesSync } from 'node:fs';
import { getuid } from 'node:process';
import { describe, expect, it } from 'vitest';
import { MAX_CONFIG_BYTES } from '../../../src/core/checkpoint/config';
import { fileError } from '../../../src/core/storage/fileError';
import { isCheckpointName } from '../../../src/core/checkpoint/formats/names';
import { besideOwn } from '../../../src/core/checkpoint/beside';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { at, expectFault, file, index, vectors, write } from './build';

const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 510396521\n';

describe('a file', () => {
  it('is known by its content, whatever its name', () => {
    const checkpoint = openCheckpoint(write('blobs/4f2c1b9d', vectors({ a: 1 })));
    expect(checkpoint.tensors).toHaveLength(1);
    checkpoint.close();
  });

  it.each([
    [
      'another zip',
      'x.zip',
      Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(40)]),
      /this is a zip archive/,
    ],
    ['a pickle', 'x.pt', Buffer.from('80037d71002e', 'hex'), /this is a pickle, but not one that torch/],
    ['a page that was downloaded for a model', 'x.pt', Buffer.from('<html>'), /this is a web page/],
    ['a web page', 'x.safetensors', Buffer.from('<!DOCTYPE html><html>'), /this is a web page/],
    ['text', 'x.txt', Buffer.from('hello'), /not a checkpoint of a known format/],
    ['JSON', 'package.json', Buffer.from('{"name":"x"}'), /not a checkpoint of a known format/],
  ])('that is %s', (_, name, content, message) => {
    for (const path of [write(`foreign/${name}`, content), write('foreign/renamed.safetensors', content)]) {
      if (path.endsWith('renamed.safetensors') && message.source.startsWith('not')) continue;
      expectFault(() => openCheckpoint(path), 'unsupported', path, message);
    }
  });

  it.each(['model.safetensors', 'model.safetensors.index.json'])('that is a Git LFS pointer (%s)', (name) => {
    const path = write(`lfs/${name}`, POINTER);
    expectFault(
      () => openCheckpoint(path),
      'missing',
      path,
      new RegExp(`Git LFS pointer.*510,396,521 bytes.*git lfs pull --include="${name}"`),
    );
  });

  it('that is a shard left as a Git LFS pointer', () => {
    const path = write(
      'lfs-shard/model.safetensors.index.json',
      index({ a: 'model-00001-of-00001.safetensors' }),
    );
    const shard = write('lfs-shard/model-00001-of-00001.safetensors', POINTER);
    expectFault(() => openCheckpoint(path), 'missing', shard, /Git LFS pointer/);
  });

  it('that is not there, or a link to nothing', () => {
    const path = at('nowhere/model.safetensors');
    expectFault(() => openCheckpoint(path), 'missing', path, /there is no such file or folder/);
    const leaf = write('leaf', '');
    expectFault(() => openCheckpoint(`${leaf}/below`), 'missing', `${leaf}/below`, /no such file/);
    const link = at('dangling.safetensors');
    symlinkSync(at('target-that-is-not'), link);
    expectFault(() => openCheckpoint(link), 'missing', link, /this link points to a file that is not there/);
  });

  // Windows has no pipes among files.
  it.skipIf(process.platform === 'win32')('that is a pipe, which would be waited for', () => {
    const path = at('pipe.safetensors');
    execFileSync('mkfifo', [path]);
    expectFault(() => openCheckpoint(path), 'unreadable', path, /not a regular file/);
  });

  // Root may read every file.
  it.skipIf(getuid?.() === 0)('that may not be read', () => {
    const path = write('secret.safetensors', vectors({ a: 1 }));
    chmodSync(path, 0);
    expectFault(() => openCheckpoint(path), 'unreadable', path, /permission denied/);
  });

  it.each([
    ['EACCES', /permission denied/],
    ['EIO', /the system cannot read it \(EIO\)/],
    ['EMFILE', /too many files are open\. End other programs/],
    ['ELOOP', /links lead round in a circle/],
    ['EISDIR', /it is a folder/],
  ])('that the system refuses with %s', (code, message) => {
    const path = at('refused.safetensors');
    const refuse = () => {
      throw fileError(Object.assign(new Error(code), { code }), path);
    };
    expectFault(refuse, 'unreadable', path, message);
  });

  it('below a file, or whose path is too long', () => {
    const path = write('plain.safetensors', vectors({ a: 1 }));
    const below = `${path}/model.safetensors`;
    expectFault(
      () => openCheckpoint(below),
      'missing',
      below,
      /no such file or folder, for a part of its path is a file/,
    );
    const long = `${path}${'n'.repeat(300)}`;
    expectFault(
      () => openCheckpoint(long),
      'missing',
      long,
      /its path is longer than the system takes\. Check/,
    );
  });

  it('whose path no system takes', () => {
    expectFault(() => openCheckpoint(`${at('a')}\0b`), 'unreadable', `${at('a')}\0b`, /cannot read it/);
  });
});

describe('a folder', () => {
  it('holds one checkpoint, beside files of other programs', () => {
    const path = write('one/model.safetensors', vectors({ a: 1 }));
    for (const other of ['optimizer.pt', 'README.md', '._model.safetensors']) write(`one/${other}`, 'x');
    mkdirSync(at('one/old.safetensors'));
    const checkpoint = openCheckpoint(at('one'));
    expect(checkpoint.path).toBe(path);
    checkpoint.close();
  });

  it('with several checkpoints lists them', () => {
    write('many/model.safetensors', vectors({ a: 1 }));
    write('many/adapter_model.safetensors', vectors({ a: 1 }));
    expectFault(
      () => openCheckpoint(at('many')),
      'unsupported',
      at('many'),
      /adapter_model\.safetensors, model\.safetensors\. Choose one/,
    );
  });

  it('with several editions means the one without a word, and the others are named', () => {
    const path = write('editions/model.safetensors', vectors({ a: 1 }));
    for (const other of ['model.fp16.safetensors', 'model_ema.safetensors']) {
      write(`editions/${other}`, vectors({ a: 1 }));
    }
    write(
      'editions/model.safetensors.index.fp32.json',
      index({ a: 'model.fp32-00001-of-00001.safetensors' }),
    );
    write('editions/model.fp32-00001-of-00001.safetensors', vectors({ a: 1 }));
    const checkpoint = openCheckpoint(at('editions'));
    expect(checkpoint.path).toBe(path);
    checkpoint.close();
    const named = openCheckpoint(at('editions/model.fp32-00001-of-00001.safetensors'));
    expect(named.path).toBe(at('editions/model.safetensors.index.fp32.json'));
    named.close();
    expect(besideOwn(at('editions'))?.message).toMatch(
      /editions: model\.safetensors is taken; other editions of it are beside it: model\.fp16\.safetensors, model\.safetensors\.index\.fp32\.json, model_ema\.safetensors\. Name one/,
    );
    expect(besideOwn(path)).toBeNull();
  });

  it('with a whole file and an index of its name means the file, and tells when both were written', () => {
    const shard = 'model-00001-of-00001.safetensors';
    write(`stale/${shard}`, vectors({ a: 1 }));
    write('stale/model.safetensors.index.json', index({ a: shard }));
    const path = write('stale/model.safetensors', vectors({ a: 2 }));
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    const checkpoint = openCheckpoint(at('stale'));
    expect(checkpoint.path).toBe(path);
    checkpoint.close();
    expect(besideOwn(at('stale'))?.message).toMatch(
      /model\.safetensors \(written 2023-11-14 22:13 UTC\) is taken.*model\.safetensors\.index\.json \(written 20\d\d-.* UTC\) is beside it/,
    );
    write('stale/model.safetensors.index.json', index({ a: 'model.safetensors' }));
    expect(besideOwn(at('stale'))).toBeNull();
  });

  it('a shard stands for its index, and says so', () => {
    const names = [1, 2].map((n) => `model-0000${n}-of-00002.safetensors`) as [string, string];
    const [first] = names.map((name, i) => write(`split/${name}`, vectors({ [`t${i}`]: i })));
    const whole = write('split/model.safetensors.index.json', index({ t0: names[0], t1: names[1] }));
    const checkpoint = openCheckpoint(first!);
    expect(checkpoint.path).toBe(whole);
    checkpoint.close();
    expect(besideOwn(first!)?.message).toMatch(
      /this is shard 1 of 2: model\.safetensors\.index\.json beside it is taken, which names all of them/,
    );
    expect([besideOwn(whole), besideOwn(at('split'))]).toEqual([null, null]);
  });

  it('with parts of ranks, or one of these, is refused with the reason', () => {
    for (const [folder, names] of Object.entries({
      trt: ['rank0', 'rank1'],
      vllm: ['model-rank-0-part-0', 'model-rank-1-part-0'],
      onmt: ['my.0', 'my.1'],
      deepseek: ['model0-mp2', 'model1-mp2'],
      meta: ['consolidated.00', 'consolidated.01'],
      megatron: ['mp_rank_00', 'mp_rank_01'],
      torch: ['shard-00001-model-00001-of-00001', 'shard-00002-model-00001-of-00001'],
    })) {
      for (const name of names) write(`ranks/${folder}/${name}.safetensors`, vectors({ a: 1 }));
      for (const path of [at(`ranks/${folder}`), at(`ranks/${folder}/${names[1]!}.safetensors`)]) {
        expectFault(() => openCheckpoint(path), 'unsupported', path, /parts of one model .* split over 2/);
      }
    }
  });

  it('with a single shard of several is refused, and so is the shard itself', () => {
    const path = write('one-shard/model-00002-of-00003.safetensors', vectors({ a: 1 }));
    expectFault(
      () => openCheckpoint(path),
      'missing',
      path,
      /this is shard 2 of 3, and the index .* Download model\.safetensors\.index\.json and all shards/,
    );
  });

  it('with states of training alone says so', () => {
    for (const name of ['optimizer_state', 'rng_state']) {
      write(`states/${name}.safetensors`, vectors({ a: 1 }));
    }
    expectFault(
      () => openCheckpoint(at('states')),
      'missing',
      at('states'),
      /only states of training: optimizer_state\.safetensors, rng_state\.safetensors/,
    );
  });

  it('with shards but no index says so', () => {
    for (const shard of [1, 2, 3]) write(`shards/model-0000${shard}-of-00003.safetensors`, vectors({ a: 1 }));
    expectFault(
      () => openCheckpoint(at('shards')),
      'missing',
      at('shards'),
      /shards without their index: model-00001-of-00003/,
    );
  });

  it('with a checkpoint of another program names it', () => {
    const path = write('torch/pytorch_model.bin', Buffer.from('80028a0a6cfc', 'hex'));
    expectFault(() => openCheckpoint(at('torch')), 'unsupported', path, /this is a pickle/);
  });

  it('with parts of one below it says what they are parts of', () => {
    write('verl/global_step_100/actor/model_world_size_2_rank_0.pt', 'x');
    expectFault(
      () => openCheckpoint(at('verl/global_step_100')),
      'unsupported',
      at('verl/global_step_100'),
      /checkpoint of verl .*verl\.model_merger/,
    );
  });

  it('without a checkpoint points to one below it', () => {
    write('run/logs/loss.txt', '1');
    write('run/step10/model.safetensors', vectors({ a: 1 }));
    expectFault(
      () => openCheckpoint(at('run')),
      'missing',
      at('run'),
      /no checkpoint is in this folder.*such as .*run\/step10/,
    );
    expectFault(
      () => openCheckpoint(at('run/logs')),
      'missing',
      at('run/logs'),
      /Choose a \.safetensors, \.distcp, \.keras, \.npz, \.ckpt, \.pt, \.pth, \.gguf, \.onnx or \.weights\.h5 file, the index of several, or a folder/,
    );
  });
});

describe('config.json', () => {
  const open = (config: string | Uint8Array) => {
    const path = write('configured/model.safetensors', vectors({ a: 1 }));
    const configPath = write('configured/config.json', config);
    return { configPath, act: () => openCheckpoint(path) };
  };

  it('is read with the non-finite numbers that Python writes', () => {
    const checkpoint = open('{"limit":[0.0,Infinity,-Infinity,NaN],"name":"Infinity","a\\"b":1}').act();
    expect(checkpoint.config).toEqual({ limit: [0, null, null, null], name: 'Infinity', 'a"b': 1 });
    checkpoint.close();
  });

  it('that is a link to nothing', () => {
    const path = write('unconfigured/model.safetensors', vectors({ a: 1 }));
    const config = at('unconfigured/config.json');
    symlinkSync(at('blobs/gone'), config);
    expectFault(() => openCheckpoint(path), 'missing', config, /this link points to a file/);
  });

  it.each([
    ['damaged', '{"hidden_size":', /not valid JSON/],
    ['not UTF-8', Buffer.from('7b22ff223a317d', 'hex'), /not valid UTF-8/],
    ['a list', '[]', /not a JSON object/],
    ['empty', '', /the file is empty/],
    ['too large', Buffer.alloc(MAX_CONFIG_BYTES + 1, ' '), /at most 10,000,000 are read/],
  ])('that is %s', (_, config, message) => {
    const { configPath, act } = open(config);
    expectFault(act, 'damaged', configPath, message);
  });
});

describe('the fingerprint', () => {
  const print = (bytes: Uint8Array, name = 'print.safetensors') => {
    const checkpoint = openCheckpoint(write(name, bytes));
    try {
      return checkpoint.fingerprint();
    } finally {
      checkpoint.close();
    }
  };
  const large = (length: number) =>
    file(`{"a":{"dtype":"U8","shape":[${length}],"data_offsets":[0,${length}]}}`, new Uint8Array(length));

  it('names the content, not the file', () => {
    const bytes = vectors({ a: 100 });
    expect(print(bytes)).toMatch(/^[0-9a-f]{64}$/);
    expect(print(bytes, 'elsewhere/model.safetensors')).toBe(print(bytes));
  });

  it('sees every changed byte of a small file', () => {
    const bytes = vectors({ a: 100 });
    const seen = new Set([print(bytes)]);
    for (let i = bytes.length - 100; i < bytes.length; i++) {
      const changed = Uint8Array.from(bytes);
      changed[i]! ^= 1;
      seen.add(print(changed));
    }
    expect(seen.size).toBe(101);
  });

  it('sees the header, the size, the first and the last byte of a large file, in few reads', () => {
    const bytes = large(4_000_000);
    const changed = [0, 1].map((end) => {
      const copy = Uint8Array.from(bytes);
      copy[end === 0 ? bytes.length - 4_000_000 : bytes.length - 1] = 1;
      return print(copy);
    });
    const renamed = Buffer.from(bytes);
    renamed.write('b', 10);
    expect(new Set([print(bytes), print(large(4_000_001)), print(renamed), ...changed]).size).toBe(5);

    const checkpoint = openCheckpoint(write('print.safetensors', bytes));
    const before = checkpoint.bytesRead;
    checkpoint.fingerprint();
    expect(checkpoint.bytesRead - before).toBeLessThan(64 * 4096 + 1000);
    checkpoint.close();
  });
});

it('finds checkpoints by name', () => {
  const names = [
    'model.safetensors',
    'model.safetensors.index.json',
    'model.bin',
    'config.json',
    'index.json',
  ];
  expect(names.filter(isCheckpointName)).toEqual(['model.safetensors', 'model.safetensors.index.json']);
});
