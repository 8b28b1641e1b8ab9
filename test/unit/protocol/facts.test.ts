/** Facts in results: every code has words, crosses boundaries, and is read from files of before. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { resultWarnings } from '../../../src/core/analysis/summarize';
import { analysisSchema } from '../../../src/protocol/analysis';
import { ERROR_CODES } from '../../../src/protocol/errors';
import {
  distinctFacts,
  FACT_CODES,
  factSchema,
  PLAIN_CODES,
  type Fact,
  type FactCode,
} from '../../../src/protocol/facts';
import { factText, PLAIN_WORDS, spokenResult } from '../../../src/protocol/factWords';
import { currentAnalysis } from '../../../src/protocol/formerResults';
import { weightsText } from '../../../src/protocol/weights';
import { makeAnalysis } from '../support/analysis';
import { WORDS_OF_ANALYSIS_1 } from './wordsOfAnalysis1';

const text = fc.string({ maxLength: 20 });
const count = fc.nat();
const share = fc.double({ min: 0, max: 1, noNaN: true });
const plain = fc.constantFrom(...PLAIN_CODES).map((code): Fact => ({ code }));

/** Any facts of each code; the compiler knows when one is missing. */
const ARBITRARY: {
  [C in Exclude<FactCode, (typeof PLAIN_CODES)[number]>]: fc.Arbitrary<Extract<Fact, { code: C }>>;
} = {
  text: fc.record({ code: fc.constant('text'), text }),
  'empty-tensor': fc.record({ code: fc.constant('empty-tensor'), shape: fc.array(count) }),
  'unreadable-type': fc.record({ code: fc.constant('unreadable-type'), dtype: text }),
  'other-operation': fc.record({ code: fc.constant('other-operation'), operation: text }),
  'unread-operation': fc.record({ code: fc.constant('unread-operation'), operation: text }),
  'many-dimensions': fc.record({ code: fc.constant('many-dimensions'), dimensions: count }),
  'large-stack': fc.record({ code: fc.constant('large-stack'), most: count }),
  'unknown-layer': fc.record({ code: fc.constant('unknown-layer'), architecture: text }),
  'outside-blocks': fc.record({ code: fc.constant('outside-blocks'), architecture: text }),
  misfit: fc.record({ code: fc.constant('misfit'), family: text, cause: text }),
  'shares-values': fc.record({ code: fc.constant('shares-values'), with: text }),
  replaces: fc.record({ code: fc.constant('replaces'), tensor: text }),
  'update-elsewhere': fc.record({ code: fc.constant('update-elsewhere'), part: text }),
  'too-few-edges': fc.record({ code: fc.constant('too-few-edges'), neurons: count, edges: count }),
  'median-not-positive': fc.record({ code: fc.constant('median-not-positive'), medianLength: share }),
  'too-few-units': fc.record({
    code: fc.constant('too-few-units'),
    unit: fc.constantFrom('block' as const, 'projection' as const),
    units: count,
    least: count,
  }),
  'few-neurons': fc.record({ code: fc.constant('few-neurons'), share, edges: count }),
  'non-finite-weights': fc.record({ code: fc.constant('non-finite-weights'), weights: count }),
  'non-finite-tensors': fc.record({
    code: fc.constant('non-finite-tensors'),
    weights: count,
    of: count,
    tensor: text,
    from: fc.option(text),
    more: count,
  }),
  'zero-weights': fc.record({ code: fc.constant('zero-weights'), projection: text, more: count }),
  'non-finite-share': fc.record({
    code: fc.constant('non-finite-share'),
    checkpoint: text,
    share,
    most: share,
  }),
  'unsound-spectrum': fc.record({
    code: fc.constant('unsound-spectrum'),
    samples: count,
    of: count,
    f: share,
  }),
  'exact-instead': fc.record({ code: fc.constant('exact-instead'), others: count, of: count }),
  'common-differs': fc.record({ code: fc.constant('common-differs'), others: count, of: count }),
  'wide-intervals': fc.record({
    code: fc.constant('wide-intervals'),
    others: count,
    of: count,
    samples: count,
  }),
  'beyond-non-finite': fc.record({ code: fc.constant('beyond-non-finite'), share, most: share }),
  'nulls-incomplete': fc.record({ code: fc.constant('nulls-incomplete'), missing: count, of: count }),
  'of-projection': fc.record({
    code: fc.constant('of-projection'),
    projection: text,
    reason: plain,
  }),
  'of-checkpoints': fc.record({
    code: fc.constant('of-checkpoints'),
    checkpoints: fc.array(text, { minLength: 1 }),
    warning: plain,
  }),
  quantized: fc.record({ code: fc.constant('quantized'), method: text, dtype: text }),
  parametrized: fc.record({ code: fc.constant('parametrized'), method: text }),
  'other-weights': fc.record({ code: fc.constant('other-weights'), set: text, taken: text }),
  'stored-again': fc.record({ code: fc.constant('stored-again'), as: text }),
  'several-weights': fc.record({
    code: fc.constant('several-weights'),
    taken: fc.array(text),
    others: fc.array(text),
  }),
  'narrow-layers': fc.record({ code: fc.constant('narrow-layers'), layers: count }),
  'always-dropped': fc.record({
    code: fc.constant('always-dropped'),
    projection: text,
    more: count,
    edges: count,
  }),
  'network-differs': fc.record({
    code: fc.constant('network-differs'),
    block: fc.option(count),
    here: fc.option(text),
    baseline: fc.option(text),
  }),
  'heads-unknown': fc.record({ code: fc.constant('heads-unknown'), tensor: text }),
  'decoded-weights': fc.record({
    code: fc.constant('decoded-weights'),
    types: fc.array(text),
    tensors: count,
    of: count,
  }),
  'rows-unknown': fc.record({ code: fc.constant('rows-unknown'), tensor: text }),
  'head-count': fc.record({ code: fc.constant('head-count'), key: text, value: text, most: count }),
  'adapter-scale-unknown': fc.record({ code: fc.constant('adapter-scale-unknown'), based: fc.boolean() }),
  'identical-weights': fc.record({ code: fc.constant('identical-weights'), checkpoints: fc.array(text) }),
  'identical-baseline': fc.record({
    code: fc.constant('identical-baseline'),
    checkpoint: text,
    checkpoints: fc.array(text),
  }),
  'baseline-after-first': fc.record({
    code: fc.constant('baseline-after-first'),
    first: text,
    baseline: text,
  }),
  'few-common-samples': fc.record({ code: fc.constant('few-common-samples'), least: count }),
  'ordered-by': fc.record({
    code: fc.constant('ordered-by'),
    by: fc.constantFrom('epoch' as const, 'tokens' as const, 'number' as const, 'name' as const),
  }),
  'settings-differ': fc.record({ code: fc.constant('settings-differ'), others: count, of: count }),
  'population-changes': fc.record({ code: fc.constant('population-changes'), least: share, most: share }),
  'samples-differ': fc.record({ code: fc.constant('samples-differ'), others: count, of: count }),
  'no-power-law': fc.record({
    code: fc.constant('no-power-law'),
    others: count,
    of: count,
    kind: fc.constantFrom('rough' as const, 'none' as const),
    steep: share,
    near: share,
    flat: share,
    far: share,
    r2: fc.option(share),
    gaussianR2: fc.option(share),
  }),
  'checkpoint-left-out': fc.record({
    code: fc.constant('checkpoint-left-out'),
    checkpoint: text,
    why: fc.constantFrom('same-step', 'best', 'no-step'),
    step: fc.option(count),
    same: fc.option(text),
  }),
  'drawn-baseline': fc.record({
    code: fc.constant('drawn-baseline'),
    kind: fc.constantFrom('init', 'gaussian', 'of-a-later-version'),
    source: text,
  }),
  'samples-left-out': fc.record({
    code: fc.constant('samples-left-out'),
    leftOut: count,
    of: count,
    reasons: fc.array(plain, { minLength: 1 }),
  }),
  'side-without-spectrum': fc.record({
    code: fc.constant('side-without-spectrum'),
    side: fc.constantFrom('A', 'B'),
    reason: plain,
  }),
  'baseline-without-spectrum': fc.record({ code: fc.constant('baseline-without-spectrum'), reason: plain }),
  'weights-left-out': fc.record({
    code: fc.constant('weights-left-out'),
    tensors: count,
    share,
    tensor: text,
    reason: plain,
  }),
};
const anyFact = fc.oneof<fc.Arbitrary<Fact>[]>(plain, ...Object.values(ARBITRARY));

