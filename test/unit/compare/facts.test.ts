import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { factsBufferBytes, readsOf } from '../../../src/core/compare/factsReads';
import { tensorFacts } from '../../../src/core/compare/tensorFacts';
import { storedValues, type ValueSource } from '../../../src/core/compare/values';
import type { OpenFile } from '../../../src/core/weights/openFile';
import { storedSubject } from '../../../src/protocol/subject';
import { tensorFactsSchema, type TensorFacts } from '../../../src/protocol/tensorFacts';
import { Engine } from '../../../src/worker/engine';
import { encode, numbers, removeWritten, writeAdapter, writeModel } from '../support/adapters';
import { bundleCli } from '../support/bundleCli';
import { modelAt } from '../support/decodedAs';
import { parseCsv } from '../support/csv';
import { bundleWorkers, type WorkerBundle } from '../support/engine';
import { writeCheckpoint, type TensorToWrite } from '../support/writeCheckpoint';

let bundle: WorkerBundle;
let engine: Engine;
const folder = mkdtempSync(join(tmpdir(), 'neuromfa-facts-'));
beforeAll(async () => {
  bundle = await bundleWorkers();
  engine = Engine.local({ directory: bundle.directory, threads: 2 });
  await bundleCli(folder);
});
afterAll(async () => {
  await engine.dispose();
  bundle.remove();
  removeWritten();
  rmSync(folder, { recursive: true });
});

/** More than one chunk, with a value of each kind that counts. */
const BIG = numbers(3, [300, 400], 'F16');
BIG.values[5] = 0;
BIG.values[70_000] = -0;

const doubles = (name: string, ...values: number[]): TensorToWrite => ({
  name,
  dtype: 'F64',
  shape: [values.length],
  bytes: new Uint8Array(Float64Array.from(values).buffer),
});

async function factsOf(...tensors: TensorToWrite[]): Promise<Record<string, TensorFacts>> {
  const written = writeCheckpoint(tensors);
  try {
    const { tensors: found } = await engine.facts(storedSubject(written.path));
    return Object.fromEntries(v.parse(v.array(tensorFactsSchema), found).map((each) => [each.name, each]));
  } finally {
    written.remove();
  }
}

describe('the values of a tensor', () => {
  it('have the range, moments and histogram that plain sums give, whatever type stores them', async () => {
    const stored = (['F16', 'F32', 'F64'] as const).map((dtype) => ({
      name: dtype,
      dtype,
      shape: BIG.shape,
      bytes: encode(BIG.values, dtype),
    }));
    const facts = await factsOf(...stored);
    const { values } = facts['F32']!;
    expect(facts['F16']!.values).toEqual(values);
    expect(facts['F64']!.values).toEqual(values);
    const all = [...BIG.values];
    const n = all.length;
    const sum = (of: (value: number) => number): number => all.reduce((total, each) => total + of(each), 0);
    const mean = sum((each) => each) / n;
    const [min, max] = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
    expect(values).toMatchObject({ min, max, zeros: 2, nan: 0, infinite: 0 });
    expect(values!.mean).toBeCloseTo(mean, 14);
    expect(values!.sd).toBeCloseTo(Math.sqrt(sum((each) => (each - mean) ** 2) / n), 12);
    expect(values!.rms).toBeCloseTo(Math.sqrt(sum((each) => each ** 2) / n), 12);
    const counts = new Array<number>(64).fill(0);
    for (const each of all) counts[Math.min(63, Math.floor(((each - min) * 64) / (max - min)))]!++;
    expect(values!.histogram).toMatchObject({ min, max });
    expect(values!.histogram!.counts.reduce((a, b) => a + b)).toBe(n);
    // A value at the edge of two bins may fall into either.
    const moved = counts.reduce(
      (total, count, i) => total + Math.abs(count - values!.histogram!.counts[i]!),
      0,
    );
    expect(moved).toBeLessThan(n / 1000);
  });

  it('that are not finite are counted and left out; where nothing is left there are no numbers', async () => {
    const facts = await factsOf(
      doubles('mixed', NaN, 1, Infinity, -Infinity, 3, NaN, 0),
      doubles('none', NaN, Infinity),
      doubles('constant', 2, 2, 2),
      doubles('extreme', -1.7e308, 1.7e308, 1),
      { name: 'empty', dtype: 'F32', shape: [0, 4], bytes: new Uint8Array() },
      { name: 'ids', dtype: 'I64', shape: [1], bytes: new Uint8Array(8) },
    );
    expect(facts['mixed']!.values).toMatchObject({
      nan: 2,
      infinite: 2,
      zeros: 1,
      min: 0,
      max: 3,
      mean: 4 / 3,
    });
    const nothing = { min: null, max: null, mean: null, sd: null, rms: null, histogram: null };
    expect(facts['none']!.values).toEqual({ nan: 1, infinite: 1, zeros: 0, ...nothing });
    expect(facts['empty']!.values).toEqual({ nan: 0, infinite: 0, zeros: 0, ...nothing });
    expect(facts['constant']!.values).toMatchObject({ mean: 2, sd: 0, rms: 2, histogram: null });
    expect(facts['extreme']!.values).toMatchObject({
      min: -1.7e308,
      max: 1.7e308,
      rms: null,
      sd: null,
      histogram: null,
    });
    expect(facts['ids']).toMatchObject({ dtype: 'I64', elements: 1, values: null });
  });

  it('of an adapter are those of its halves and of its base', async () => {
    const name = 'model.layers.0.self_attn.q_proj';
    const base = writeModel({
      [`${name}.weight`]: numbers(1, [8, 8]),
      'model.layers.1.self_attn.q_proj.weight': numbers(2, [8, 8]),
    });
    const adapter = writeAdapter({
      [`base_model.model.${name}.lora_A.weight`]: numbers(3, [2, 8]),
      [`base_model.model.${name}.lora_B.weight`]: numbers(4, [8, 2]),
    });
    const { tensors } = await engine.facts(storedSubject(adapter, base));
    expect(tensors.map((each) => each.shape)).toEqual(
      expect.arrayContaining([
        [2, 8],
        [8, 2],
        [8, 8],
      ]),
    );
    expect(tensors).toHaveLength(4);
  });

  it('are not read once it is cancelled', async () => {
    const path = writeModel({ a: BIG });
    const facts = engine.facts(storedSubject(path), { signal: AbortSignal.abort() });
    await expect(facts).rejects.toMatchObject({ data: { code: 'cancelled' } });
  });
});

