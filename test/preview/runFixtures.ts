/** Training runs with made-up, but plausible numbers: for tests, and for looking at the run views. */
import type { AnalysisSettings, Estimate, Mode, Subset } from '../../src/protocol/analysis';
import {
  isDrawn,
  type BaselineChoice,
  type RunMeasure,
  type RunPoint,
  type Specification,
} from '../../src/protocol/run';
import type { BeyondValue, Parts, PointNulls, Value } from '../../src/protocol/nulls';
import type { Run, RunCheckpoint } from '../../src/protocol/trends';
import { largest, smallest } from '../../src/protocol/extremes';
import { areStored, STORED } from '../../src/protocol/weights';
import { fixture } from './fixtures';

export interface RunOptions {
  name?: string;
  /** Null for runs that know only the order in which they were written. */
  steps?: readonly (number | null)[];
  samples?: number;
  mode?: Mode;
  architecture?: string;
  parameters?: number;
  /** How far α₀ falls and w rises. */
  fall?: number;
  /** Share of neurons kept at the first and at the last checkpoint. */
  kept?: readonly [number, number];
  baseline?: BaselineChoice;
  /** Indices of checkpoints without a result, with their states. */
  states?: Readonly<Record<number, RunCheckpoint['state']>>;
  readOnly?: boolean;
  watched?: true;
  /** The baseline has no result. */
  noBaseline?: boolean;
  subset?: Subset | null;
  /** Null models at every checkpoint. */
  nulls?: boolean;
  /** E under so many other choices of settings. */
  specified?: number;
}

/** The steps of Pythia's published checkpoints. */
export const PYTHIA = [
  0,
  ...Array.from({ length: 10 }, (_, power) => 2 ** power),
  ...Array.from({ length: 143 }, (_, thousand) => 1000 * (thousand + 1)),
];
export const SHORT = [0, 64, 256, 512, 1000, 2000, 3000, 4000];
export const EIGHTEEN = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 1500, 2000, 2500, 3000, 3500, 4000];

const Q = fixture({ samples: 1, neurons: 2 }).result.settings.q;

/** A smooth wobble that looks like noise and never changes. */
const wobble = (x: number): number => Math.sin(12.9898 * x) * 0.6 + Math.sin(78.233 * x) * 0.4;

function estimate(mean: number, half: number, samples: number, mode: Mode): Estimate {
  if (mode === 'full') return { mean, sd: 0.03, ci95: [mean - 0.06, mean + 0.03] };
  if (samples < 2) return { mean, sd: null, ci95: null };
  return { mean, sd: half * 1.4, ci95: [mean - half, mean + half] };
}

