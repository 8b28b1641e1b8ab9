import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSame } from '../../../src/core/compare/same';
import { tensorComparisonSchema, type TensorComparison } from '../../../src/protocol/comparison';
import { largestChanges, tensorSentences } from '../../../src/protocol/comparisonWords';
import { storedSubject } from '../../../src/protocol/subject';
import { Engine } from '../../../src/worker/engine';
import { MemoryBudget } from '../../../src/worker/memoryBudget';
import {
  llama,
  mergedValues,
  numbers,
  removeWritten,
  writeAdapter,
  writeModel,
  type Tensors,
} from '../support/adapters';
import { bundleWorkers, type WorkerBundle } from '../support/engine';
import { writeCheckpoint } from '../support/writeCheckpoint';

const Q = 'model.layers.0.self_attn.q_proj.weight';
const DOWN = 'model.layers.1.mlp.down_proj.weight';

let bundle: WorkerBundle;
let engines: Record<1 | 3, Engine>;
beforeAll(async () => {
  bundle = await bundleWorkers();
  const of = (threads: number): Engine => Engine.local({ directory: bundle.directory, threads });
  engines = { 1: of(1), 3: of(3) };
});
afterAll(async () => {
  await engines[1].dispose();
  await engines[3].dispose();
  bundle.remove();
  removeWritten();
});

const compare = async (a: string, b: string, base?: string): Promise<TensorComparison> => {
  const [one, three] = await Promise.all(
    [engines[1], engines[3]].map((engine) => engine.compare(storedSubject(a, base), storedSubject(b, base))),
  );
  // No number depends on threads.
  expect(three).toEqual(one);
  return v.parse(tensorComparisonSchema, one);
};

const changedIn = ({ changed }: TensorComparison): string[] =>
  changed.filter(({ equal }) => equal < 1).map(({ name }) => name);

/** The Llama with some tensors replaced, or left out. */
function edited(edits: Partial<Record<string, Tensors[string] | null>>): Tensors {
  const all: Tensors = { ...llama(), ...(edits as Tensors) };
  return Object.fromEntries(Object.entries(all).filter(([name]) => edits[name] !== null));
}

