/** Lists the checkpoints at an address, found by file name as in a local folder. */
import { sep } from 'node:path';
import { checkpointsAmong } from '../core/checkpoint/checkpointFiles';
import { CHOOSABLE } from '../core/checkpoint/formats/names';
import { readName } from '../core/checkpoint/step';
import { runIn } from '../core/run/findRun';
import { RunIndex } from '../core/run/runIndex';
import { NeuroMfaError } from '../protocol/errors';
import type { RemoteCheckpoint, RemoteListing } from '../protocol/remote';
import type { Location } from '../protocol/subject';
import { locationOf, withoutSecrets } from './address';
import type { ListOptions } from './entrance';
import type { Gateway } from './gateway';
import type { RemoteEntry } from './place';

interface Found {
  location: Location;
  entry: RemoteEntry;
}

/** Files by the paths that they would have in a local folder. */
type Files = Map<string, Found>;

/** See `RemoteEntrance.list`. @throws NeuroMfaError. */
export function listRemote(gateway: Gateway, word: string, options: ListOptions): Promise<RemoteListing> {
  return new Listing(gateway).listed(word, options);
}

class Listing {
  constructor(private readonly gateway: Gateway) {}

  async listed(word: string, options: ListOptions): Promise<RemoteListing> {
    const { signal, trustServer = false, series, order, onListed } = options;
    const { address, location } = await this.gateway.call('name', { word, trusted: trustServer }, signal);
    const root = `${sep}${nameOf(location)}`;
    const branches =
      address.scheme === 'hf' && address.revision === null && address.path === ''
        ? await this.#steps(address.repository, signal)
        : [];
    const leftOut: { name: string; cause: string }[] = [];
    const files: Files = new Map();
    if (branches.length > 1 && address.scheme === 'hf') {
      let listed = 0;
      onListed?.(0, branches.length);
      const all = branches.map(async (revision) => {
        const place = locationOf({ ...address, revision });
        const own = await this.#below(place, [root, revision].join(sep), signal);
        onListed?.(++listed, branches.length);
        return { revision, own };
      });
      for (const { revision, own } of await Promise.all(all)) {
        const cause = faultOf([root, revision].join(sep), own);
        if (cause === null) for (const [path, found] of own) files.set(path, found);
        else leftOut.push({ name: revision, cause });
      }
    } else {
      const isFolder = 'folder' in address && address.folder;
      const found = isFolder ? null : await this.gateway.call('find', { location }, signal);
      if (found?.kind === 'file') return this.#single(location, found);
      for (const [path, each] of await this.#below(location, root, signal)) files.set(path, each);
    }
    return listingOf(location, root, files, { series, order }, leftOut);
  }

  /** Branches whose names contain a training step. */
  async #steps(repository: string, signal: AbortSignal | undefined): Promise<string[]> {
    const references = await this.gateway.call('references', { repository }, signal);
    return [...references.keys()].filter((name) => {
      const { step, epoch, tokens } = readName(name, false);
      return step !== null || epoch !== null || tokens !== null;
    });
  }

  async #below(location: Location, folder: string, signal: AbortSignal | undefined): Promise<Files> {
    const found = await this.gateway.call('below', { location }, signal);
    return new Map(
      [...found].map(([each, entry]) => [
        [folder, ...each.slice(location.length + 1).split('/')].join(sep),
        { location: each, entry },
      ]),
    );
  }

  #single(location: Location, { name, bytes, content }: RemoteEntry): RemoteListing {
    const { step, epoch, tokens } = readName(name, true);
    const checkpoint = { at: location, name, step, epoch, tokens, bytes: bytes ?? 0, content, config: null };
    return { at: location, name, orderedBy: 'step', checkpoints: [checkpoint], leftOut: [] };
  }
}

/** Why the files of a revision are not a checkpoint; null if they are one. */
function faultOf(folder: string, files: Files): string | null {
  const names = [...files.keys()].map((path) => path.slice(folder.length + 1));
  const here = names.filter((name) => !name.includes(sep));
  if (checkpointsAmong(here, true).checkpoints.length > 0) return null;
  const listed = here.slice(0, 8).join(', ');
  return here.length === 0 ? 'it holds no files' : `no checkpoint is in it, but ${listed}`;
}

