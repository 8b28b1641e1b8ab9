/** Links to runs and checkpoints on this machine, for notes and messages: `vscode://neuromfa.neuromfa/run?path=/models/a`. */
import { isAbsolute } from 'node:path';
import { NeuroMfaError } from '../protocol/errors';
import { liesWithin } from '../core/storage/withinFolders';

export const LINKED = ['run', 'checkpoint'] as const;
export type Linked = (typeof LINKED)[number];

/** No system has longer paths. */
const MOST_CHARACTERS = 4096;
/** The one parameter, taken as a whole: what else a path holds is part of it. Editors say which window they mean behind it. */
const QUERY = /^path=(.*?)(?:&windowId=\w*)?$/s;

/** @param home the scheme of the editor and the name of the extension. */
export const linkTo = (home: { scheme: string; extension: string }, kind: Linked, path: string): string =>
  `${home.scheme}://${home.extension}/${kind}?path=${encodeURIComponent(path)}`;

/** What opens what links name. */
export interface LinkHost {
  folders: () => readonly string[];
  /** The run of a folder; undefined where none is known. */
  runAt: (path: string) => string | undefined;
  openRun: (id: string) => void;
  openCheckpoint: (path: string) => Promise<void>;
  /** Asks whether to open what lies outside the workspace. */
  ask: (path: string) => Promise<boolean>;
}

/**
 * Opens what a link names. Anyone can make one, so that what is outside the workspace is not even looked up before the
 * user has said so.
 * @param query decoded, as the editor hands it over.
 * @throws NeuroMfaError `usage` for what is no such link, and for runs that are not known.
 */
export async function openLink(link: { path: string; query: string }, host: LinkHost): Promise<void> {
  const kind = LINKED.find((each) => link.path === `/${each}`);
  const path = QUERY.exec(link.query)?.[1] ?? '';
  if (!kind || !isAbsolute(path) || path.length > MOST_CHARACTERS || path.includes('\0')) {
    const next = 'Copy the link again from the list of training runs';
    throw new NeuroMfaError('usage', 'the link', 'it names no run and no checkpoint', next);
  }
  const run = kind === 'run' ? host.runAt(path) : undefined;
  if (run !== undefined) host.openRun(run);
  else if (kind === 'run')
    throw new NeuroMfaError(
      'usage',
      path,
      'it is no training run of this workspace',
      'Open the folder that holds it, and follow the link again',
    );
  else if (liesWithin(path, host.folders()) || (await host.ask(path))) await host.openCheckpoint(path);
}
