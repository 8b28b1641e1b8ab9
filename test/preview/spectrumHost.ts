/** A host of the Spectrum panel that answers with real or made-up results. */
import * as v from 'valibot';
import {
  analysisSchema,
  type AnalysisResult,
  type SampleArrays,
  type SampleResult,
  type Mode,
  type Subset,
} from '../../src/protocol/analysis';
import { packArrays } from '../../src/protocol/packing';
import {
  hostMethods,
  spectrumMethods,
  type SpectrumItem,
  type SpectrumModel,
} from '../../src/protocol/panel';
import { Peer, type Channel } from '../../src/protocol/rpc';
import { fixture } from './fixtures';
import { checkedSettings, common, dropped, l10n, opened, PAPER, save } from './common';
import { PART, subsetHost } from './subsetHost';

/** ln Z is in the verbose JSON; NFD values are not, so they are laid out again from their histogram. */
function arraysOf(sample: SampleResult): SampleArrays {
  const { histogram, missing } = sample.nfd;
  const values = histogram
    ? histogram.counts.flatMap((count, bin) => {
        const width = (histogram.max - histogram.min) / histogram.counts.length;
        return Array.from({ length: count }, (_, i) => histogram.min + (bin + (i + 0.5) / count) * width);
      })
    : [];
  const nfd = [...values, ...Array.from({ length: missing }, () => Number.NaN)];
  return { lnZ: Float64Array.from((sample.lnZ ?? []).flat()), nfd: Float64Array.from(nfd) };
}

function item(
  made: { result: AnalysisResult; arrays: SampleArrays[] },
  name = made.result.checkpoint.name,
): SpectrumItem {
  const { result, arrays } = made;
  return { path: result.checkpoint.path, name, state: { kind: 'done', result, packed: packArrays(arrays) } };
}

const other = (name: string, state: SpectrumItem['state']): SpectrumItem => ({
  path: `/models/${name}`,
  name,
  state,
});

const running = (name: string): SpectrumItem =>
  other(name, { kind: 'running', progress: { done: 3, total: 10, bytesRead: 1_475_000 } });
const failed = (name: string): SpectrumItem =>
  other(name, {
    kind: 'failed',
    error: {
      code: 'damaged',
      subject: `/models/${name}/model.safetensors`,
      cause: 'it is cut short: at least 1,470,552 of its bytes are missing',
      nextStep: 'Save, copy or download it again',
    },
  });

/** Results in the command line's JSON, as the panel gets them; those of an older build may have another shape. */
async function realItems(file: string): Promise<SpectrumItem[]> {
  const response = await fetch(file);
  const results = v
    .parse(v.array(v.unknown()), await response.json())
    .filter((each) => v.is(analysisSchema, each));
  return results.map((result) => {
    const arrays = result.samples.map(arraysOf);
    for (const sample of result.samples) delete sample.lnZ;
    return item({ result, arrays });
  });
}

const full = async (): Promise<SpectrumItem> =>
  (await realItems('full.json')).at(-1) ?? item(fixture({ fullBlocks: 6 }));

