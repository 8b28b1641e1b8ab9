/** Files of PyTorch: the same weights give the same bits in every container, and nothing in a pickle is run. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { listInspection } from '../../../src/protocol/inspectionListing';
import { storedSubject } from '../../../src/protocol/subject';
import { makeSettings, type SettingsInput } from '../../../src/core/analysis/settings';
import { SharedControl } from '../../../src/worker/control';
import { FullRun } from '../../../src/worker/fullRun';
import { jobs } from '../../../src/worker/job';
import type { LimitedPool } from '../../../src/worker/limitedPool';
import { SampledRun } from '../../../src/worker/sampledRun';
import { cooperativeStop } from '../../../src/worker/stopping';
import { samplePath } from '../support/analyze';
import {
  Call,
  Items,
  legacyTorchFile,
  Named,
  pickle,
  rowMajor,
  Tensor,
  torchFile,
  zip,
  type Pickled,
} from '../support/torchFiles';
import { valuesOf, withFile } from '../support/opened';

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-torch-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** The weights of a checkpoint of the sample run. */
const weights: readonly { name: string; dtype: string; shape: readonly number[]; bytes: Buffer }[] = withFile(
  samplePath(1000),
  (checkpoint) =>
    checkpoint.tensors.map((tensor) => {
      const bytes = Buffer.alloc(tensor.bytes);
      checkpoint.read(tensor, 0, bytes);
      return { ...tensor, bytes };
    }),
);

const straight = (prefix = ''): Map<Pickled, Pickled> =>
  new Map(weights.map(({ name, dtype, shape, bytes }) => [prefix + name, new Tensor(bytes, dtype, shape)]));

/** Every matrix stored the other way round and seen through a view; the rest with gaps. */
function views(): Map<Pickled, Pickled> {
  return new Map(
    weights.map(({ name, dtype, shape, bytes }) => {
      const size = bytes.length / shape.reduce((all, each) => all * each, 1);
      if (shape.length !== 2) {
        const gaps = Buffer.alloc(2 * bytes.length + 2 * size, 0xff);
        for (let i = 0; i < bytes.length / size; i++)
          bytes.copy(gaps, (2 * i + 1) * size, i * size, (i + 1) * size);
        const strides = rowMajor(shape).map((step) => 2 * step);
        return [name, new Tensor(gaps, dtype, shape, strides, 1)];
      }
      const [rows = 0, columns = 0] = shape;
      const turned = Buffer.alloc(bytes.length);
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++)
          bytes.copy(
            turned,
            (column * rows + row) * size,
            (row * columns + column) * size,
            (row * columns + column + 1) * size,
          );
      return [name, new Tensor(turned, dtype, shape, [1, rows])];
    }),
  );
}

const CONTAINERS: readonly [string, string, () => Buffer][] = [
  ['a zip archive', 'zip/model.pt', () => torchFile(straight())],
  ['a zip archive with 64-bit sizes', 'zip64/model.pth', () => torchFile(straight(), { zip64: true })],
  ['protocol 4', 'protocol/model.pt', () => torchFile(straight(), { protocol: 4 })],
  ['the five pickles of before 1.6', 'legacy/pytorch_model.bin', () => legacyTorchFile(straight())],
  ['views', 'views/model.pt', () => torchFile(views())],
  ['views in an old file', 'oldviews/model.pt', () => legacyTorchFile(views())],
  [
    'Lightning',
    'lightning/epoch=1-step=1000.ckpt',
    () =>
      torchFile(
        new Map<Pickled, Pickled>([
          ['epoch', 1],
          ['global_step', 1000],
          ['state_dict', straight()],
          [
            'optimizer_states',
            [
              new Map<Pickled, Pickled>([
                ['exp_avg', new Tensor(weights[0]!.bytes, 'F16', weights[0]!.shape)],
              ]),
            ],
          ],
        ]),
      ),
  ],
  [
    'a model as an object',
    'object/model.pt',
    () => {
      const parts = new Map<Pickled, Pickled>([
        ['_parameters', straight()],
        ['training', true],
      ]);
      return torchFile(new Call(new Named('some.package', 'Model'), [], parts));
    },
  ],
];

/** Jobs in this thread. */
const pool = {
  threads: 2,
  run: (name: keyof typeof jobs, params: never) => Promise.resolve().then(() => jobs[name](params)),
} as unknown as LimitedPool;