describe('a fact', () => {
  it('of any code crosses every boundary as it is, and has words', () => {
    fc.assert(
      fc.property(anyFact, (fact) => {
        expect(v.parse(factSchema, JSON.parse(JSON.stringify(fact)))).toEqual(fact);
        const words = factText(fact);
        if (!['text', 'misfit'].includes(fact.code)) expect(words).toMatch(/\S/);
        expect(words).not.toMatch(/undefined|\[object/);
      }),
    );
  });

  it('has a code that stands for nothing else', () => {
    const codes = [...PLAIN_CODES, ...Object.keys(ARBITRARY)];
    expect([...FACT_CODES].sort()).toEqual(codes.sort());
    expect(FACT_CODES.filter((code) => (ERROR_CODES as readonly string[]).includes(code))).toEqual([]);
    const words = Object.values(PLAIN_WORDS);
    expect(new Set(words).size).toBe(words.length);
  });

  it.each([
    [{ code: 'empty-tensor' }],
    [{ code: 'few-neurons', share: Infinity, edges: 1 }],
    [{ code: 'samples-left-out', leftOut: 1, of: 1, reasons: ['a sentence'] }],
    ['a sentence'],
    [null],
    [{ code: 1 }],
  ])('that is %j is refused', (fact) => {
    expect(v.safeParse(factSchema, fact).success).toBe(false);
  });

  it('of a later version is read as its words', () => {
    expect(v.parse(factSchema, { code: 'new', text: 'some words', more: 1 })).toEqual({
      code: 'text',
      text: 'some words',
    });
    expect(v.parse(factSchema, { code: 'new' })).toEqual({ code: 'text', text: 'new' });
    expect(v.parse(factSchema, { code: 'toString' })).toEqual({ code: 'text', text: 'toString' });
  });

  it('is listed once', () => {
    expect(distinctFacts([{ code: 'bias' }, { code: 'router' }, { code: 'bias' }])).toEqual([
      { code: 'bias' },
      { code: 'router' },
    ]);
  });

  it('is translated with its parameters', () => {
    const german = (message: string, ...values: (string | number)[]): string =>
      `<${message}|${values.join()}>`;
    expect(factText({ code: 'bias' }, german)).toBe('<bias|>');
    expect(factText({ code: 'baseline-without-spectrum', reason: { code: 'bias' } }, german)).toBe(
      '<the baseline has no spectrum: {0}|<bias|>>',
    );
  });
});

describe('the words', () => {
  it.each<[Fact, string]>([
    [{ code: 'empty-tensor', shape: [0, 4] }, 'empty: shape [0, 4]'],
    [
      { code: 'few-neurons', share: 0.4, edges: 10 },
      'only 40\u202f% of the neurons have more than 10 edges within the threshold; the numbers describe these alone',
    ],
    [
      {
        code: 'samples-left-out',
        leftOut: 2,
        of: 2,
        reasons: [{ code: 'one-radius' }, { code: 'filter-positive-f' }],
      },
      'all 2 samples are left out: all edges round to one single radius, so nothing scales; filter 1: f(α) is positive somewhere',
    ],
    [
      { code: 'samples-left-out', leftOut: 1, of: 1, reasons: [{ code: 'one-radius' }] },
      'all edges round to one single radius, so nothing scales',
    ],
    [
      {
        code: 'no-power-law',
        ...{ others: 8, of: 8, kind: 'none', steep: 2.13, near: 17, flat: 0.182, far: 120 },
        ...{ r2: 0.843, gaussianR2: 0.84 },
      },
      'not a power law: local exponent 2.1 near r = 17, 0.18 near r = 120; α₀ averages over them. R² 0.84; Gaussian weights 0.84',
    ],
    [
      {
        code: 'weights-left-out',
        tensors: 3,
        share: 0.12,
        tensor: 'a\u202e',
        reason: { code: 'three-dimensions' },
      },
      'left out: 3 tensors with 12\u202f% of the weights, such as a\\u202e (three dimensions, but neither a kernel nor a stack of matrices); the network is a part of the model',
    ],
  ])('of %j', (fact, words) => {
    expect(factText(fact)).toBe(words);
  });

  it('stand beside the codes in JSON for users', () => {
    const { result } = makeAnalysis();
    result.warnings = [{ code: 'non-finite-weights', weights: 3 }];
    result.network.skipped = [{ tensor: 'a', reason: { code: 'bias' } }];
    const json: unknown = JSON.parse(JSON.stringify(spokenResult(result)));
    expect(json).toMatchObject({
      warnings: [
        {
          code: 'non-finite-weights',
          weights: 3,
          text: '3 weights are NaN or infinite and count as no edges',
        },
      ],
      network: { skipped: [{ tensor: 'a', reason: { code: 'bias', text: 'bias' } }] },
    });
    expect(v.parse(analysisSchema, json)).toEqual(result);
  });
});

describe('a result of neuromfa/analysis@1', () => {
  const { result } = makeAnalysis();
  const { weights: _, ...checkpoint } = result.checkpoint;
  const former = {
    ...result,
    schema: 'neuromfa/analysis@1',
    checkpoint: { ...checkpoint, synthetic: null as unknown },
    network: { ...result.network, skipped: [{ tensor: 'a', reason: 'bias' }] },
    samples: [{ ...result.samples[0], outcome: 'empty', reason: 'because' }, ...result.samples.slice(1)],
    summary: { ...result.summary, reason: 'nothing is left' },
    warnings: ['a sentence'],
  };

  it('has its sentences as facts', () => {
    const read = v.parse(analysisSchema, currentAnalysis(former));
    expect(read.warnings).toEqual([{ code: 'text', text: 'a sentence' }]);
    expect(factText(read.warnings[0]!)).toBe('a sentence');
    expect(read.samples[0]!.reason).toEqual({ code: 'text', text: 'because' });
    expect(read.samples[1]!.reason).toBeNull();
    expect(read.summary.reason).toEqual({ code: 'text', text: 'nothing is left' });
    expect(read.network.skipped).toEqual([{ tensor: 'a', reason: { code: 'bias' } }]);
    expect(read.checkpoint.weights).toEqual({ kind: 'stored' });
    expect(read.samples[0]!.alpha0).toBe(result.samples[0]!.alpha0);
  });

  it.each(Object.entries(WORDS_OF_ANALYSIS_1))('has the code %s for its sentence', (code, sentence) => {
    const read = v.parse(analysisSchema, currentAnalysis({ ...former, warnings: [sentence] }));
    expect(read.warnings).toEqual([{ code }]);
  });

  it.each([
    ['synthetic step 0, drawn from the documented initializer: X', { kind: 'init', source: 'X' }],
    [
      'Gaussian weights, drawn with the mean and deviation of each tensor of run/a',
      { kind: 'gaussian', source: 'run/a' },
    ],
    ['drawn somehow', { kind: 'drawn', source: 'drawn somehow' }],
  ])('of weights that are %j', (synthetic, weights) => {
    const drawn = { ...former, checkpoint: { ...checkpoint, synthetic } };
    const read = v.parse(analysisSchema, currentAnalysis(drawn));
    expect(read.checkpoint.weights).toEqual(weights);
    expect(
      weightsText(read.checkpoint.weights, (message, ...values) => [message, ...values].join()),
    ).toContain(weights.source);
  });

  it.each([
    [{ ...former, warnings: [1] }],
    [{ ...former, checkpoint }],
    [{ ...former, network: null }],
    [{ ...former, checkpoint: null }],
    ['neuromfa/analysis@1'],
  ])('that is damaged stays so', (damaged) => {
    expect(v.safeParse(analysisSchema, currentAnalysis(damaged)).success).toBe(false);
  });

  it('is left alone where it is of now', () => {
    expect(currentAnalysis(result)).toBe(result);
  });
});

it('samples that are left out say so once, with each reason once', () => {
  const { samples, summary } = makeAnalysis().result;
  const reason: Fact = { code: 'filter-positive-f' };
  const some = [
    { ...samples[0]!, outcome: 'filtered' as const, reason },
    { ...samples[0]!, outcome: 'filtered' as const, reason },
    samples[1]!,
  ];
  expect(resultWarnings(some, { ...summary, samplesKept: 1, samplesDropped: 2 }, {}, 0)).toEqual([
    { code: 'samples-left-out', leftOut: 2, of: 3, reasons: [reason] },
  ]);
});

it('every code is documented', () => {
  const documented = readFileSync('docs/result-format.md', 'utf8');
  expect(FACT_CODES.filter((code) => !documented.includes(`\`${code}\``))).toEqual([]);
});
