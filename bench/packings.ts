/**
 * How many quantized weights one core decodes in a second of processor time, for every packing, beside a plain read of as
 * many halves: the median and the best of alternating rounds. A busy machine slows the median down more than the best.
 * `node scripts/run-ts.mjs bench/packings.ts [WORD] [TARGETS SOURCES]`: those whose name has the word.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelOf } from '../src/core/adapter/model';
import { openCheckpoint } from '../src/core/checkpoint/open';
import { localFiles } from '../src/core/storage/localFiles';
import { readAt } from '../src/core/storage/storage';
import { recipeKind } from '../src/core/weights/recipes/table';
import { BLOCK_TYPES } from '../src/core/weights/recipes/ggmlBlocks';
import { seeded } from '../test/unit/support/quantized';
import * as schemes from '../test/unit/support/quantized';
import { ggufFile } from '../test/unit/support/gguf';
import { writeCheckpoint } from '../test/unit/support/writeCheckpoint';
import { cpuMilliseconds, markdown, median } from './measure';

const [word = '', ...sides] = process.argv.slice(2);
const [TARGETS = 1024, SOURCES = 2048] = sides.map(Number);
const ROUNDS = 15;
/** Number of weights that share a scale, as in published models. */
const GROUP = 128;
/** Size of the values read at once, as in analyses. */
const AT_ONCE = 2 ** 20;
const NAME = 'layers.0.mlp.up_proj';

const { gptq, mlx, bnb4, packQuantized } = schemes;
const SCHEMES: readonly [string, schemes.Quantizer, object][] = [
  ['FP8, 128 × 128 blocks', schemes.FP8_BLOCKS, {}],
  ['FP8, rows', schemes.FP8_ROWS, {}],
  ['int8, zeros', schemes.INT8_ZEROS, {}],
  ['bitsandbytes int8', schemes.BNB_INT8, {}],
  ['bitsandbytes NF4', bnb4(false), {}],
  ['bitsandbytes NF4, nested', bnb4(true), {}],
  ['bitsandbytes FP4', bnb4(false, 'fp4'), {}],
  ['MXFP4', (path, ...sides) => schemes.mxfp4Stack(path, 1, ...sides), {}],
  ...[2, 3, 4, 8].map((bits): [string, schemes.Quantizer, object] => [
    `GPTQ, ${bits} bits`,
    gptq(bits, { group: GROUP }),
    {},
  ]),
  ['GPTQ, 4 bits, act-order', gptq(4, { shuffled: true, group: GROUP }), {}],
  ['AWQ', schemes.AWQ, {}],
  ['compressed-tensors, 4 bits', packQuantized(4, { group: GROUP }), {}],
  ['compressed-tensors, 4 bits, zeros', packQuantized(4, { zeros: true, group: GROUP }), {}],
  [
    'compressed-tensors, 4 bits, act-order',
    packQuantized(4, { zeros: true, shuffled: true, group: GROUP }),
    {},
  ],
  ...[2, 3, 4, 5, 6, 8].map((bits): [string, schemes.Quantizer, object] => [
    `MLX, ${bits} bits`,
    mlx(bits, 64),
    { quantization: { bits, group_size: 64 } },
  ]),
];

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-bench-'));
const closing: (() => void)[] = [];

/** @returns millions of weights per second of processor time. */
function readerOf(path: string): () => number {
  const checkpoint = openCheckpoint(path);
  const model = modelOf(checkpoint, null);
  closing.push(() => {
    model.close();
  });
  const tensor = model.tensors.find(({ name }) => name.startsWith(NAME))!;
  const size = tensor.dtype === 'F16' ? 2 : 4;
  const into = new Uint8Array(AT_ONCE);
  const elements = TARGETS * SOURCES;
  const repeats = size === 2 ? 40 : 4;
  const file = localFiles.open(tensor.file.path);
  const source = tensor.recipe
    ? recipeKind(tensor.recipe).open(tensor.recipe, { dtype: tensor.dtype, elements }, () => file)
    : {
        read: (first: number, bytes: Uint8Array) => {
          readAt(file, tensor.offset + size * first, bytes);
        },
      };
  closing.push(() => {
    file.close();
  });
  return () => {
    const begin = cpuMilliseconds();
    for (let repeat = 0; repeat < repeats; repeat++)
      for (let first = 0; first < elements; first += AT_ONCE / size)
        source.read(first, into.subarray(0, size * (elements - first)));
    return (repeats * elements) / (cpuMilliseconds() - begin) / 1e3;
  };
}

function halves(): string {
  const bytes = new Uint8Array(2 * TARGETS * SOURCES).fill(0x2c);
  return writeCheckpoint([{ name: `${NAME}.weight`, dtype: 'F16', shape: [TARGETS, SOURCES], bytes }]).path;
}

function blocks(type: number, { elements, bytes }: { elements: number; bytes: number }): string {
  const random = seeded(type);
  const values = Uint8Array.from({ length: (TARGETS * SOURCES * bytes) / elements }, () => random() * 120);
  const tensor = { name: `${NAME}.weight`, shape: [TARGETS, SOURCES], type, bytes: values };
  const path = join(folder, `${type}.gguf`);
  writeFileSync(path, ggufFile([tensor], { metadata: { 'general.architecture': ['text', 'llama'] } }));
  return path;
}

const GGML: Readonly<Record<keyof typeof BLOCK_TYPES, number>> = {
  ...{ Q4_0: 2, Q4_1: 3, Q5_0: 6, Q5_1: 7, Q8_0: 8, Q2_K: 10, Q3_K: 11, Q4_K: 12, Q5_K: 13, Q6_K: 14 },
  ...{ IQ4_NL: 20, IQ4_XS: 23, MXFP4: 39 },
};

const files: [string, () => string][] = [
  ...SCHEMES.map(([name, quantize, config]): [string, () => string] => [
    name,
    () => writeCheckpoint(quantize(NAME, TARGETS, SOURCES, 1).stored, config).path,
  ]),
  ...Object.entries(BLOCK_TYPES).map(([name, type]): [string, () => string] => [
    `GGUF, ${name}`,
    () => blocks(GGML[name as keyof typeof BLOCK_TYPES], type),
  ]),
];
const contenders: [string, () => number][] = [
  ['F16, plain', readerOf(halves())],
  ...files
    .filter(([name]) => name.includes(word))
    .map(([name, write]): [string, () => number] => [name, readerOf(write())]),
];
const rounds = Array.from({ length: ROUNDS }, () => contenders.map(([, run]) => run()));
const plain = median(rounds.map((round) => round[0]!));
console.log(
  markdown(
    contenders.map(([packing], i) => {
      const speeds = rounds.map((round) => round[i]!);
      const speed = median(speeds);
      return {
        packing,
        'M weights / CPU s': speed.toFixed(0),
        best: Math.max(...speeds).toFixed(0),
        'of a plain F16 read': (speed / plain).toFixed(3),
      };
    }),
  ),
);
for (const close of closing) close();
rmSync(folder, { recursive: true });