/** A run; its numbers follow from its steps alone. */
export function runFixture(options: RunOptions = {}): Run {
  const {
    name = 'neox-1m',
    steps = SHORT,
    samples = 10,
    mode = 'sampled',
    architecture = 'gpt_neox',
    parameters = 1_255_424,
    fall = 0.105,
    kept = [1, 1],
    baseline = { kind: 'first' },
    states = {},
    readOnly = false,
    watched,
    noBaseline = false,
    subset = null,
    nulls = false,
    specified = 0,
  } = options;
  const template = fixture({ samples: 1, neurons: 2, parameters }).result;
  const folder = `/models/${name}`;
  const last = Math.max(1, largest(steps.map((step, index) => step ?? index)));
  const progress = (place: number): number => 1 - Math.exp((-4 * place) / last);
  const measure = (step: number | null, index: number, weights = STORED): RunMeasure => {
    const stored = areStored(weights);
    const at = progress(step ?? index);
    const noise = 0.0015 * wobble(index + fall);
    return {
      step,
      checkpoint: {
        ...template.checkpoint,
        architecture,
        name: `${name}/${stored ? `step${step ?? index}` : weights.kind}`,
        path: stored ? `${folder}/step${step ?? index}` : folder,
        step,
        weights,
      },
      samplesKept: mode === 'full' ? 1 : samples,
      alpha0: estimate(0.974 - fall * at + noise, 0.003, samples, mode),
      alpha0Exact: estimate(0.976 - fall * at + noise, 0.003, samples, mode),
      width: estimate(0.41 + fall * at - noise, 0.012, samples, mode),
      r2Mean: 0.985 - 0.05 * at,
      r2Min: 0.96 - 0.1 * at,
      scaling: null,
      nodesKept: kept[0] + (kept[1] - kept[0]) * at,
      nonFinite: { weights: 0, share: 0 },
      beyond: nulls ? { alpha0: beyondValue(-0.004 * at), width: beyondValue(fall * at) } : null,
    };
  };
  const checkpoints = steps.map((step, index): RunCheckpoint => ({
    path: `${folder}/step${step ?? index}`,
    name: `step${step ?? index}`,
    step,
    state: states[index] ?? { kind: 'done' },
  }));
  const measures = steps.flatMap((step, index) =>
    checkpoints[index]!.state.kind === 'done' ? [measure(step, index)] : [],
  );
  const drawn = {
    kind: baseline.kind,
    source:
      baseline.kind === 'gaussian' ? `${name}/step0` : 'GPT-NeoX: normal, std √(2/(5h)), 2/(L√h) for outputs',
  };
  const wanted = isDrawn(baseline.kind)
    ? measure(0, 0, drawn)
    : baseline.kind === 'step'
      ? (measures.find(({ step }) => step === baseline.step) ?? null)
      : (measures[0] ?? null);
  const from = noBaseline ? null : wanted;
  const points = measures.map((each): RunPoint => ({
    ...each,
    emergence: emergenceOf(each, from, mode),
    sinceFirst: differenceOf(measures[0]!, each),
    untilLast: differenceOf(each, measures.at(-1)!),
    nulls: nulls ? nullsOf(each, measures[0]!) : null,
    parts: nulls && from ? partsOf(emergenceOf(each, from, mode).value!) : null,
  }));
  const shares = measures.flatMap(({ nodesKept }) => nodesKept ?? []);
  return {
    id: folder,
    name,
    folder: `models/${name}`,
    readOnly,
    ...(watched && { watched }),
    unrefined: false,
    orderedBy: steps.includes(null) ? 'time' : 'step',
    checkpoints,
    series:
      points.length === 0
        ? null
        : {
            schema: 'neuromfa/run@3',
            version: template.version,
            run: { name, path: folder, orderedBy: steps.includes(null) ? 'time' : 'step' },
            settings: {
              ...template.settings,
              mode,
              samples: mode === 'full' ? 1 : samples,
              neurons: mode === 'full' ? 0 : 32,
              subset,
            },
            baseline: { kind: baseline.kind, step: from?.step ?? null, point: from },
            emergence: { from: 'alpha0' },
            points,
            ...(specified > 0 && {
              specifications: specificationsOf(points.at(-1)!, template.settings).slice(0, specified),
            }),
            warnings: [
              ...(from && isDrawn(baseline.kind) ? [{ code: 'drawn-baseline', ...drawn } as const] : []),
              ...(largest(shares) - smallest(shares) > 0.05
                ? [
                    {
                      code: 'population-changes',
                      least: smallest(shares),
                      most: largest(shares),
                    } as const,
                  ]
                : []),
            ],
          },
    spectra: measures.map(({ alpha0, width }) => spectrum(alpha0.mean!, width.mean!)),
    baselineProblem: null,
    specifying: null,
  };
}

function emergenceOf(now: RunMeasure, from: RunMeasure | null, mode: Mode): RunPoint['emergence'] {
  const rest = { from: 'alpha0' as const, method: null, acrossBlocks: null };
  if (!from) return { ...rest, value: null, ci95: null, reason: { code: 'baseline-missing' } };
  const value = (now.width.mean! / from.width.mean!) * Math.log(from.alpha0.mean! / now.alpha0.mean!);
  const half = now === from ? 0 : 0.005;
  if (mode === 'full') {
    const range: [number, number] = [value - 4 * half, value + 3 * half];
    const leaveOneOut = [0, 1, 2, 3, 4].map((block) => ({ block, emergence: value + half * (block - 2) }));
    const acrossBlocks = { range, leaveOneOut };
    return { ...rest, value, ci95: null, reason: { code: 'no-sampling-error' }, acrossBlocks };
  }
  if (!now.alpha0.ci95)
    return { ...rest, value, ci95: null, reason: { code: 'few-common-samples', least: 3 } };
  return { ...rest, value, ci95: [value - half, value + half], reason: null, method: 'paired-t' };
}

const beyondValue = (value: number): BeyondValue => ({
  value,
  ci95: [value - 0.004, value + 0.004],
  p: Math.abs(value) > 0.004 ? 1 / 21 : 0.6,
});

/** Reshuffled weights are a little narrower than real ones, Gaussian ones still less. */
function nullsOf(now: RunMeasure, first: RunMeasure): PointNulls {
  const moved = (of: Estimate, share: number): Estimate => ({ ...of, mean: of.mean! * share });
  const e = (now.width.mean! / first.width.mean!) * Math.log(first.alpha0.mean! / now.alpha0.mean!);
  const about = (value: number): Value => ({ value, ci95: [value - 0.004, value + 0.004] });
  return {
    draws: 20,
    shuffled: {
      alpha0: moved(now.alpha0, 0.996),
      alpha0Exact: moved(now.alpha0Exact, 0.996),
      width: moved(now.width, 0.92),
      emergence: about(0.8 * e),
    },
    gaussian: {
      alpha0: moved(now.alpha0, 0.98),
      alpha0Exact: moved(now.alpha0Exact, 0.98),
      width: moved(now.width, 0.88),
      emergence: about(0.75 * e),
    },
  };
}

