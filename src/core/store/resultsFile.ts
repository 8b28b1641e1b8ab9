/**
 * The results of one run in one file, `neuromfa/results@3`: enough for every figure but those of ln Z and of single
 * neurons, without the checkpoints and on any machine. Every field is described for users in `docs/run-format.md`.
 */
import { isAbsolute, relative, sep } from 'node:path';
import * as v from 'valibot';
import {
  ALGORITHM_VERSION,
  analysisSchema,
  type AdapterInfo,
  type AnalysisResult,
} from '../../protocol/analysis';
import { CITATION } from '../../protocol/citation';
import { NeuroMfaError } from '../../protocol/errors';
import { currentAnalysis } from '../../protocol/formerResults';
import { count } from '../../protocol/numbers';
import { shortened } from '../../protocol/visible';
import { RUN_ORDERS, type RunInfo } from '../../protocol/run';
import { visibleJson } from '../../protocol/visible';
import type { RunResult } from '../emergence/runResult';
import { checkpointName } from '../checkpoint/name';
import { checkJsonLimits, levels, type JsonLimits } from '../checkpoint/strictJson';
import { VERSION } from '../version';

export const RESULTS_SCHEMA = 'neuromfa/results@3';
/** Former versions that can be read: their results are of `neuromfa/analysis@1` and `@2`. */
const BEFORE = ['neuromfa/results@1', 'neuromfa/results@2'] as const;

const resultSchema = v.pipe(v.unknown(), v.transform(currentAnalysis), analysisSchema);

/** A run of 1,000 checkpoints takes some 100 MB. */
export const MAX_RESULTS_BYTES = 2 ** 28;

/** Each sample has a dozen lists. */
const LIMITS: JsonLimits = { levels: levels(16, 1_000_000), containers: 5_000_000 };

/** Names, paths and sentences; names of tensors have up to 4,096 characters. */
const MAX_TEXT_LENGTH = 10_000;

const step = v.nullable(v.pipe(count, v.safeInteger()));

const fileSchema = v.object({
  schema: v.picklist([RESULTS_SCHEMA, ...BEFORE]),
  /** The program that wrote the file. */
  engine: v.string(),
  cite: v.string(),
  run: v.object({ name: v.string(), orderedBy: v.picklist(RUN_ORDERS) }),
  /** In the run's order. */
  checkpoints: v.pipe(
    v.array(
      v.object({
        name: v.string(),
        step,
        result: resultSchema,
        /** Where E is over common neurons: both ends over these; null where that failed. */
        common: v.exactOptional(v.nullable(v.object({ now: resultSchema, baseline: resultSchema }))),
        /** Names of all checkpoints that hold these weights; absent where it alone does. */
        sameAs: v.exactOptional(v.array(v.string())),
      }),
    ),
    v.minLength(1),
  ),
  /** The run's network before training, its weights drawn from the initializer; null where it was not requested. */
  initial: v.nullable(resultSchema),
  /** The same with Gaussian weights of the first checkpoint's moments; absent where it was not requested. */
  gaussian: v.exactOptional(resultSchema),
});

/** One checkpoint's result, and its name within the run. */
export interface SavedCheckpoint {
  name: string;
  step: number | null;
  result: AnalysisResult;
  /** Both ends over the neurons that they have in common; see {@link RunResult}. */
  common?: NonNullable<RunResult['common']> | null;
  /** See {@link RunResult}. */
  sameAs?: readonly string[];
}

export interface SavedRun {
  /** `path`: what the results' own paths are relative to. After reading, the file itself. */
  run: RunInfo;
  /** At least one, in the run's order. */
  checkpoints: readonly SavedCheckpoint[];
  initial: AnalysisResult | null;
  gaussian?: AnalysisResult;
}

/** The text of a results file. Paths are relative to the run, because the folders above it are private. */
export function writeResults({ run, checkpoints, initial, gaussian }: SavedRun): string {
  const file: v.InferOutput<typeof fileSchema> = {
    schema: RESULTS_SCHEMA,
    engine: VERSION,
    cite: CITATION.text,
    run: { name: run.name, orderedBy: run.orderedBy },
    checkpoints: checkpoints.map(({ name, step, result, common, sameAs }) => ({
      name,
      step,
      result: portable(result, run.path),
      ...(sameAs && { sameAs: [...sameAs] }),
      ...(common !== undefined && {
        common: common && {
          now: portable(common.now, run.path),
          baseline: portable(common.baseline, run.path),
        },
      }),
    })),
    initial: initial && portable(initial, run.path),
    ...(gaussian && { gaussian: portable(gaussian, run.path) }),
  };
  return visibleJson(file);
}

function portable(result: AnalysisResult, folder: string): AnalysisResult {
  return {
    ...result,
    checkpoint: {
      ...result.checkpoint,
      path: portablePath(result, folder),
      ...(result.checkpoint.adapter && { adapter: portableAdapter(result.checkpoint.adapter) }),
    },
    samples: result.samples.map(({ lnZ: _, ...sample }) => sample),
  };
}

