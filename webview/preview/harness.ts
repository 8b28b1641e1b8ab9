/** Stands in for VS Code while developing: theme variables, the webview API, and a host that answers with fixtures. */
import * as v from 'valibot';
import {
  analysisSchema,
  type AnalysisResult,
  type SampleArrays,
  type SampleResult,
} from '../../src/protocol/analysis';
import { packArrays } from '../../src/protocol/packing';
import { hostMethods, spectrumMethods, type SpectrumItem } from '../../src/protocol/panel';
import { Peer } from '../../src/protocol/rpc';
import { fixture } from './fixtures';
import themes from './themes.json';

const query = new URLSearchParams(location.search);

/** Puts the page into one of the editor's default themes, as VS Code does. */
function setTheme(name: string): void {
  const theme = themes[name as keyof typeof themes];
  for (const [variable, value] of Object.entries(theme.variables))
    document.documentElement.style.setProperty(variable, value);
  document.body.className = theme.kind;
  document.body.dataset['vscodeThemeKind'] = theme.kind;
}

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
      cause: 'the file ends after 1 048 576 bytes, but its header promises 2 519 128',
      nextStep: 'Fetch the file again and compare its size',
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
          item(fixture({ name: `neox-1m/step${step}`, step, centre: 0.97 - 0.014 * index })),
        );
  switch (name) {
    case 'one':
      return [last];
    case 'three':
      return [steps[0]!, steps[4]!, last];
    case 'eight':
      return steps;
    case 'full':
      return [await full()];
    case 'full-steps':
      return steps.map((_, index) =>
        item(
          fixture({ name: `neox-1m/step${index}`, step: index, fullBlocks: 6, centre: 0.97 - 0.01 * index }),
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
            centre: 1.3 - 0.3 * (index / 154) ** 0.5,
          }),
        ),
      );
    case 'hostile':
      return [
        item(fixture({ name: '<img src=x onerror=alert(1)>=HYPERLINK("x")', step: null, samples: 1 })),
        item(
          fixture({
            name: 'EleutherAI/pythia-6.9b-deduped-v0-with-a-very-long-name-that-never-ends/checkpoint-143000',
            centre: 1.2,
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
    default:
      return [];
  }
}

/** What the panel asked to be saved, for whoever drives the page. */
const saved: { suggestedName: string; content: string | Uint8Array }[] = [];
const toHost = new EventTarget();

function host(): Peer<typeof hostMethods, typeof spectrumMethods> {
  return new Peer(
    {
      post: (message) => {
        window.postMessage(message);
      },
      listen: (receive) => {
        const listener = (event: Event): void => {
          receive((event as CustomEvent<unknown>).detail);
        };
        toHost.addEventListener('message', listener);
        return () => {
          toHost.removeEventListener('message', listener);
        };
      },
    },
    hostMethods,
    {
      ready: async () => ({ items: await scenario(query.get('scenario') ?? 'one'), l10n: {} }),
      save: (file) => {
        saved.push(file);
        return { path: `/home/user/${file.suggestedName}` };
      },
      analyze: () => null,
      cancel: () => null,
      showLog: () => null,
      openSettings: () => null,
      report: ({ message }) => {
        console.error(message);
        return null;
      },
    },
    spectrumMethods,
  );
}

setTheme(query.get('theme') ?? 'dark');
const peer = host();
let kept: unknown;
Object.assign(globalThis, {
  acquireVsCodeApi: () => ({
    postMessage: (message: unknown) => {
      // As between processes: what arrives is a copy.
      toHost.dispatchEvent(new CustomEvent('message', { detail: structuredClone(message) }));
    },
    getState: () => kept,
    setState: (state: unknown) => {
      kept = state;
    },
  }),
  preview: { setTheme, saved, update: (next: SpectrumItem) => peer.call('update', next) },
});
