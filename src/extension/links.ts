/** Links to runs and checkpoints on this machine, for notes and messages: `vscode://neuromfa.neuromfa/run?path=/models/a`. */
import { isAbsolute } from 'node:path';
import { NeuroMfaError } from '../protocol/errors';
import { liesWithin } from '../core/storage/withinFolders';

export const LINKED = ['run', 'checkpoint'] as const;
export type Linked = (typeof LINKED)[number];

/** No system allows longer paths. */
const MAX_CHARACTERS = 4096;
/**
 * The only parameter, taken as a whole, because a path may contain anything. Editors append the window that they mean.
 */
const QUERY = /^path=(.*?)(?:&windowId=\w*)?$/s;

/** @param home the scheme of the editor and the name of the extension. */
export const linkTo = (home: { scheme: string; extension: string }, kind: Linked, path: string): string =>
  `${home.scheme}://${home.extension}/${kind}?path=${encodeURIComponent(path)}`;

/** What opening links needs. */
export interface LinkHost {
  folders: () => readonly string[];
  /** The run of a folder; undefined where none is known. */
  runAt: (path: string) => string | undefined;
  openRun: (id: string) => void;
  openCheckpoint: (path: string) => Promise<void>;
  /** Asks whether to open something outside the workspace. */
  ask: (path: string) => Promise<boolean>;
}

/**
 * Opens what a link names. Anyone can make a link, so nothing outside the workspace is even looked up before the user
 * has agreed.
 * @param query decoded, as the editor passes it.
 * @throws NeuroMfaError `usage` for invalid links, and for unknown runs.
 */
export async function openLink(link: { path: string; query: string }, host: LinkHost): Promise<void> {
  const kind = LINKED.find((each) => link.path === `/${each}`);
  const path = QUERY.exec(link.query)?.[1] ?? '';
  if (!kind || !isAbsolute(path) || path.length > MAX_CHARACTERS || path.includes('\0')) {
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
