/** NaN and infinities cross no boundary: they are refused wherever a number may stand. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { runSeries } from '../../../src/core/emergence/runSeries';
import { analysisSchema } from '../../../src/protocol/analysis';
import { inspectPageMethods } from '../../../src/protocol/inspect';
import { count, counts, finite, finites, maybe, pair, whole } from '../../../src/protocol/numbers';
import { progressSchema } from '../../../src/protocol/panel';
import { runSeriesSchema } from '../../../src/protocol/run';
import { queueProgressSchema } from '../../../src/protocol/trends';
import { makeAnalysis } from '../support/analysis';
import { ROOT } from '../support/golden';

const UNFIT = [NaN, Infinity, -Infinity];

it('numbers are finite', () => {
  for (const schema of [finite, maybe, whole, count]) {
    for (const value of UNFIT) expect(v.is(schema, value)).toBe(false);
    expect(v.is(schema, 3)).toBe(true);
  }
  for (const value of UNFIT) expect(v.is(pair, [1, value])).toBe(false);
  expect([v.is(finite, -0.5), v.is(maybe, null), v.is(pair, [1, 2])]).toEqual([true, true, true]);
  expect([v.is(whole, 0.5), v.is(whole, -1), v.is(count, -1)]).toEqual([false, true, false]);
});

it('lists of numbers say which of them is not one', () => {
  expect(v.is(finites, [1, -0.5, 0]) && v.is(finites, [])).toBe(true);
  expect(v.is(counts, [0, 2]) && !v.is(counts, [0.5]) && !v.is(counts, [-1])).toBe(true);
  for (const value of [...UNFIT, '1', null, undefined]) {
    const { success, issues } = v.safeParse(v.object({ at: finites }), { at: [1, value] });
    expect([success, issues && v.getDotPath(issues[0])]).toEqual([false, 'at.1']);
  }
  expect(v.is(finites, new Array(2))).toBe(false);
  expect(v.is(finites, { length: 0 })).toBe(false);
});

/** The path of every number in `value`. */
function* numbersIn(value: unknown, path: string[] = []): Generator<string[]> {
  if (typeof value === 'number') yield path;
  else if (typeof value === 'object' && value !== null) {
    for (const [key, each] of Object.entries(value)) yield* numbersIn(each, [...path, key]);
  }
}

/** A copy with another value at `path`. */
function changed<T>(value: T, path: readonly string[], to: unknown): T {
  const copy = structuredClone(value);
  const owner = path.slice(0, -1).reduce((at, key) => at[key] as never, copy as Record<string, unknown>);
  owner[path.at(-1)!] = to;
  return copy;
}

const { result } = makeAnalysis();
const point = { step: 0, result };
const series = runSeries({
  run: { name: 'r', path: '/r', orderedBy: 'step' },
  results: [point, { step: 1, result }],
  baseline: { kind: 'first' },
  reference: point,
  from: 'alpha0',
});
const verbose = { ...result, samples: [{ ...result.samples[0]!, lnZ: [[0.5, 1]] }] };

describe.each<[string, v.GenericSchema, unknown, number]>([
  ['a result', analysisSchema, result, 50],
  ['a result with ln Z', analysisSchema, verbose, 50],
  ['a series', runSeriesSchema, series, 30],
  ['the progress of an analysis', progressSchema, { done: 1, total: 2, bytesRead: 3 }, 3],
  ['the progress of the queue', queueProgressSchema, { done: 1, total: 2, secondsLeft: 0.5 }, 3],
  ['how far reading is', inspectPageMethods.reading.params, { tensors: 1, blocks: 2, ofBlocks: 3 }, 3],
])('%s', (_, schema, valid, least) => {
  it('has finite numbers alone, and names any other', () => {
    expect(v.safeParse(schema, valid).issues).toBeUndefined();
    const paths = [...numbersIn(valid)];
    expect(paths.length).toBeGreaterThanOrEqual(least);
    for (const path of paths) {
      for (const value of UNFIT) {
        const { issues } = v.safeParse(schema, changed(valid, path, value));
        expect(
          issues?.map((issue) => v.getDotPath(issue)),
          path.join('.'),
        ).toContain(path.join('.'));
      }
    }
  });
});

it('no schema has numbers of its own', () => {
  const files = ['src', 'webview'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(ROOT, folder, name)),
  );
  const own = files.filter((file) => /\bv\.number\(/.test(readFileSync(file, 'utf8')));
  expect(own).toEqual([join(ROOT, 'src/protocol/numbers.ts')]);
});
