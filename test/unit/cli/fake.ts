/** Runs the command line with an engine that answers from a table. */
import type { CliEngine, CliEnvironment } from '../../../src/cli/environment';
import { runCli } from '../../../src/cli/program';
import type { ReportBundle } from '../../../src/core/report/reportBundle';
import type { Analysis, AnalysisSettings } from '../../../src/protocol/analysis';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { INSPECTION_SCHEMA, type InspectionListing } from '../../../src/protocol/inspectionListing';
import { packListing } from '../support/packListing';
import { recordedSettings } from '../../../src/protocol/subject';
import { makeAnalysis, nameOf, sourced } from '../support/analysis';

export interface Outcome {
  exit: number;
  stdout: string;
  stderr: string;
  /** What the engine was asked for. */
  analyzed: { path: string; settings: AnalysisSettings }[];
  /** Of whose network before training it was asked. */
  initial: string[];
  engines: { threads?: number; mostThreads?: number }[];
  disposed: number;
}

export interface FakeOptions {
  /** Path → answer. Any other path is missing. */
  answers?: Record<string, Analysis | Error>;
  interactive?: boolean;
  /** Aborts when this path is asked for. */
  interruptAt?: string;
  refuseResult?: boolean;
  /** The network before training, of any path. Without it, no initializer is documented. */
  initial?: Analysis;
  /** The user's cache; one that cannot be used unless it is given. */
  cacheDirectory?: string;
  /** What the headers of all checkpoints tell. */
  inspection?: InspectionListing;
  /** The figures of reports; without them they are missing. */
  reportBundle?: ReportBundle;
}

const noInitializer = new NeuroMfaError(
  'unsupported',
  'model',
  'no initializer is documented',
  'Choose another',
);

export const inspection: InspectionListing = {
  schema: INSPECTION_SCHEMA,
  checkpoint: makeAnalysis().result.checkpoint,
  metadata: { format: 'pt' },
  tensors: [
    { name: 'layers.0.dense.weight', dtype: 'F16', shape: [128, 128], bytes: 32_768 },
    { name: 'embed.weight', dtype: 'F16', shape: [512, 128], bytes: 131_072 },
    { name: 'dense.bias', dtype: 'F16', shape: [128], bytes: 256 },
    { name: 'other.bias', dtype: 'F16', shape: [128], bytes: 256 },
  ],
  blocks: 6,
  projections: [
    {
      name: 'layers.0.dense',
      block: 0,
      role: 'attention.dense',
      tensors: ['layers.0.dense.weight'],
      sources: 128,
      targets: 1_128,
      layout: 'out-in',
    },
  ],
  skipped: [
    { tensor: 'embed.weight', reason: { code: 'token-embedding' } },
    { tensor: 'dense.bias', reason: { code: 'bias' } },
    { tensor: 'other.bias', reason: { code: 'bias' } },
  ],
  warnings: [{ code: 'non-finite-weights', weights: 3 }],
  fault: null,
};

/** @param line the words after `neuromfa`, separated by single spaces; as a list where they have spaces or are empty. */
export async function run(line: string | readonly string[], options: FakeOptions = {}): Promise<Outcome> {
  const {
    answers = { good: makeAnalysis() },
    interactive = false,
    interruptAt,
    refuseResult = false,
    initial,
    cacheDirectory = '/dev/null',
    reportBundle,
    inspection: told = inspection,
  } = options;
  const words = typeof line === 'string' ? line.split(' ').filter(Boolean) : line;
  const interrupt = new AbortController();
  const outcome: Outcome = {
    exit: NaN,
    stdout: '',
    stderr: '',
    analyzed: [],
    initial: [],
    engines: [],
    disposed: 0,
  };
  const engine: CliEngine = {
    recognize: () => Promise.reject(new Error('not asked for')),
    compare: () => Promise.reject(new Error('not asked for')),
    facts: () => Promise.reject(new Error('not asked for')),
    price: () => Promise.reject(new Error('not asked for')),
    describe: async (subject) => {
      if (subject.weights.kind !== 'stored') {
        if (!initial) throw noInitializer;
        return { checkpoint: initial.result.checkpoint, fault: null, state: null };
      }
      const described = await engine.inspect(subject);
      return { ...described, state: nameOf(described.checkpoint.fingerprint) };
    },
    inspect: ({ at: path }, options) => {
      if (path === interruptAt)
        return Promise.resolve(packListing({ ...told, ...checkpointOf(makeAnalysis(path)) }));
      options?.onReading?.({ tensors: 0, blocks: 0, ofBlocks: 0 });
      options?.onReading?.({ tensors: 8192, blocks: 0, ofBlocks: 0 });
      options?.onReading?.({ tensors: 497_000, blocks: 3, ofBlocks: 80 });
      return path in answers
        ? Promise.resolve(packListing({ ...told, ...checkpointOf(answers[path]) }))
        : Promise.reject(
            new NeuroMfaError('missing', path, 'there is no such file or folder', 'Check the path'),
          );
    },
    analyze: (subject, method, options) => {
      const path = subject.at;
      const { kind } = subject.weights;
      if (kind !== 'stored') {
        outcome.initial.push(kind === 'init' ? path : `${kind} ${path}`);
        return initial ? Promise.resolve(sourced(initial)) : Promise.reject(noInitializer);
      }
      outcome.analyzed.push({ path, settings: recordedSettings({ subject, settings: method }) });
      options?.onProgress?.({ done: 3, total: 10, bytesRead: 1_234_567 });
      if (path === interruptAt) {
        interrupt.abort();
        return Promise.reject(new NeuroMfaError('cancelled', path, 'it was canceled', ''));
      }
      const answer =
        answers[path] ??
        new NeuroMfaError('missing', path, 'there is no such file or folder', 'Check the path');
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(sourced(answer));
    },
    estimate: ({ at: path }) =>
      path in answers
        ? Promise.resolve({ fileBytes: 5.5e9, bytes: 5e9, seconds: 8.2, threads: 2, memory: 150 * 2 ** 20 })
        : Promise.reject(
            new NeuroMfaError('missing', path, 'there is no such file or folder', 'Check the path'),
          ),
    dispose: () => {
      outcome.disposed++;
      return Promise.resolve();
    },
  };
  const env: CliEnvironment = {
    writeResult: (text) => {
      if (refuseResult)
        return Promise.reject(new NeuroMfaError('unreadable', 'standard output', 'disk full', 'Free some'));
      outcome.stdout += text;
      return Promise.resolve();
    },
    writeError: (text) => {
      outcome.stderr += text;
    },
    interactive,
    cacheDirectory: () => cacheDirectory,
    programDirectory: '/dev/null',
    signal: interrupt.signal,
    readReportBundle: () =>
      reportBundle
        ? Promise.resolve(reportBundle)
        : Promise.reject(
            new NeuroMfaError('missing', 'webview/report.js.br', 'it is not there', 'Build again'),
          ),
    serveMcp: () => Promise.reject(new Error('not asked for')),
    createEngine: ({ threads, mostThreads }) => {
      outcome.engines.push({
        ...(threads !== undefined && { threads }),
        ...(mostThreads !== undefined && { mostThreads }),
      });
      return engine;
    },
  };
  outcome.exit = await runCli(words, env);
  return outcome;
}

/** What headers tell; of a failure to come they tell nothing. */
function checkpointOf(answer: Analysis | Error | undefined): Partial<InspectionListing> {
  return answer && !(answer instanceof Error) ? { checkpoint: answer.result.checkpoint } : {};
}
