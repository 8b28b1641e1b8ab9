/** A kind of weights that no checkpoint has: one source and one row of the table, and both modes analyze it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AnalysisPlan } from '../../../src/core/analysis/plan';
import { makeSettings, type SettingsInput } from '../../../src/core/analysis/settings';
import { workload } from '../../../src/core/analysis/workload';
import {
  partRows,
  rowBytesOf,
  storedBytes,
  ROW_KINDS,
  type PlannedPart,
} from '../../../src/core/weights/kinds';
import type { SourcePart, RowKind } from '../../../src/core/weights/rowSource';
import type { OpenFile } from '../../../src/core/weights/openFile';
import type { AnalysisResult, SampleResult } from '../../../src/protocol/analysis';
import { SharedControl } from '../../../src/worker/control';
import { FullRun } from '../../../src/worker/fullRun';
import { storedSubject } from '../../../src/protocol/subject';
import { jobs } from '../../../src/worker/job';
import type { LimitedPool } from '../../../src/worker/limitedPool';
import { SampledRun } from '../../../src/worker/sampledRun';
import { cooperativeStop } from '../../../src/worker/stopping';
import { samplePath } from '../support/analyze';
import { expectClose } from '../support/close';

/** The rows of another part, the last one first. */
interface Turned {
  kind: 'turned';
  of: PlannedPart;
}

const TURNED: RowKind<Turned> = {
  open({ rows, weights: { of } }: SourcePart<Turned>, files: OpenFile) {
    const read = partRows(files);
    return {
      read(first, into) {
        const bytes = rowBytesOf(of);
        for (let at = 0; at < into.length; at += bytes)
          read(of, rows - 1 - (first + at / bytes), into.subarray(at, at + bytes));
      },
    };
  },
  storedBytes: ({ weights }, rows) => storedBytes(weights.of, rows),
  heldBytes: () => 0,
  seconds: () => 0,
};

const table = ROW_KINDS as Record<string, unknown>;
beforeAll(() => {
  table['turned'] = TURNED;
});
afterAll(() => {
  delete table['turned'];
});

function turned(plan: AnalysisPlan): AnalysisPlan {
  const projections = plan.projections.map((projection) => ({
    ...projection,
    parts: projection.parts.map((part) => {
      const weights: Turned = { kind: 'turned', of: part };
      return { ...part, weights: weights as unknown as PlannedPart['weights'] };
    }),
  }));
  return { ...plan, projections };
}

/** Jobs in this thread. */
const pool = {
  threads: 2,
  run: (name: keyof typeof jobs, params: never) => Promise.resolve().then(() => jobs[name](params)),
} as unknown as LimitedPool;

async function analyze(
  input: Partial<SettingsInput>,
  of: (plan: AnalysisPlan) => AnalysisPlan,
): Promise<AnalysisResult> {
  const settings = makeSettings(input);
  const path = samplePath(4000);
  const opened = jobs.open({ subject: storedSubject(path) });
  const control = new SharedControl();
  const stopping = cooperativeStop(control, undefined);
  const plan = of(opened.plan);
  const Run = settings.mode === 'full' ? FullRun : SampledRun;
  const run = new Run(pool, 2 ** 20, path, { ...opened, plan }, settings, control, stopping);
  const timing = { wall: 0, cpu: 0, bytesRead: 0, threads: 1 };
  const { analysis } = await run.analyze(undefined, () => timing);
  expect(workload(plan, settings, 2).bytes).toBe(workload(opened.plan, settings, 2).bytes);
  return analysis.result;
}

const exact = ({ nodes, nodesDropped, edgesKept, nonFinite, radii, outcome }: SampleResult): unknown[] => [
  ...[nodes, nodesDropped, edgesKept, nonFinite, outcome],
  ...radii,
];

it.each<Partial<SettingsInput>>([
  { mode: 'full' },
  { mode: 'full', scaleFree: true },
  // All neurons: a sample is the whole network, whatever the order of its rows.
  { samples: 1, neurons: 1000 },
])('%j: rows are targets, so that their order changes no number', async (input) => {
  const [stored, other] = await Promise.all([analyze(input, (plan) => plan), analyze(input, turned)]);
  const [own, same] = [stored.samples[0]!, other.samples[0]!];
  expect(own.outcome).toBe('kept');
  expect(exact(same)).toEqual(exact(own));
  for (const name of ['alpha0', 'alpha0Exact', 'width'] as const)
    expectClose(same[name]!, own[name]!, name, 1e-12);
});

it('samples take the neurons that are there', async () => {
  const [stored, other] = await Promise.all([
    analyze({ samples: 2 }, (plan) => plan),
    analyze({ samples: 2 }, turned),
  ]);
  expect(other.samples.map(({ outcome }) => outcome)).toEqual(['kept', 'kept']);
  expect(other.network.edges).toBe(stored.network.edges);
  expect(other.samples.map(({ alpha0 }) => alpha0)).not.toEqual(stored.samples.map(({ alpha0 }) => alpha0));
});