async function scenario(name: string): Promise<SpectrumItem[]> {
  const real = await realItems('results.json');
  const last = real.at(-1) ?? item(fixture());
  const steps =
    real.length > 0
      ? real
      : [0, 64, 256, 512, 1000, 2000, 3000, 4000].map((step, index) =>
          item(fixture({ name: `neox-1m/step${step}`, step, center: 0.97 - 0.014 * index })),
        );
  switch (name) {
    case 'one':
    case 'part-form':
      return [last];
    case 'three':
      return [steps[0]!, steps[4]!, last];
    case 'eight':
      return steps;
    case 'full':
      return [await full()];
    case 'nulls':
      return [item(fixture({ nulls: true }))];
    case 'nulls-full':
      return [item(fixture({ nulls: true, fullBlocks: 6 }))];
    case 'full-steps':
      return steps.map((_, index) =>
        item(
          fixture({ name: `neox-1m/step${index}`, step: index, fullBlocks: 6, center: 0.97 - 0.01 * index }),
        ),
      );
    case 'full-deep':
      return [item(fixture({ name: 'deep/step1', fullBlocks: 80, scaleFree: true, neurons: 600 }))];
    case 'full-shallow':
      return [item(fixture({ name: 'shallow/step1', fullBlocks: 3 }))];
    case 'many':
      return Array.from({ length: 154 }, (_, index) =>
        item(
          fixture({
            name: `pythia-160m-deduped/step${index * 1000}`,
            step: index * 1000,
            samples: 3,
            neurons: 40,
            center: 1.3 - 0.3 * (index / 154) ** 0.5,
          }),
        ),
      );
    case 'hostile':
      return [
        item(fixture({ name: '<img src=x onerror=alert(1)>=HYPERLINK("x")', step: null, samples: 1 })),
        item(
          fixture({
            name: 'EleutherAI/pythia-6.9b-deduped-v0-with-a-very-long-name-that-never-ends/checkpoint-143000',
            center: 1.2,
            parameters: 6_860_000_000,
          }),
        ),
      ];
    case 'partial':
      return [
        steps[0]!,
        last,
        running('neox-1m/step5000'),
        other('neox-1m/step6000', { kind: 'waiting' }),
        failed('neox-1m/step7000'),
      ];
    case 'running':
      return [running('neox-1m/step4000')];
    case 'waiting':
      return [running('neox-1m/step4000'), other('neox-1m/step5000', { kind: 'waiting' })];
    case 'failed':
      return [failed('neox-1m/step4000')];
    case 'cancelled':
      return [other('neox-1m/step4000', { kind: 'cancelled' })];
    case 'empty':
      return [item(fixture({ empty: true }))];
    case 'part':
      return [item(fixture({ subset: PART }))];
    case 'part-full':
      return [item(fixture({ subset: PART, fullBlocks: 3 }))];
    case 'part-mixed':
      return [last, item(fixture({ name: 'neox-1m/step3000', step: 3000, subset: PART }))];
    case 'outdated':
    case 'outdated-failed': {
      const made = item(fixture());
      const { state, ...rest } = made;
      if (state.kind !== 'done') return [];
      const { result, packed } = state;
      const now = name === 'outdated' ? running('x').state : failed('x').state;
      return [{ ...rest, state: now, former: { result, packed } }];
    }
    case 'stale': {
      const made = item(fixture());
      return made.state.kind === 'done' ? [{ ...made, state: { ...made.state, stale: 'overwritten' } }] : [];
    }
    default:
      return [];
  }
}

export function spectrumHost(
  channel: Channel,
  name: string,
): Peer<typeof hostMethods, typeof spectrumMethods> {
  let subset: Subset | null = ['part', 'part-full'].includes(name) ? PART : null;
  let nulls = name.startsWith('nulls');
  let mode: Mode = name.includes('full') ? 'full' : 'sampled';
  let now = PAPER;
  const model = (items: SpectrumItem[]): SpectrumModel => ({
    settings: { now, paper: PAPER },
    items,
    asked: subset,
    askedMode: mode,
    nulls,
    l10n,
  });
  const chosen = (): void => {
    const made = item(
      fixture({
        ...(subset && { subset, center: 0.9 }),
        ...(mode === 'full' && { fullBlocks: 6 }),
        nulls,
      }),
    );
    void peer.call('show', model([made]));
  };
  const peer = new Peer<typeof hostMethods, typeof spectrumMethods>(
    channel,
    hostMethods,
    {
      remember: () => null,
      ready: async () => model(await scenario(name)),
      ...subsetHost((part) => {
        subset = part;
        chosen();
      }),
      setMode: ({ mode: asked }) => {
        mode = asked;
        chosen();
        return null;
      },
      setSettings: (settings) => {
        now = checkedSettings(settings);
        chosen();
        return null;
      },
      setNulls: ({ on }) => {
        nulls = on;
        chosen();
        return null;
      },
      analyze: () => null,
      openCheckpoint: ({ path }) => {
        opened.push(path);
        return null;
      },
      reveal: () => null,
      cancel: () => null,
      save,
      drop: (drop) => {
        dropped.push(drop);
        return null;
      },
      ...common,
    },
    spectrumMethods,
  );
  return peer;
}
