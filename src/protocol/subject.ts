/**
 * What is analyzed: one value for the engine and its executors, the cache of results, the scheduler, the command line and the
 * panels. Subject and settings together are a job. Both are plain data that survive any kind of message.
 */
import type { AnalysisSettings, Subset } from './analysis';
import { NeuroMfaError } from './errors';
import type { WeightKind } from './weights';

/**
 * The path of a local file or folder as the user spells it, or an address with a scheme (`scheme://…`), from which
 * `src/remote/address.ts` has removed secrets.
 */
export type Location = string;

/**
 * Where the base of an adapter is. Folders: where its configuration says, if that exists and is in one of them;
 * otherwise there is none. Undefined: unknown, so there is none. Null: none is wanted.
 */
export type BaseChoice = Location | BaseWithin | null | undefined;

/** Takes the base that an adapter names if it is in one of these folders, otherwise none. */
export interface BaseWithin {
  within: readonly Location[];
}

/** Which weights the network has. */
export interface Weights {
  kind: WeightKind;
  /**
   * Where a checkpoint contains several copies of the model: the name of one, such as `teacher`; by default the one
   * that no name calls a copy.
   */
  set?: string | undefined;
}

export interface Subject {
  at: Location;
  base?: BaseChoice;
  weights: Weights;
  /** The part of the network to analyze; null for all of it. */
  part: Subset | null;
  /** Only neurons that are nodes of this network too count; its part is the same. By default all neurons count. */
  common?: Omit<Subject, 'part' | 'common'>;
}

/** The settings of an analysis, as a result records them, except the part of the network. */
export type MethodSettings = Omit<AnalysisSettings, 'subset'>;

export interface AnalysisJob {
  subject: Subject;
  settings: MethodSettings;
}

/** The whole network of a checkpoint, as it is stored. */
export function storedSubject(at: Location, base?: BaseChoice): Subject {
  return { at, base, weights: { kind: 'stored' }, part: null };
}

/** The job for a subject, with the settings that its result will record. */
export function jobOf(
  subject: Omit<Subject, 'part'>,
  { subset, ...settings }: AnalysisSettings,
): AnalysisJob {
  return { subject: { ...subject, part: subset }, settings };
}

/** The settings that the result of a job records. */
export function recordedSettings({ subject, settings }: AnalysisJob): AnalysisSettings {
  return { ...settings, subset: subject.part };
}

/** Equal text for equal jobs, and different text for different jobs. */
export function jobKey(job: AnalysisJob): string {
  return canonicalJson(job);
}

/** JSON with sorted keys: equal values give equal text, in whatever order they were built. */
export function canonicalJson(value: object): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

const SCHEME = /^([a-z][a-z0-9+.-]+):\/\//i;
/** Schemes of places that are read over the network. */
const REMOTE: ReadonlySet<string> = new Set(['hf', 's3', 'https', 'http']);

/** Whether a location is an address, even with an unknown scheme. */
export const isRemote = (location: Location): boolean => SCHEME.test(location);

/** @throws NeuroMfaError `unsupported` for an address with an unknown scheme. */
export function readableLocation(location: Location): Location {
  const scheme = SCHEME.exec(location)?.[1]?.toLowerCase();
  if (scheme === undefined || REMOTE.has(scheme)) return location;
  throw new NeuroMfaError(
    'unsupported',
    location,
    `NeuroMFA reads no "${scheme}" addresses`,
    'Download the checkpoint, and name the file or folder',
  );
}
