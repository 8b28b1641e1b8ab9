/** Keras in HDF5: where values are against what h5py says (`test/fixtures/keras/make.py`), and what Keras means by them. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import type { Checkpoint } from '../../../src/core/checkpoint/types';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import { factText } from '../../../src/protocol/factWords';
import { ROOT } from '../support/golden';
import { expectFault, write } from './build';

const FOLDER = join(ROOT, 'test/fixtures/keras');
type Row = [shape: number[], digest: string, offset: number];
const TABLE = JSON.parse(readFileSync(join(FOLDER, 'table.json'), 'utf8')) as Record<
  string,
  Record<string, Row>
>;

function opened<T>(path: string, use: (checkpoint: Checkpoint) => T): T {
  const checkpoint = openCheckpoint(path);
  try {
    return use(checkpoint);
  } finally {
    checkpoint.close();
  }
}

const size = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

describe('an HDF5 file', () => {
  it.each(Object.keys(TABLE))('%s: all datasets are where h5py finds them, with its values', (name) => {
    opened(join(FOLDER, name), (checkpoint) => {
      const rows = checkpoint.tensors.map((tensor) => {
        const bytes = new Uint8Array(tensor.bytes);
        checkpoint.read(tensor, 0, bytes);
        const digest = createHash('sha256').update(bytes).digest('hex');
        return [tensor.name, [size(tensor.shape), digest, tensor.offset]];
      });
      const expected = Object.entries(TABLE[name]!).map(([key, [shape, digest, offset]]) => [
        key,
        [size(shape), digest, offset],
      ]);
      expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(expected));
    });
  });

  it.each([512, 4096, 2 ** 20])('may begin behind %d bytes of another program', (block) => {
    const file = readFileSync(join(FOLDER, 'user-block.h5'));
    const own = file.subarray(1024);
    const moved = Buffer.concat([Buffer.alloc(block, 'x'), own]);
    // Where its addresses count from, which the superblock says (version 0: at byte 24), and where it ends.
    expect(own.readBigUInt64LE(24)).toBe(1024n);
    moved.writeBigUInt64LE(BigInt(block), block + 24);
    const path = write(`user-block-${block}.h5`, moved);
    opened(path, ({ tensors }) => {
      const expected = Object.entries(TABLE['user-block.h5']!).map(([name, [, , offset]]) => [
        name,
        offset - 1024 + block,
      ]);
      expect(tensors.map(({ name, offset }) => [name, offset])).toEqual(expected);
    });
  });

  it('of Keras 2 is read by its layers, in order of execution', () => {
    opened(join(FOLDER, 'model.h5'), (checkpoint) => {
      expect(checkpoint.metadata).toEqual({ keras_version: '2.12.0' });
      const network = buildNetwork(checkpoint, 'test');
      expect(
        network.projections.map(
          ({ name, sources, targets, role }) => `${name} ${sources}→${targets} ${role}`,
        ),
      ).toEqual([
        'model_weights.wide.wide.depthwise_kernel 6→6 conv.depthwise',
        'model_weights.apart.apart.depthwise_kernel 6→12 conv.inner',
        'model_weights.apart.apart.pointwise_kernel 12→8 conv.inner',
        'model_weights.larger.larger.kernel 8→10 conv.transposed',
        'model_weights.line.line.kernel 8→9 conv.inner',
        'model_weights.both.both.forward_memory.lstm_cell.kernel 8→20 linear',
        'model_weights.both.both.forward_memory.lstm_cell.recurrent_kernel 5→20 linear',
        'model_weights.attention.attention.query.kernel 12→15 attention.qkv',
        'model_weights.attention.attention.attention_output.kernel 15→12 attention.out',
        'model_weights.alpha.alpha.kernel 12→7 linear',
      ]);
      expect(network.skipped.map(({ tensor, reason }) => `${tensor}: ${factText(reason)}`)).toEqual(
        expect.arrayContaining([
          'model_weights/picture/picture/kernel: stem: reads raw input',
          'model_weights/words/words/embeddings: a lookup table, not multiplied',
          'model_weights/grouped/grouped/kernel: weights of the operation Conv2D (2 groups), which cannot be read',
        ]),
      );
    });
  });

  it('of Keras 3 is read by the classes in its paths', () => {
    opened(join(FOLDER, 'three.weights.h5'), ({ tensors }) => {
      const said = tensors.flatMap(({ name, shape, axes, groups, use }) =>
        shape.length < 2
          ? []
          : [`${name} [${shape.join(', ')}] ${use ? use.code : axes!}${groups ? ` / ${groups}` : ''}`],
      );
      expect(said.sort()).toEqual([
        'layers/conv2d/vars/0 [3, 3, 4, 8] kernel-in-out',
        'layers/conv2d_transpose/vars/0 [3, 3, 6, 8] kernel-out-in',
        'layers/dense/vars/0 [16, 9] in-out',
        'layers/dense_1/vars/0 [9, 16] in-out',
        'layers/depthwise_conv2d/vars/0 [3, 3, 8, 1] kernel-in-out / 8',
        'layers/einsum_dense/vars/0 [9, 2, 4] three-dimensions',
        'layers/embedding/vars/0 [30, 9] looked-up',
        'layers/lstm/cell/vars/0 [9, 24] in-out',
        'layers/lstm/cell/vars/1 [6, 24] in-out',
        'layers/multi_head_attention/query_dense/vars/0 [9, 8] in-out',
        'optimizer/vars/0 [9, 16] optimizer-state',
      ]);
    });
  });

  it('of Keras 3 is the network that Keras made, whatever it calls variables', () => {
    const folder = mkdtempSync(join(tmpdir(), 'neuromfa-keras-'));
    try {
      const path = join(folder, 'keras3.keras');
      writeFileSync(path, gunzipSync(readFileSync(join(FOLDER, 'keras3.keras.gz'))));
      opened(path, (checkpoint) => {
        const network = buildNetwork(checkpoint, 'test');
        expect(
          network.projections.map(
            ({ name, sources, targets, role, block }) =>
              `${name} ${sources}→${targets} ${role}${block === null ? '' : ` ${block}`}`,
          ),
        ).toEqual([
          'layers.multi_head_attention.{query.kernel,key.kernel,value.kernel} 12→48 attention.qkv',
          'layers.multi_head_attention.attention_output.kernel 16→12 attention.out',
          'layers.gru.cell.kernel 12→42 linear',
          'layers.gru.cell.recurrent_kernel 14→42 linear',
          'layers.grouped_query_attention.{query.kernel,key.kernel,value.kernel} 7→64 attention.qkv',
          'layers.grouped_query_attention.attention_output.kernel 32→7 attention.out',
          'layers.time_distributed.layer.kernel 20→16 linear',
          'layers.separable_conv1d.depthwise_kernel 11→11 conv.depthwise',
          'layers.separable_conv1d.pointwise_kernel 11→13 conv.inner',
          'layers.dense.kernel 13→9 linear',
        ]);
        const wrapped = checkpoint.tensors.find(({ name }) => name.includes('time_distributed_2'))!;
        expect(wrapped).toMatchObject({ shape: [3, 11, 4], axes: 'kernel-out-in' });
        const left = network.skipped.map(({ tensor, reason }) => `${tensor} ${reason.code}`);
        expect(left).toEqual(
          expect.arrayContaining([
            'layers/multi_head_attention/query_dense/vars/1 bias',
            'layers/grouped_query_attention/_value_dense/vars/1 bias',
            'layers/gru/cell/vars/2 bias',
            'layers/einsum_dense/vars/0 three-dimensions',
            'layers/einsum_dense/vars/1 bias',
            'layers/p_re_lu/vars/0 factor',
          ]),
        );
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('lists what is no number, with that reason', () => {
    opened(join(FOLDER, 'others.h5'), ({ tensors }) => {
      expect(tensors.map(({ name, use }) => [name, use?.code])).toEqual([
        ['dense/kernel', undefined],
        ...['names', 'pairs', 'waves'].map((name) => [name, 'unreadable-type']),
      ]);
    });
  });

  it.each([
    ['chunks.h5', /its values are in chunks/, /h5repack -l CONTI -f NONE chunks.h5/],
    ['gzip.h5', /its values are compressed/, /h5repack -l CONTI -f NONE gzip.h5/],
    ['latest.h5', /its superblock is of version 3/, /h5repack -l CONTI -f NONE latest.h5/],
    // Of these, h5repack makes what they were.
    ['big-endian.h5', /its values are big-endian/, /numpy.savez/],
    ['link.h5', /a link to another object/, /numpy.savez/],
  ])('%s is refused with what makes it readable', (name, cause, nextStep) => {
    const path = join(FOLDER, name);
    expectFault(() => openCheckpoint(path), 'unsupported', path, cause);
    expectFault(() => openCheckpoint(path), 'unsupported', path, nextStep);
  });

  it('that is cut short anywhere is damaged, or has lost nothing that is read', () => {
    const whole = readFileSync(join(FOLDER, 'half.h5'));
    for (let length = 8; length < whole.length; length += 37) {
      const path = write('cut/half.h5', whole.subarray(0, length));
      expectFault(() => openCheckpoint(path), 'damaged', path, /./);
    }
  });

  it('is opened without its values being read', () => {
    opened(join(FOLDER, 'half.h5'), (checkpoint) => {
      const values = checkpoint.tensors.map(({ offset, bytes }) => [offset, offset + bytes]);
      expect(values.length).toBe(2);
      expect(checkpoint.bytesRead).toBeLessThan(4096 + 2000);
    });
  });
});