function portablePath({ checkpoint: { path, name } }: AnalysisResult, folder: string): string {
  if (!isAbsolute(path)) return path; // read from a results file
  const inside = relative(folder, path).split(sep);
  return inside[0] === '..' || isAbsolute(inside.join(sep)) ? name : inside.join('/');
}

/** Bases appear by their names, because their paths are private too. */
function portableAdapter({ base, baseName, ...adapter }: AdapterInfo): AdapterInfo {
  return {
    ...adapter,
    base: base && { ...base, path: base.name },
    baseName: baseName !== null && /[/\\].*[/\\]/.test(baseName) ? checkpointName(baseName) : baseName,
  };
}

/**
 * @param path where the text was read from.
 * @throws NeuroMfaError `damaged` where the text is no results file, `unsupported` where a later version wrote it.
 */
export function readResults(text: string, path: string): SavedRun {
  const damaged = (cause: string): NeuroMfaError =>
    new NeuroMfaError('damaged', path, cause, 'Export the results again');
  let json: unknown;
  try {
    checkJsonLimits(Buffer.from(text), LIMITS);
  } catch (error) {
    throw damaged(`this is not a file of NeuroMFA results: it ${(error as Error).message}`);
  }
  try {
    json = JSON.parse(text);
  } catch {
    throw damaged('this is not a file of NeuroMFA results: it is not JSON');
  }
  const later = laterVersion(json);
  if (later) throw new NeuroMfaError('unsupported', path, later, 'Install the newest version of NeuroMFA');
  const decimals = otherRounding(json);
  if (decimals) {
    const nextStep = 'Analyze the checkpoints again, or open the file with version 0.1';
    throw new NeuroMfaError('unsupported', path, decimals, nextStep);
  }
  const parsed = v.safeParse(fileSchema, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw damaged(
      `this is not a file of NeuroMFA results: ${v.getDotPath(issue) ?? 'it'} is not as it should be`,
    );
  }
  if (hasLongText(parsed.output)) throw damaged(`it has a text of more than ${MAX_TEXT_LENGTH} characters`);
  const { run, checkpoints, initial, gaussian } = parsed.output;
  const results = [
    ...checkpoints.flatMap(({ result, common }) => [result, common?.now, common?.baseline]),
    initial,
    gaussian,
  ];
  for (const result of results.filter((each) => each !== null && each !== undefined)) {
    const fault = inconsistency(result);
    if (fault)
      throw damaged(`the result of ${shortened(result.checkpoint.name)} contradicts itself: ${fault}`);
    if (result.version.algorithm > ALGORITHM_VERSION) {
      const cause = `its numbers are of version ${result.version.algorithm} of the algorithm, which is not known here`;
      throw new NeuroMfaError('unsupported', path, cause, 'Install the newest version of NeuroMFA');
    }
  }
  return { run: { ...run, path }, checkpoints, initial, ...(gaussian && { gaussian }) };
}

/**
 * Settings once had `digits`, the decimals to which lengths were rounded. Results with values other than 0 fit no
 * present settings.
 */
function otherRounding(json: unknown): string | null {
  const { checkpoints, initial, gaussian } = Object(json) as Record<string, unknown>;
  const saved = Array.isArray(checkpoints) ? checkpoints : [];
  for (const result of [...saved.map((each) => fieldOf(each, 'result')), initial, gaussian]) {
    const digits = fieldOf(fieldOf(result, 'settings'), 'digits');
    if (typeof digits === 'number' && digits !== 0) {
      return `its edge lengths were rounded to ${digits} decimals, and this version rounds to whole numbers alone`;
    }
  }
  return null;
}

function fieldOf(value: unknown, key: string): unknown {
  return (Object(value) as Record<string, unknown>)[key];
}

function laterVersion(json: unknown): string | null {
  const { schema } = Object(json) as { schema?: unknown };
  if (typeof schema !== 'string' || [RESULTS_SCHEMA, ...BEFORE].includes(schema)) return null;
  if (!/^neuromfa\/results@\d+$/.test(schema)) return null;
  return `a later version of NeuroMFA wrote it (${shortened(schema)})`;
}

/** Limits texts, because pages and reports show what is in a file. */
function hasLongText(value: unknown): boolean {
  if (typeof value === 'string') return value.length > MAX_TEXT_LENGTH;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasLongText);
}

/** Lists that figures draw against each other must have equal lengths. */
function inconsistency({ settings, samples, checkpoint }: AnalysisResult): string | null {
  if (samples.length !== settings.samples)
    return `${samples.length} samples where the settings say ${settings.samples}`;
  for (const { seed, outcome, tau, intercept, r2, alpha, f } of samples) {
    const orders = outcome === 'empty' ? 0 : settings.q.length;
    const points = Math.max(0, orders - 1);
    const fits = [tau, intercept, r2].every(({ length }) => length === orders);
    if (!fits || alpha.length !== points || f.length !== points)
      return `the lists of the sample ${seed} do not have the length of q`;
  }
  return checkpoint.name === '' ? 'it has no name' : null;
}