/** The result without what names the file, and the bytes of weights that were read. */
async function analyze(
  path: string,
  input: Partial<SettingsInput>,
): Promise<{ result: unknown; read: number }> {
  const settings = makeSettings(input);
  const opened = jobs.open({ subject: storedSubject(path) });
  const control = new SharedControl();
  const Run = settings.mode === 'full' ? FullRun : SampledRun;
  const run = new Run(pool, 2 ** 20, path, opened, settings, control, cooperativeStop(control, undefined));
  const { analysis } = await run.analyze(undefined, () => ({ wall: 0, cpu: 0, bytesRead: 0, threads: 1 }));
  const { checkpoint, network, ...result } = analysis.result;
  const skipped = network.skipped.filter(({ reason }) => reason.code !== 'optimizer-state');
  return { result: { ...result, network: { ...network, skipped } }, read: control.bytesRead };
}

const MODES: readonly Partial<SettingsInput>[] = [{ samples: 2 }, { mode: 'full' }];

describe('the same weights', () => {
  const expected = Promise.all(MODES.map((mode) => analyze(samplePath(1000), mode)));
  it.each(CONTAINERS)('in %s give the same bits', async (_, name, made) => {
    const path = write(name, made());
    withFile(path, (checkpoint) => {
      for (const { name: own, bytes, shape } of weights) {
        const tensor = checkpoint.tensors.find((each) => each.name === own)!;
        expect(tensor.shape).toEqual(shape);
        expect(valuesOf(checkpoint, tensor).equals(bytes)).toBe(true);
      }
    });
    for (const [i, mode] of MODES.entries()) {
      const { result, read } = await analyze(path, mode);
      // Gaussian weights of a projection are drawn row by row of the file: those of turned matrices are others.
      const drop = (key: string, value: unknown): unknown =>
        key === 'gaussian' && name.includes('views') ? undefined : value;
      expect(JSON.parse(JSON.stringify(result, drop))).toEqual(
        JSON.parse(JSON.stringify((await expected)[i]!.result, drop)),
      );
      // Rows alone are read, as of safetensors; of a turned matrix those of the other side.
      const rows = (await expected)[i]!.read;
      if (name.includes('views')) expect(read).toBeLessThan(1.1 * rows);
      else expect(read).toBe(rows);
    }
  });
});

describe('sets of weights', () => {
  const shifted = (prefix = ''): Map<Pickled, Pickled> =>
    new Map(
      weights.map(({ name, dtype, shape, bytes }) => [
        prefix + name,
        new Tensor(Buffer.from(bytes).reverse(), dtype, shape),
      ]),
    );
  const path = write(
    'sets/model.pt',
    torchFile(
      new Map<Pickled, Pickled>([
        ['iter_num', 7],
        ['best_acc1', new Tensor(Buffer.alloc(4), 'F32', [])],
        ['ema', shifted()],
        ['model', straight()],
        ['optimizer', new Map<Pickled, Pickled>([['state', new Map([[0, straight()]])]])],
        ['rng', new Map<Pickled, Pickled>([['torch', new Tensor(Buffer.alloc(5), 'U8', [5])]])],
      ]),
    ),
  );
  const inspect = (set?: string) =>
    listInspection(
      jobs.inspect({
        subject: { ...storedSubject(path), weights: { kind: 'stored', ...(set !== undefined && { set }) } },
      }),
    );

  it('the model is taken, and every other tensor has its reason', () => {
    const { projections, skipped, warnings, checkpoint, metadata } = inspect();
    expect(projections.flatMap(({ tensors }) => tensors).every((name) => name.startsWith('gpt_neox.'))).toBe(
      true,
    );
    expect(warnings).toContainEqual({ code: 'several-weights', taken: ['model'], others: ['ema'] });
    const reasonOf = (start: string): unknown =>
      skipped.find(({ tensor }) => tensor.startsWith(start))!.reason;
    expect(reasonOf('ema.')).toEqual({ code: 'other-weights', set: 'ema', taken: 'model' });
    expect(reasonOf('optimizer.')).toEqual({ code: 'optimizer-state' });
    expect(reasonOf('rng.')).toEqual({ code: 'training-state' });
    expect(checkpoint.parameters).toBe(
      withFile(samplePath(1000), ({ tensors }) =>
        tensors.reduce((sum, { shape }) => sum + shape.reduce((all, size) => all * size, 1), 0),
      ),
    );
    expect(metadata['iter_num']).toBe('7');
  });

  it('another one is taken where it is chosen, with a fingerprint of its own', () => {
    const [main, average] = [inspect(), inspect('ema')];
    expect(average.projections).toHaveLength(main.projections.length);
    expect(
      average.projections.flatMap(({ tensors }) => tensors).every((name) => name.startsWith('ema.')),
    ).toBe(true);
    expect(average.checkpoint.fingerprint).not.toBe(main.checkpoint.fingerprint);
    expect(inspect('teacher').fault?.nextStep).toBe('Choose one of model, ema');
  });
});

