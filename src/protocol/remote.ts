/** What is known about a run that lies elsewhere before a weight of it is read. Plain data. */
import type { RunInfo } from './run';
import type { Location } from './subject';

/** A checkpoint of a remote run. */
export interface RemoteCheckpoint {
  /** What a subject names it by. */
  at: Location;
  /** What it is called within the run, such as `step1000`. */
  name: string;
  step: number | null;
  epoch: number | null;
  tokens: number | null;
  /** Of its files of weights. */
  bytes: number;
  /** Names its weights: equal names mean the same bytes. Null where the server tells no hashes. */
  content: string | null;
  /** The same of the configuration beside them, which changes how they are read. */
  config: string | null;
}

/** What a checkpoint has in common with others of its run. */
export interface Duplicates {
  /** Names of all that hold its weights, in the order of training; absent where it alone does. */
  sameAs?: readonly string[];
  /** Path of an earlier one with the same weights and configuration, whose analysis is that of this one; absent where there is none. */
  resultOf?: string;
}

/** What lies at an address. */
export interface RemoteListing {
  /** Of the run, or of the checkpoint where it is one: without query and user. */
  at: Location;
  /** Such as `owner/model`. */
  name: string;
  orderedBy: RunInfo['orderedBy'];
  /** In the order of training; one for a single checkpoint. */
  checkpoints: readonly RemoteCheckpoint[];
  /** Revisions and folders that hold nothing that can be read, and why. */
  leftOut: readonly { name: string; cause: string }[];
  /** When its server answered this, in milliseconds since 1970, if it could not be asked again; absent if all of it is of now. */
  old?: number;
}

/** Checkpoints of a run that hold the same weights: the names of each such group, in the order of training. */
export function identicalCheckpoints(
  checkpoints: readonly Pick<RemoteCheckpoint, 'name' | 'content'>[],
): string[][] {
  const groups = new Map<string, string[]>();
  for (const { name, content } of checkpoints) {
    if (content !== null) groups.set(content, [...(groups.get(content) ?? []), name]);
  }
  return [...groups.values()].filter((names) => names.length > 1);
}

/** The duplicates of each checkpoint that has some, by its path. @param checkpoints of one run, in the order of training. */
export function duplicatesOf(
  checkpoints: readonly (Pick<RemoteCheckpoint, 'at' | 'name'> &
    Partial<Pick<RemoteCheckpoint, 'content' | 'config'>>)[],
): Map<string, Duplicates> {
  const groups = new Map<string, (typeof checkpoints)[number][]>();
  for (const each of checkpoints) {
    const { content } = each;
    if (content == null) continue;
    const group = groups.get(content);
    if (group) group.push(each);
    else groups.set(content, [each]);
  }
  const found = new Map<string, Duplicates>();
  for (const { at, content, config } of checkpoints) {
    const group = content == null ? [] : groups.get(content)!;
    if (group.length < 2) continue;
    const known = config != null && group.find((each) => each.config === config);
    found.set(at, {
      sameAs: group.map(({ name }) => name),
      ...(known && known.at !== at && { resultOf: known.at }),
    });
  }
  return found;
}

/** What reading a checkpoint or a run takes. */
export interface RemotePrice {
  checkpoints: number;
  /** Of all their files. */
  fileBytes: number;
  /** That will be read. */
  bytes: number;
  requests: number;
  /** At the measured speed of the connection, or at 100 MB/s and 40 ms where nothing has been measured. */
  seconds: number;
  /** With contiguous draws, where scattered ones take very many requests. */
  runs?: Omit<RemotePrice, 'checkpoints' | 'fileBytes' | 'runs'>;
}

/** Where scattered draws take more requests for a checkpoint, contiguous ones are offered. */
export const MANY_REQUESTS = 5000;