describe('two checkpoints', () => {
  it('that are one hold the same', async () => {
    const path = writeModel(llama());
    const found = await compare(path, path);
    expect(isSame(found)).toBe(true);
    expect(found.total).toMatchObject({ equal: 1, relative: 0, cosine: 1 });
    expect(
      found.changed.every(({ relative, cosine, equal }) => relative === 0 && cosine === 1 && equal === 1),
    ).toBe(true);
    expect(found.metadata).toEqual([]);
    expect(tensorSentences(found)).toEqual(['A and B are the same: 15 tensors, all values equal.']);
  });

  it('of which one was 0 in a tensor name the largest change that has a share, and those that have none', async () => {
    const own = llama();
    const zero = { ...own[DOWN]!, values: own[DOWN]!.values.map(() => 0) };
    const scaled = { ...own[Q]!, values: own[Q]!.values.map((value) => 2 * value) };
    const found = await compare(writeModel(edited({ [DOWN]: zero })), writeModel(edited({ [Q]: scaled })));
    const said = tensorSentences(found);
    expect(said[1]).toBe(`${Q} changed most, by 1.00 of its norm.`);
    expect(said[2]).toBe(`All 0 in A, so without a relative change: 1, such as ${DOWN}.`);
    expect(largestChanges(found, 9).map(({ name }) => name)).toEqual([Q, DOWN]);
  });

  it('of which one has a tensor scaled, one permuted and one missing are told apart by them', async () => {
    const own = llama();
    const scaled = { ...own[Q]!, values: own[Q]!.values.map((value) => 2 * value) };
    const down = own[DOWN]!;
    const permuted = {
      ...down,
      values: down.values.map((_, i) => down.values[(i + 80 * 7) % down.values.length]!),
    };
    const missing = 'model.layers.1.mlp.up_proj.weight';
    const found = await compare(
      writeModel(own),
      writeModel(
        edited({ [Q]: scaled, [DOWN]: permuted, [missing]: null, 'extra.weight': numbers(5, [3, 4]) }),
      ),
    );
    expect(changedIn(found)).toEqual([Q, DOWN]);
    const [q, d] = found.changed.filter(({ equal }) => equal < 1);
    expect(q).toMatchObject({ relative: 1, shape: [48, 48], equal: 0, nonFinite: 0 });
    expect(q!.cosine).toBeCloseTo(1, 12);
    const [x, y] = [down.values, permuted.values];
    const sum = (of: (i: number) => number): number =>
      Array.from(x, (_, i) => of(i)).reduce((all, each) => all + each, 0);
    expect(d!.relative).toBeCloseTo(Math.sqrt(sum((i) => (y[i]! - x[i]!) ** 2) / sum((i) => x[i]! ** 2)), 12);
    expect(d!.cosine).toBeCloseTo(sum((i) => x[i]! * y[i]!) / sum((i) => x[i]! ** 2), 12);
    expect(found.onlyA).toEqual([{ name: missing, shape: [80, 48] }]);
    expect(found.onlyB).toEqual([{ name: 'extra.weight', shape: [3, 4] }]);
    expect(isSame(found)).toBe(false);
    expect(tensorSentences(found)[0]).toMatch(/^Different: 2 of 14 tensors\./);
  });

  it('of other shapes, types and wrappers are matched as far as they go', async () => {
    const own = llama('F32');
    const wide = numbers(7, [64, 50], 'F32');
    const other = Object.fromEntries(
      Object.entries({ ...llama('F32'), 'model.embed_tokens.weight': wide }).map(([name, values]) => [
        `_orig_mod.${name}`,
        values,
      ]),
    );
    const found = await compare(
      writeModel(own, { hidden: 48, same: 1 }),
      writeModel(other, { hidden: 50, same: 1 }),
    );
    expect(found.reshaped).toEqual([{ name: 'model.embed_tokens.weight', a: [64, 48], b: [64, 50] }]);
    expect(changedIn(found)).toEqual([]);
    expect(found.changed).toHaveLength(14);
    expect(found.metadata).toEqual([{ key: 'config.hidden', a: '48', b: '50' }]);
    const rounded = Object.fromEntries(
      Object.entries(llama('F16')).map(([name, each]) => [name, { ...each, dtype: 'F32' as const }]),
    );
    expect(isSame(await compare(writeModel(rounded), writeModel(llama('F16'))))).toBe(true);
  });

  it('with NaN, zeros, integers and nothing at all give no number that is none', async () => {
    const bytes = (values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
    const tensors = (values: readonly number[], whole: number) => [
      { name: 'a', dtype: 'F32', shape: [4], bytes: bytes(values) },
      { name: 'zero', dtype: 'F32', shape: [2], bytes: bytes([0, 0]) },
      {
        name: 'ids',
        dtype: 'I64',
        shape: [2],
        bytes: new Uint8Array(BigInt64Array.of(1n, BigInt(whole)).buffer),
      },
      { name: 'none', dtype: 'F32', shape: [0, 3], bytes: new Uint8Array() },
      { name: 'huge', dtype: 'F64', shape: [1], bytes: new Uint8Array(Float64Array.of(1e300).buffer) },
    ];
    const [a, b] = [
      writeCheckpoint(tensors([1, NaN, Infinity, 2], 5)),
      writeCheckpoint(tensors([1, NaN, 3, 4], 6)),
    ];
    try {
      const found = await compare(a.path, b.path);
      const byName = Object.fromEntries(found.changed.map((each) => [each.name, each]));
      expect(byName['a']).toMatchObject({ nonFinite: 2, equal: 0.5 });
      expect(byName['a']!.relative).toBeCloseTo(2 / Math.sqrt(5), 12);
      expect(byName['zero']).toMatchObject({ equal: 1, relative: 0, cosine: null });
      expect(byName['ids']).toMatchObject({ equal: 0.5, relative: null, cosine: null });
      expect(byName['none']).toMatchObject({ elements: 0, equal: 1, relative: 0 });
      expect(byName['huge']).toMatchObject({ equal: 1, relative: 0 });
      expect(tensorSentences(found).join(' ')).toContain('left out of norms and cosines: 1, such as a');
    } finally {
      a.remove();
      b.remove();
    }
  });

  it('are not read where one is missing or damaged', async () => {
    const path = writeModel(llama());
    const empty = mkdtempSync(`${tmpdir()}/neuromfa-empty-`);
    await expect(engines[1].compare(storedSubject(path), storedSubject('/no/such'))).rejects.toMatchObject({
      data: { code: 'missing', subject: '/no/such' },
    });
    await expect(engines[1].compare(storedSubject(path), storedSubject(empty))).rejects.toMatchObject({
      data: { code: 'missing' },
    });
    rmSync(empty, { recursive: true });
  });

  it('are left alone when it is cancelled', async () => {
    const path = writeModel(llama());
    const aborted = AbortSignal.abort();
    await expect(
      engines[1].compare(storedSubject(path), storedSubject(path), { signal: aborted }),
    ).rejects.toMatchObject({ data: { code: 'cancelled' } });
  });

  it('take one thread where memory has no room for more', async () => {
    const path = writeModel(llama());
    const engine = Engine.local({
      directory: bundle.directory,
      threads: 2,
      memory: new MemoryBudget(() => 2 ** 20),
    });
    expect(isSame(await engine.compare(storedSubject(path), storedSubject(path)))).toBe(true);
    await engine.dispose();
  });
});

describe('adapters', () => {
  /** The Llama with one tensor doubled. */
  const edited32 = (name: string): Tensors => {
    const all = llama('F32');
    return { ...all, [name]: { ...all[name]!, values: all[name]!.values.map((value) => 2 * value) } };
  };
  const half = (name: string): string => `base_model.model.model.layers.0.self_attn.q_proj.${name}.weight`;
  const [a, b] = [numbers(11, [4, 48], 'F32'), numbers(12, [48, 4], 'F32')];

  it('against their base differ where they update it', async () => {
    const base = writeModel(llama('F32'));
    const adapter = writeAdapter({ [half('lora_A')]: a, [half('lora_B')]: b });
    const found = await compare(base, adapter, base);
    expect(found.of).toBe('weights');
    expect(changedIn(found)).toEqual([Q]);
    const merged = mergedValues(llama('F32')[Q]!, a, b, 2).values;
    const [x, q] = [llama('F32')[Q]!.values, found.changed.find(({ name }) => name === Q)!];
    const sum = (of: (i: number) => number): number =>
      Array.from(x, (_, i) => of(i)).reduce((all, each) => all + each, 0);
    expect(q.relative).toBeCloseTo(
      Math.sqrt(sum((i) => (merged[i]! - x[i]!) ** 2) / sum((i) => x[i]! ** 2)),
      10,
    );
  });

  it('of two revisions are compared as the updates that they make', async () => {
    const half2 = { ...b, values: b.values.map((value) => -value) };
    const first = writeAdapter({ [half('lora_A')]: a, [half('lora_B')]: b });
    const second = writeAdapter({ [half('lora_A')]: a, [half('lora_B')]: half2 });
    const found = await compare(first, second);
    expect(found.of).toBe('weights');
    expect(found.changed).toHaveLength(1);
    expect(found.changed[0]).toMatchObject({ equal: 0, relative: 2 });
    expect(found.changed[0]!.cosine).toBeCloseTo(-1, 12);
  });
  it('by themselves are not compared with weights, which are another thing', async () => {
    const base = writeModel(llama('F32'));
    const adapter = writeAdapter({ [half('lora_A')]: a, [half('lora_B')]: b });
    for (const pair of [
      [storedSubject(base), storedSubject(adapter)],
      [storedSubject(adapter), storedSubject(adapter, base)],
    ] as const) {
      await expect(engines[1].compare(...pair)).rejects.toMatchObject({
        data: {
          code: 'unsupported',
          subject: expect.stringContaining('adapter_model') as string,
          cause: expect.stringContaining('taken by itself') as string,
          nextStep: expect.stringContaining('--base') as string,
        },
      });
    }
  });

  it('on two bases are compared as the two models that they make', async () => {
    const bases = [writeModel(llama('F32')), writeModel(edited32(DOWN))];
    const adapter = writeAdapter({ [half('lora_A')]: a, [half('lora_B')]: b });
    const found = await engines[1].compare(
      storedSubject(adapter, bases[0]),
      storedSubject(adapter, bases[1]),
    );
    expect(found.of).toBe('weights');
    expect(changedIn(found)).toEqual([DOWN]);
  });
});