/** What opening refuses, and why. */
function refusal(name: string, content: Uint8Array | string): NeuroMfaError {
  const path = write(name, content);
  try {
    openCheckpoint(path).close();
  } catch (error) {
    expect(error).toBeInstanceOf(NeuroMfaError);
    expect((error as NeuroMfaError).data.subject).toBe(path);
    return error as NeuroMfaError;
  }
  return expect.fail(`${name} was taken`);
}

describe('pickles that would do harm', () => {
  const canary = join(folder, 'canary');
  const command = `touch ${canary}`;
  it.each<[string, Buffer]>([
    ['posix.system', torchFile(new Call(new Named('posix', 'system'), [command]))],
    [
      'os.system',
      torchFile(new Map<Pickled, Pickled>([['w', new Call(new Named('os', 'system'), [command])]]), {
        protocol: 4,
      }),
    ],
    ['subprocess.Popen', legacyTorchFile(new Call(new Named('subprocess', 'Popen'), [new Items([command])]))],
    [
      'builtins.eval',
      torchFile(new Call(new Named('builtins', 'eval'), [`__import__("os").system("${command}")`])),
    ],
    ['__builtin__.exec', torchFile(new Call(new Named('__builtin__', 'exec'), [command]))],
    [
      'torch.serialization.os.system',
      torchFile(new Call(new Named('torch', 'serialization.os.system'), [command]), { protocol: 4 }),
    ],
    ['runpy._run_code', torchFile(new Call(new Named('runpy', '_run_code'), []))],
    ['importlib.import_module', torchFile(new Call(new Named('importlib', 'import_module'), ['os']))],
  ])('%s: the file is refused, and nothing is run', (called, file) => {
    const { data } = refusal('harm/model.pt', file);
    expect(data.code).toBe('unsupported');
    expect(data.cause).toBe(`when Python loads this file, it runs ${called}; nothing was run here`);
    expect(existsSync(canary)).toBe(false);
  });

  it('unknown classes and getattr are labels, and the weights beside them are read', () => {
    const model = new Call(
      new Named('ultralytics.nn.tasks', 'DetectionModel'),
      [],
      new Map<Pickled, Pickled>([
        ['forward', new Call(new Named('__builtin__', 'getattr'), ['x', 'forward'])],
        [
          '_modules',
          new Map<Pickled, Pickled>([
            [
              'head',
              new Call(
                new Named('a', 'B'),
                [],
                new Map([
                  ['_parameters', new Map([['weight', new Tensor(Buffer.alloc(16), 'F32', [2, 2])]])],
                ]),
              ),
            ],
          ]),
        ],
      ]),
    );
    const path = write(
      'yolo/model.pt',
      torchFile(
        new Map<Pickled, Pickled>([
          ['model', model],
          ['date', 'today'],
        ]),
      ),
    );
    withFile(path, ({ tensors, metadata }) => {
      expect(tensors.map(({ name }) => name)).toEqual(['head.weight']);
      expect(metadata['objects of other classes']).toContain('ultralytics.nn.tasks.DetectionModel (1)');
    });
  });
});

