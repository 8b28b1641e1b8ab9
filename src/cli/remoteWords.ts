/** Addresses among the words of the command line. */
import type { Command } from 'commander';
import type { TrainingRun } from '../core/run/trainingRun';
import { integer } from '../protocol/format';
import { NeuroMfaError } from '../protocol/errors';
import { identicalCheckpoints, duplicatesOf, type RemoteListing } from '../protocol/remote';
import { isRemote } from '../protocol/subject';
import { cacheFolder } from '../core/store/cachedFiles';
import { withoutSecrets } from '../remote/address';
import type { RemoteEntrance } from '../remote/entrance';
import type { OldAnswer } from '../remote/options';
import type { CliEnvironment } from './environment';
import { reportNote } from './report';
import type { StoreOptions } from './storeOption';

export interface RemoteOptions {
  trustServer?: true;
  refresh?: true;
  yes?: true;
}

export interface RemoteRunOptions extends RemoteOptions {
  keepIdentical?: true;
}

/** What becomes of checkpoints that hold the same weights as others: points of the run, or none. */
export type IdenticalOnes = 'points' | 'left-out';

export function addRemoteOptions(command: Command): Command {
  return command
    .option(
      '--trust-server',
      'of addresses: read files of servers that tell nothing by which a change would show',
    )
    .option('--refresh', 'of addresses: ask again what lies there, which otherwise counts for ten minutes')
    .option('--yes', 'of addresses: read all weights over the network without being asked');
}

/**
 * Where what is read over the network is kept for the next time; null for nowhere.
 * @param options as users gave them: without a store, nothing is kept either.
 */
export function keepFor(
  { store, refresh }: RemoteOptions & Pick<StoreOptions, 'store'>,
  env: CliEnvironment,
): string | null {
  const { remote } = env;
  if (!remote) return null;
  let directory: string | null = null;
  try {
    if (store !== false) directory = cacheFolder(env.cacheDirectory());
  } catch {
    // A user without a home keeps nothing.
  }
  remote.keep({ directory, refresh: refresh === true });
  return directory;
}

/** That something was not asked anew of a server. */
export function oldAnswerText({ place, at, cause }: OldAnswer): string {
  if (cause === null) return `what lies on ${place} was asked minutes ago; --refresh asks again`;
  const when = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  return `${place} cannot be asked now (${cause}), so what lies there counts as it was at ${when} UTC`;
}

/** Words with the locations of the addresses among them. @throws NeuroMfaError. */
export async function locationsOf(
  words: readonly string[],
  { trustServer }: RemoteOptions,
  env: CliEnvironment,
): Promise<string[]> {
  const locations: string[] = [];
  for (const word of words)
    locations.push(
      isRemote(word) ? await entranceOf(env, word).locate(word, { signal: env.signal, trustServer }) : word,
    );
  return locations;
}

/** @throws NeuroMfaError `usage` for addresses where files on disks alone are read. */
export function refuseAddresses(words: readonly string[], option: string): void {
  const address = words.find(isRemote);
  if (address === undefined) return;
  const cause = `${withoutSecrets(address)} is an address, and this is for files on disks`;
  throw new NeuroMfaError('usage', option, cause, 'Name folders or files of this machine with it');
}

/** @throws NeuroMfaError `unsupported` where nothing is read over the network. */
export function entranceOf({ remote }: CliEnvironment, word: string): RemoteEntrance {
  if (remote) return remote;
  throw new NeuroMfaError(
    'unsupported',
    withoutSecrets(word),
    'addresses are not read here',
    'Download the checkpoint, and name it',
  );
}

/**
 * The run that lies at an address; what users may not expect of it is said.
 * @param identical what becomes of checkpoints that hold the same weights.
 * @throws NeuroMfaError.
 */
export async function remoteRun(
  word: string,
  {
    trustServer,
    keepIdentical,
    series,
    order,
  }: RemoteRunOptions & { series?: string; order?: readonly string[] },
  env: CliEnvironment,
  identical: IdenticalOnes = 'points',
): Promise<TrainingRun> {
  const options = { signal: env.signal, trustServer, series, order };
  const listing = await entranceOf(env, word).list(word, options);
  const { at, name, orderedBy } = listing;
  for (const each of listing.leftOut) {
    reportNote(env, new NeuroMfaError('unsupported', at, `${each.name} is left out: ${each.cause}`, ''));
  }
  const groups = tellIdentical(listing, env);
  if (identical === 'points' && groups.length > 0 && keepIdentical !== true) tellOfE(listing, groups, env);
  const kept = identical === 'points' ? listing.checkpoints : distinct(listing, groups, env);
  const duplicates = duplicatesOf(kept);
  const checkpoints = kept.map(({ at: path, content: _, config: __, ...checkpoint }) => ({
    ...checkpoint,
    ...duplicates.get(path),
    path,
    modified: 0,
  }));
  return { id: at, name, path: at, label: '', orderedBy, checkpoints, leftOut: [] };
}

/** Says which checkpoints hold the same weights. @returns their names in groups. */
function tellIdentical({ at, checkpoints }: RemoteListing, env: CliEnvironment): string[][] {
  const groups = identicalCheckpoints(checkpoints);
  for (const names of groups) {
    const cause = `${integer(names.length)} of ${integer(checkpoints.length)} checkpoints hold the same weights: ${listed(names)}`;
    reportNote(env, new NeuroMfaError('damaged', at, cause, ''));
  }
  return groups;
}

/** Says what it means for E that checkpoints hold the same weights. */
function tellOfE({ at }: RemoteListing, groups: readonly string[][], env: CliEnvironment): void {
  const cause = `${integer(groups.flat().length)} checkpoints have no E, for at most one of such is of the step in its name`;
  reportNote(
    env,
    new NeuroMfaError('damaged', at, cause, 'Compute their E all the same with --keep-identical'),
  );
}

/** Without those that hold the same weights as another: at most one of them is of the step that its name gives. */
function distinct(
  { at, checkpoints }: RemoteListing,
  groups: readonly string[][],
  env: CliEnvironment,
): RemoteListing['checkpoints'] {
  if (groups.length === 0) return checkpoints;
  const same = new Set(groups.flat());
  const rest = checkpoints.filter(({ name }) => !same.has(name));
  const left = `${integer(same.size)} checkpoints are left out, for at most one of such is of the step in its name`;
  if (rest.length === 0)
    throw new NeuroMfaError(
      'damaged',
      at,
      'no checkpoint of it has weights of its own',
      'Name the checkpoints to compare, or ask whoever has published it',
    );
  reportNote(env, new NeuroMfaError('damaged', at, left, ''));
  return rest;
}

const LISTED = 12;

function listed(names: readonly string[]): string {
  const rest = names.length - LISTED;
  return names.slice(0, LISTED).join(', ') + (rest > 0 ? ` and ${integer(rest)} more` : '');
}