function listingOf(
  location: Location,
  root: string,
  files: Files,
  wanted: Pick<ListOptions, 'series' | 'order'>,
  leftOut: RemoteListing['leftOut'],
): RemoteListing {
  const index = new RunIndex(true);
  index.add(
    [...files].map(([path, { entry }]) => ({ path, bytes: entry.bytes ?? 0, modified: entry.modified })),
  );
  const { run } = runOf(location, root, index, wanted, leftOut);
  const folders = byFolder(files);
  const checkpoints = run.checkpoints.map(({ path, name, step, epoch, tokens, bytes }): RemoteCheckpoint => {
    const found = files.get(path);
    return {
      at: found?.location ?? location,
      name,
      step,
      epoch,
      tokens,
      bytes,
      content: contentOf(path, folders),
      config: configOf(path, folders),
    };
  });
  const { orderedBy } = run;
  return { at: location, name: nameOf(location), orderedBy, checkpoints, leftOut };
}

/** @throws NeuroMfaError with the address. */
function runOf(
  location: Location,
  root: string,
  index: RunIndex,
  wanted: Pick<ListOptions, 'series' | 'order'>,
  leftOut: RemoteListing['leftOut'],
): ReturnType<typeof runIn> {
  try {
    return runIn(root, index, wanted);
  } catch (error) {
    if (!(error instanceof NeuroMfaError)) throw error;
    const { code, subject, cause, nextStep } = error.data;
    const why =
      leftOut.length > 0 && code === 'missing'
        ? `${cause}: ${leftOut[0]!.name}: ${leftOut[0]!.cause}`
        : cause;
    const next = code === 'missing' ? `Name a run, or a checkpoint: ${CHOOSABLE}` : nextStep;
    throw new NeuroMfaError(
      code,
      subject.startsWith(root) ? location : subject,
      why.replaceAll(root, location),
      next.replaceAll(root, location),
    );
  }
}

/** The files that lie in each folder itself, by name. */
function byFolder(files: Files): Map<string, Map<string, Found>> {
  const folders = new Map<string, Map<string, Found>>();
  for (const [path, found] of files) {
    const at = path.lastIndexOf(sep);
    const folder = folders.get(path.slice(0, at)) ?? new Map<string, Found>();
    folders.set(path.slice(0, at), folder.set(path.slice(at + 1), found));
  }
  return folders;
}

/** The files beside one, and its name. */
function beside(path: string, folders: Map<string, Map<string, Found>>): [Map<string, Found>, string] {
  const at = path.lastIndexOf(sep);
  return [folders.get(path.slice(0, at)) ?? new Map<string, Found>(), path.slice(at + 1)];
}

/** Identifies the weights of a checkpoint by the hashes of its files; null if one of them is not known. */
function contentOf(entry: string, folders: Map<string, Map<string, Found>>): string | null {
  const [files, own] = beside(entry, folders);
  const { checkpoints } = checkpointsAmong([...files.keys()], true);
  const found = checkpoints.find((each) => each.files.includes(own));
  const hashes = (found?.files ?? []).map((name) => {
    const content = files.get(name)?.entry.content;
    return content == null ? null : `${name} ${content}`;
  });
  return hashes.length === 0 || hashes.includes(null) ? null : hashes.sort().join('\n');
}

/** Identifies the configuration beside a checkpoint; null if it is not known. */
function configOf(entry: string, folders: Map<string, Map<string, Found>>): string | null {
  const own = [...beside(entry, folders)[0]].flatMap(
    ([
      name,
      {
        entry: { content },
      },
    ]) => (name.endsWith('config.json') ? [{ name, content }] : []),
  );
  if (own.some(({ content }) => content === null)) return null;
  return own
    .map(({ name, content }) => `${name} ${content}`)
    .sort()
    .join('\n');
}

/** The name of a run: the last part of its address, without the owner for models of the Hub. */
function nameOf(location: Location): string {
  const last = withoutSecrets(location).replace(/\/+$/, '').split('/').at(-1) ?? '';
  return /^\.*$/.test(last) ? 'run' : last;
}
