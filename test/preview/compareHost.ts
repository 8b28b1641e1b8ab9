/** A host of the page of comparisons that answers with made-up results of two checkpoints. */
import { compareFigures } from '../../src/core/compare/figures';
import { courseOf } from '../../src/extension/compare/courses';
import { comparedForPage } from '../../src/extension/compare/comparedForPage';
import {
  compareHostMethods,
  comparePageMethods,
  type ComparedCourse,
  type CompareModel,
  type CompareProgress,
} from '../../src/protocol/comparePanel';
import { COMPARISON_SCHEMA, type Comparison, type ProjectionChange } from '../../src/protocol/comparison';
import { Peer, type Channel } from '../../src/protocol/rpc';
import { english, type Translate } from '../../src/protocol/translate';
import { checkedSettings, common, l10n, opened, PAPER, save } from './common';
import { fixture } from './fixtures';

const ROLES = ['attention.qkv', 'attention.out', 'mlp.up', 'mlp.down'];
const TENSORS = 3000;

const projections: ProjectionChange[] = Array.from({ length: 6 }, (_, block) =>
  ROLES.map((role, i) => ({
    name: `gpt_neox.layers.${block}.${role}`,
    block,
    role,
    lnAlpha0: 0.02 * Math.sin(block + i),
    lnWidth: 0.1 * Math.cos(block - i),
    sdLnAlpha0: 0.005,
    sdLnWidth: 0.02,
  })),
).flat();

/** The settings that the page shows. */
let now = PAPER;

/** The extension host's words, as the page asks for them. */
const words: Translate = (message, ...args) => english(l10n[message] ?? message, ...args);

/** What a comparison of runs does not take. */
const AUTO = { radii: 'observed', population: 'common', autoSamples: true } as const;

const STATES: Record<string, CompareProgress> = {
  running: { kind: 'running', what: 'Comparing tensors: 12 of 76', done: 12, total: 76 },
  failed: {
    kind: 'failed',
    error: {
      code: 'damaged',
      subject: '/models/b/model.safetensors',
      cause: 'it is cut short: at least 1,470,552 of its bytes are missing',
      nextStep: 'Save, copy or download it again',
    },
  },
};

function model(scenario: string): CompareModel {
  const all = [0, 1000, 2000, 3000, 4000].map((step, i) =>
    fixture({ name: `neox-1m/step${step}`, step, center: 0.97 - 0.014 * i }),
  );
  const [a, b] = [all.at(-2)!, all.at(-1)!];
  const name = (index: number): string => ['neox-1m/step3000', 'neox-1m/step4000'][index]!;
  const tensors: Comparison['tensors'] = {
    a: a.result.checkpoint,
    b: b.result.checkpoint,
    of: 'tensors',
    changed: Array.from({ length: TENSORS }, (_, i) => ({
      name: `gpt_neox.layers.${i}.attention.query_key_value.weight`,
      shape: [3072, 1024],
      dtype: ['F16', 'F16'] as [string, string],
      elements: 3072 * 1024,
      equal: (i % 50) / 100,
      relative: i % 7 === 0 ? null : 1 / (1 + i),
      cosine: 1 - 1 / (2 + i),
      nonFinite: 0,
    })),
    total: { elements: 3072 * 1024 * TENSORS, equal: 0.25, relative: 0.2, cosine: 0.98 },
    onlyA: [{ name: '<img src=x onerror=alert(1)>', shape: [3] }],
    onlyB: [],
    reshaped: [{ name: 'embed_in.weight', a: [50304, 1024], b: [50432, 1024] }],
    metadata: [{ key: 'config.vocab_size', a: '50304', b: '50432' }],
    metadataLeftOut: 0,
  };
  const figures = compareFigures(a.result, b.result);
  const entries = {
    schema: COMPARISON_SCHEMA,
    version: { engine: '0', algorithm: 0 },
    settings: b.result.settings,
    projections: scenario === 'sampled' ? null : projections,
    tensors,
  } as const;
  const comparison: Comparison =
    scenario === 'runs'
      ? {
          ...entries,
          kind: 'runs',
          a: { name: name(0), path: '/runs/a' },
          b: { name: name(1), path: '/runs/b' },
          points: all.slice(1).map(({ result }, i) => ({
            step: result.checkpoint.step!,
            figures: compareFigures(all[i]!.result, result),
          })),
          onlyA: [5000],
          onlyB: [],
        }
      : { ...entries, kind: 'checkpoints', same: false, figures };
  const steps = all.slice(1).map(({ result: { checkpoint } }) => ({
    step: checkpoint.step!,
    at: [`/runs/a/${checkpoint.step!}`, `/runs/b/${checkpoint.step!}`] as const,
  }));
  const numbers = steps.map(({ step }) => step);
  // B is trained twice as long, with twice the tokens a step; nobody knows its epochs.
  const coursesOf = (times: number): ComparedCourse =>
    courseOf(
      [...numbers, times * numbers.at(-1)!].map((step) => ({
        ...{ step, tokens: times * step * 2e6, epoch: times === 1 ? step / 1000 : null },
      })),
      numbers,
      undefined,
    );
  const state = STATES[scenario];
  const [own, other] = [a, b].map((analysis, i) => ({ path: `/models/${i}`, name: name(i), analysis }));
  return {
    kind: comparison.kind,
    a: { name: own!.name, path: own!.path },
    b: { name: other!.name, path: other!.path },
    state: state ?? { kind: 'done' },
    compared: state ? null : comparedForPage(comparison, [own!, other!], null, words, AUTO, steps),
    courses: scenario === 'runs' ? [coursesOf(1), coursesOf(2)] : null,
    stale: scenario === 'stale' ? 'overwritten' : null,
    mode: 'sampled',
    nulls: false,
    settings: { now, paper: PAPER },
    kept: { version: 1, kind: comparison.kind, sides: [own!.path, other!.path] },
    l10n,
  };
}

export function compareHost(
  channel: Channel,
  scenario: string,
): Peer<typeof compareHostMethods, typeof comparePageMethods> {
  const nothing = (): null => null;
  const peer = new Peer<typeof compareHostMethods, typeof comparePageMethods>(
    channel,
    compareHostMethods,
    {
      remember: () => null,
      ready: () => model(scenario),
      save,
      saveComparison: ({ format }) => save({ suggestedName: `compare.${format}`, content: '' }),
      compare: nothing,
      setSettings: (settings) => {
        now = checkedSettings(settings);
        void peer.call('show', model(scenario));
        return null;
      },
      openCheckpoint: ({ path }) => {
        opened.push(path);
        return null;
      },
      reveal: nothing,
      setMode: nothing,
      setNulls: nothing,
      cancel: nothing,
      swap: nothing,
      openBoth: nothing,
      ...common,
    },
    comparePageMethods,
    (cause) => {
      console.error(cause);
    },
  );
  return peer;
}