describe('what is held of a tensor', () => {
  const NAME = 'model.layers.0.mlp.up_proj.weight';
  const sourceOf = (dtype: string, size: number): { source: ValueSource; file: Uint8Array } => {
    const bytes = Uint8Array.from({ length: 512 * 256 * size }, (_, i) => (7 * i) % 120);
    const folder = writeCheckpoint([{ name: NAME, dtype, shape: [512, 256], bytes }]);
    const model = modelAt(folder.path);
    try {
      const file = readFileSync(join(folder.path, 'model.safetensors'));
      return { source: storedValues(model.readable)[0]!, file };
    } finally {
      model.close();
      folder.remove();
    }
  };
  /** With the facts, how many bytes were read. */
  const factsIn = ({ source, file }: ReturnType<typeof sourceOf>, room: number): [TensorFacts, number] => {
    let read = 0;
    const files: OpenFile = () => ({
      read: (ranges, into) => {
        let at = 0;
        for (const { offset, bytes } of ranges) {
          into.set(file.subarray(offset, offset + bytes), at);
          at += bytes;
        }
        read += at;
      },
    });
    const nothing = (): undefined => undefined;
    return [tensorFacts(source, files, nothing, new Uint8Array(room), nothing), read];
  };

  it('is every value of a packed one, which changes how often it is decoded, and none of its numbers', () => {
    const packed = sourceOf('F8_E4M3', 1);
    // As float32.
    expect([factsBufferBytes(packed.source), readsOf(packed.source)]).toEqual([4 * 512 * 256, 1]);
    const [once, bytesRead] = factsIn(packed, factsBufferBytes(packed.source));
    expect(bytesRead).toBe(512 * 256);
    expect(once.values!.histogram!.counts.reduce((sum, each) => sum + each)).toBe(512 * 256);
    expect(factsIn(packed, 0)).toEqual([once, 2 * 512 * 256]);
  });

  it('is nothing of plain values, of many, and of those that are no weights', () => {
    const plain = sourceOf('F16', 2);
    expect([factsBufferBytes(plain.source), readsOf(plain.source)]).toEqual([0, 2]);
    expect(factsIn(plain, 2 ** 20)).toEqual(factsIn(plain, 0));
    const large = { ...sourceOf('F8_E4M3', 1).source, elements: 2 ** 26 };
    expect([factsBufferBytes(large), readsOf(large)]).toEqual([0, 2]);
    const ids: ValueSource = { ...plain.source, dtype: 'I64' };
    expect([factsBufferBytes(ids), readsOf(ids)]).toEqual([0, 0]);
  });
});

describe('inspect --facts', () => {
  const SAMPLE = join(import.meta.dirname, '../../../samples/neox-1m/step4000');
  const inspect = (...words: string[]) =>
    spawnSync(process.execPath, [join(folder, 'cli.js'), 'inspect', SAMPLE, ...words], { encoding: 'utf8' });

  it('stands in the table of tensors', () => {
    const { status, stdout, stderr } = inspect('--facts');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/\ntensor +type +shape +min +max +mean +sd +RMS +zeros +NaN +infinite\n/);
    // NumPy: min −0.68212890625, max 0.6591796875, mean −0.0107673336, std 0.2317203506
    expect(stdout).toMatch(
      /\nembed_out\.weight +F16 +\[256, 128\] +−0\.6821 +0\.6592 +−0\.01077 +0\.2317 +0\.2320 +0\u202f% +0 +0\n/,
    );
  });

  it('is JSON and CSV with every number', () => {
    const { facts } = JSON.parse(inspect('--facts', '--json').stdout) as { facts: TensorFacts[] };
    const found = v.parse(v.array(tensorFactsSchema), facts);
    expect(found).toHaveLength(76);
    expect(found[0]!.values!.sd).toBeCloseTo(0.23172035055332715, 12);
    const [head, ...rows] = parseCsv(inspect('--csv').stdout, ',');
    expect(head!.slice(0, 12)).toEqual(
      'tensor,type,shape,elements,min,max,mean,sd,rms,zeros,nan,infinite'.split(','),
    );
    expect(rows).toHaveLength(76);
    expect(rows[0]!.slice(0, 6)).toEqual([
      'embed_out.weight',
      'F16',
      '256x128',
      '32768',
      '-0.68212890625',
      '0.6591796875',
    ]);
    const counts = rows[0]!.slice(12).map(Number);
    // numpy.histogram(x, 64)[0][:6]
    expect(counts.slice(0, 6)).toEqual([5, 17, 21, 52, 79, 139]);
    expect(counts.reduce((a, b) => a + b)).toBe(32_768);
    expect(inspect('--csv', '--json').status).toBe(2);
    expect(inspect('--json').stdout).not.toContain('"facts"');
  });
});