describe('what cannot be read', () => {
  const w = new Tensor(Buffer.alloc(24), 'F32', [2, 3]);
  const file = torchFile(new Map([['w', w]]));
  const { bytes } = pickle(new Map([['w', w]]));
  const storage = { name: 'archive/data/0', content: Buffer.alloc(24) };
  it.each<[string, Uint8Array, RegExp]>([
    [
      'a view beyond its storage',
      torchFile(new Map([['w', new Tensor(Buffer.alloc(20), 'F32', [2, 3])]])),
      /beyond its storage "0"/,
    ],
    [
      'a storage that is not there',
      zip([{ name: 'archive/data.pkl', content: bytes }]),
      /storage "0" that the archive does not hold/,
    ],
    [
      'a storage cut short',
      zip([
        { name: 'archive/data.pkl', content: bytes },
        { ...storage, content: Buffer.alloc(8) },
      ]),
      /larger than its values/,
    ],
    [
      'compressed values',
      zip([
        { name: 'archive/data.pkl', content: bytes },
        { ...storage, deflated: true },
      ]),
      /values are compressed/,
    ],
    [
      'big-endian values',
      torchFile(new Map([['w', w]]), { more: [{ name: 'archive/byteorder', content: Buffer.from('big') }] }),
      /big-endian/,
    ],
    [
      'two pickles',
      torchFile(new Map([['w', w]]), { more: [{ name: 'b/data.pkl', content: bytes }] }),
      /2 data\.pkl/,
    ],
    [
      'two members of one name',
      torchFile(new Map([['w', w]]), { more: [storage] }),
      /two members called "archive\/data\/0"/,
    ],
    ['the end missing', file.subarray(0, file.length - 30), /directory at its end is missing/],
    [
      'a sparse tensor',
      torchFile(new Map([['w', new Call(new Named('torch._utils', '_rebuild_sparse_tensor'), [])]])),
      /"w" is a sparse tensor/,
    ],
    [
      'a quantized tensor',
      torchFile(new Map([['w', new Call(new Named('torch._utils', '_rebuild_qtensor'), [])]])),
      /"w" is a quantized tensor/,
    ],
    [
      'a distributed tensor',
      torchFile(new Map([['w', new Call(new Named('torch.distributed.tensor', 'DTensor'), [w])]])),
      /torch\.distributed\.tensor\.DTensor/,
    ],
    [
      'a negated view',
      torchFile(new Map([['w', new Call(new Named('torch._utils', '_rebuild_tensor_v2'), [])]])),
      /has a tensor that is none/,
    ],
    [
      'a negative length',
      Buffer.concat([zip([{ name: 'archive/data.pkl', content: Buffer.from('42fbffffff2e', 'hex') }])]),
      /ends too early/,
    ],
    [
      'a pickle with an unknown instruction',
      zip([{ name: 'archive/data.pkl', content: Buffer.from([0x80, 2, 0xfe]) }]),
      /instruction that does not exist/,
    ],
    [
      'an integer of 100,000 bytes',
      zip([
        {
          name: 'archive/data.pkl',
          content: Buffer.concat([
            Buffer.from([0x8b, 0xa0, 0x86, 1, 0]),
            Buffer.alloc(100_000),
            Buffer.from('.'),
          ]),
        },
      ]),
      /integer of 100,000 bytes/,
    ],
    ['an old file cut short', legacyTorchFile(new Map([['w', w]])).subarray(0, -3), /ends too early/],
  ])('%s', (_, content, cause) => {
    expect(refusal('bad/model.pt', content).message).toMatch(cause);
  });

  it('a compressed pickle is unpacked', () => {
    const path = write(
      'packed/model.pt',
      zip([{ name: 'archive/data.pkl', content: bytes, deflated: true }, storage]),
    );
    expect(withFile(path, ({ tensors }) => tensors.map(({ name }) => name))).toEqual(['w']);
  });

  it('integers are signed, of any length', () => {
    const root = new Map<Pickled, Pickled>([
      ['w', w],
      ['negative', BigInt(-(2 ** 40))],
      ['seed', 2n ** 63n + 5n],
    ]);
    const path = write('integers/model.pt', torchFile(root));
    expect(withFile(path, ({ metadata }) => metadata['negative'])).toBe(String(-(2 ** 40)));
  });

  it('tuples that name each other 2^40 times are walked once', () => {
    const twice = Buffer.concat([
      Buffer.from([0x80, 2, 0x29]),
      ...Array.from({ length: 40 }, () => Buffer.from([0x32, 0x86])),
      Buffer.from('.'),
    ]);
    const path = write('twice/model.pt', zip([{ name: 'archive/data.pkl', content: twice }]));
    expect(withFile(path, ({ tensors }) => tensors.length)).toBe(0);
  });
});

it('shards are joined by their index, of any kind of file', () => {
  const half = Math.floor(weights.length / 2);
  const entries = [...straight()];
  const names = ['pytorch_model-00001-of-00002.bin', 'pytorch_model-00002-of-00002.bin'];
  write(`shards/${names[0]!}`, torchFile(new Map(entries.slice(0, half))));
  write(`shards/${names[1]!}`, legacyTorchFile(new Map(entries.slice(half))));
  const map = Object.fromEntries(weights.map(({ name }, i) => [name, names[i < half ? 0 : 1]]));
  write(
    'shards/pytorch_model.bin.index.json',
    JSON.stringify({ metadata: { total_size: 1 }, weight_map: map }),
  );
  withFile(join(folder, 'shards'), (checkpoint) => {
    expect(checkpoint.format).toBe('pytorch-sharded');
    expect(checkpoint.tensors.map(({ name }) => name).sort()).toEqual(weights.map(({ name }) => name).sort());
  });
});

it('settings in the file stand for a configuration beside it', () => {
  const settings = new Map<Pickled, Pickled>([
    ['n_head', 4],
    ['n_layer', 6],
    ['dropout', 0.5],
  ]);
  const path = write(
    'nano/ckpt.pt',
    torchFile(
      new Map<Pickled, Pickled>([
        ['model', straight()],
        ['model_args', settings],
      ]),
    ),
  );
  expect(withFile(path, ({ config }) => config)).toEqual({ n_head: 4, n_layer: 6, dropout: 0.5 });
});