/** E of the sample run under other settings, as it was found once: from the smallest to the largest. */
const FOUND: [
  Specification['factor'],
  Partial<AnalysisSettings>,
  e: number,
  gaussian: number,
  r2: number,
  kept: number,
][] = [
  ['scaleFree', { scaleFree: 'network' }, 0.0122, 0.0014, 0.91, 1],
  ['transfer', { transfer: 'neglog' }, 0.0523, 0.027, 0.78, 1],
  ['part', { subset: part([[0, 2]], []) }, 0.0536, 0.0638, 0.86, 1],
  ['threshold', { threshold: 50 }, 0.056, 0.037, 0.96, 0.985],
  ['part', { subset: part([], ['attention']) }, 0.076, 0.0877, 0.83, 1],
  ['threshold', { threshold: 100 }, 0.0915, 0.0964, 0.9, 1],
  ['neurons', { neurons: 16 }, 0.0961, 0.0997, 0.87, 0.969],
  ['preset', {}, 0.1013, 0.1126, 0.84, 1],
  ['neurons', { neurons: 64 }, 0.1088, 0.116, 0.82, 1],
  ['threshold', { threshold: 300 }, 0.1123, 0.1271, 0.73, 1],
  ['part', { subset: part([[3, 5]], []) }, 0.1197, 0.1264, 0.82, 1],
  ['part', { subset: part([], ['mlp']) }, 0.124, 0.12, 0.84, 1],
  ['transfer', { transfer: 'invsqrt' }, 0.1509, 0.1196, 0.36, 1],
  ['radii', { radii: { rule: 'fixed', lo: 6 } }, 0.162, 0.1514, 0.81, 1],
  ['transfer', { transfer: 'inv2' }, 0.1709, 0.078, 0.95, 0.226],
];

function part(blocks: [number, number][], roles: string[]): Subset {
  return { include: [], exclude: [], blocks, roles };
}

function specificationsOf(last: RunPoint, settings: AnalysisSettings): Specification[] {
  const about = (value: number): Value => ({ value, ci95: [0.95 * value - 0.002, 1.05 * value + 0.002] });
  return FOUND.map(([factor, change, e, gaussian, r2, nodesKept]) => ({
    factor,
    settings: { ...settings, neurons: 32, nulls: { draws: 20 }, ...change },
    checkpoint: last.checkpoint.name,
    step: last.step,
    emergence: { ...last.emergence, ...about(e), reason: null, method: 'paired-t' },
    gaussian: about(gaussian),
    beyond: { alpha0: beyondValue(-0.004), width: beyondValue(0.1) },
    nodesKept,
    scaling: {
      kind: 'none',
      ratio: 12,
      steepest: { near: 8, slope: 1.9 },
      flattest: { near: 120, slope: 0.16 },
      gaussianR2: 0.84,
    },
    r2,
    scales: r2 >= 0.8,
  }));
}

function partsOf(e: number): Parts {
  const about = (value: number): Value => ({ value, ci95: [value - 0.004, value + 0.004] });
  return { size: about(0.75 * e), tails: about(0.05 * e), arrangement: about(e - 0.8 * e) };
}

/** Samples of one seed have much in common: the difference has a narrower interval than either end. */
function differenceOf(from: RunMeasure, to: RunMeasure): RunPoint['sinceFirst'] {
  const of = (a: Estimate, b: Estimate): Value => {
    const value = b.mean! - a.mean!;
    return { value, ci95: b.sd === null || b.sd === 0.03 ? null : [value - 0.002, value + 0.002] };
  };
  return {
    alpha0: of(from.alpha0, to.alpha0),
    alpha0Exact: of(from.alpha0Exact, to.alpha0Exact),
    width: of(from.width, to.width),
  };
}

/** A parabola of this top and width, at every q but the last. */
function spectrum(alpha0: number, width: number): { alpha: number[]; f: number[] } {
  const reach = Q.at(-1)!;
  const alpha = Q.slice(0, -1).map(
    (q) => alpha0 - ((width / 2) * Math.tanh(q / 1.5)) / Math.tanh(reach / 1.5),
  );
  return { alpha, f: alpha.map((value) => -6 * (value - alpha0) ** 2) };
}
