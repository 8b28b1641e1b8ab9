/**
 * "Analyze Remote Run…": the user types an address, sees its checkpoints and what reading them takes, and only then are
 * weights read.
 */
import { checkpointCount } from '../../protocol/counts';
import * as vscode from 'vscode';
import { bytes, integer, localTime, roughTime } from '../../protocol/format';
import {
  duplicatesOf,
  type RemoteCheckpoint,
  type RemoteListing,
  type RemotePrice,
} from '../../protocol/remote';
import { COMMANDS } from '../ids';
import type { MenuItem, RunChooser } from '../commands/chooseRuns';
import { askText } from '../ui/inputBox';
import { tell } from '../ui/messages';
import { withProgress } from '../ui/progress';
import { pickTicked, type Row } from '../ui/quickPick';
import { registerCommand } from '../ui/registering';
import { t } from '../ui/words';
import type { HubToken } from './hubToken';
import type { RemoteRunList } from './remoteRunList';

export interface RemoteCommandServices {
  /** The checkpoints at an address. Reads no weights. */
  list: (
    word: string,
    signal: AbortSignal,
    onListed: (done: number, total: number) => void,
  ) => Promise<RemoteListing>;
  /** What analyzing these checkpoints takes. Reads only headers. */
  price: (checkpoints: readonly RemoteCheckpoint[], signal: AbortSignal) => Promise<RemotePrice>;
  token: Pick<HubToken, 'with' | 'forget'>;
  remote: RemoteRunList;
  chooser: Pick<RunChooser, 'choose'>;
  /** Called when the user has seen what reading these checkpoints of a run takes, and wants it. */
  accepted: (run: string) => void;
  /** Reports why something was refused. */
  refuse: (error: unknown) => void;
}

interface Offer {
  listing: RemoteListing;
  price: RemotePrice;
}

/** Longer than any address with its signature. */
const MAX_CHARACTERS = 2000;

export function registerRemoteCommands(services: RemoteCommandServices): vscode.Disposable[] {
  const { remote, chooser } = services;
  return [
    // Arguments of keybindings are ignored: an address must be typed by the user.
    registerCommand(COMMANDS.analyzeRemoteRun, () => analyzeRemoteRun(services)),
    registerCommand(COMMANDS.closeRemoteRun, async (item?: MenuItem, selection?: readonly MenuItem[]) => {
      const title = t('Close Remote Run');
      const none = t('No remote runs are open.');
      const isRemote = (run: { remote?: true }): boolean => run.remote === true;
      for (const run of await chooser.choose(item, selection, title, isRemote, none))
        if (isRemote(run)) await remote.remove(run.id);
    }),
    registerCommand(COMMANDS.forgetHubToken, async () => {
      const known = await services.token.forget();
      await tell(
        'information',
        known
          ? t('The Hub token was removed. Further requests are sent without it.')
          : t('No Hub token is stored here.'),
      );
    }),
  ];
}

async function analyzeRemoteRun(services: RemoteCommandServices): Promise<void> {
  const word = await askText({
    title: t('Analyze Remote Run'),
    prompt: t(
      'A model of the Hugging Face Hub or the address of its page, s3://bucket/prefix/ or https://host/path/',
    ),
    placeholder: t('owner/model'),
    tooLong: t('No address is that long.'),
    most: MAX_CHARACTERS,
  });
  if (!word) return;
  try {
    const address = word.includes('://') ? word : `hf://${word}`;
    const offer = await services.token.with(() => offerOf(services, address));
    const chosen = offer && (await choose(offer));
    if (!chosen || chosen.length === 0) return;
    const id = await services.remote.add({ ...offer.listing, checkpoints: chosen });
    services.accepted(id);
    await vscode.commands.executeCommand(COMMANDS.analyzeRun, { kind: 'run', id });
  } catch (error) {
    services.refuse(error);
  }
}

/** Undefined when the user stops it. */
function offerOf({ list, price }: RemoteCommandServices, address: string): Promise<Offer | undefined> {
  const stop = new AbortController();
  return withProgress(t('Checking what can be read there'), async (progress) => {
    progress.onCancel(() => {
      stop.abort();
    });
    try {
      const listing = await list(address, stop.signal, (done, total) => {
        progress.report(
          t('{0} of {1} branches', integer(done), integer(total)),
          done === 0 ? 0 : 100 / total,
        );
      });
      progress.report(t('reading the headers of one checkpoint'), 0);
      return { listing, price: await price(read(listing.checkpoints), stop.signal) };
    } catch (error) {
      if (stop.signal.aborted) return undefined;
      throw error;
    }
  });
}

/** Without those whose analysis is that of another. */
function read(checkpoints: readonly RemoteCheckpoint[]): readonly RemoteCheckpoint[] {
  const duplicates = duplicatesOf(checkpoints);
  return checkpoints.filter(({ at }) => duplicates.get(at)?.resultOf === undefined);
}

/** Shows checkpoints, their steps and the price, and which of them hold the same weights. */
async function choose({ listing, price }: Offer): Promise<RemoteCheckpoint[] | undefined> {
  const { name, checkpoints, leftOut, old } = listing;
  const duplicates = duplicatesOf(checkpoints);
  const rows = checkpoints.map((value): Row<RemoteCheckpoint> => {
    const same = duplicates.get(value.at)?.sameAs?.filter((each) => each !== value.name);
    return {
      label: value.name,
      description: bytes(value.bytes),
      ...(same && { detail: t('the same weights as {0}: no E', same.join(', ')) }),
      value,
    };
  });
  return pickTicked(rows, checkpoints, {
    title: priceText(name, price),
    placeholder: [
      t('{0}, {1}', checkpointCount(checkpoints.length, t), bytes(sum(checkpoints))),
      ...(old === undefined ? [] : [t('as of {0}: the server cannot be reached', localTime(old))]),
      ...(duplicates.size > 0 ? [t('{0} hold the same weights as others', integer(duplicates.size))] : []),
      ...(leftOut.length > 0 ? [t('{0} cannot be read', integer(leftOut.length))] : []),
    ].join(' · '),
    ignoreFocusOut: true,
  });
}

const sum = (checkpoints: readonly RemoteCheckpoint[]): number =>
  checkpoints.reduce((all, each) => all + each.bytes, 0);

/** "pythia-70m: reading 4.2 MB in 130 requests takes about 2 s". */
function priceText(name: string, { bytes: read, requests, seconds }: RemotePrice): string {
  return t(
    '{0}: reading {1} in {2} takes about {3}',
    name,
    bytes(read),
    requests === 1 ? t('1 request') : t('{0} requests', integer(requests)),
    roughTime(seconds),
  );
}
