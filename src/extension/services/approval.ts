/** Asks before an analysis starts that reads a lot, with a notification that does not block. */
import { checkpointName } from '../../core/checkpoint/name';
import { bytes as size, roughTime } from '../../protocol/format';
import { isRemote } from '../../protocol/subject';
import type { Approve, WorkEstimate } from '../../worker/approval';
import { tell } from '../ui/messages';
import { t } from '../ui/words';

export class Approval {
  /** Remote runs whose price has been accepted, and open questions about others. */
  readonly #answers = new Map<string, Promise<boolean>>();

  /** @param runOf returns the remote run of a checkpoint; undefined for a checkpoint in no such run. */
  constructor(private readonly runOf: (path: string) => { id: string; name: string } | undefined) {}

  /** Called when the user has seen what reading all weights of this run takes, and wants it. */
  accept(run: string): void {
    this.#answers.set(run, Promise.resolve(true));
  }

  /**
   * Whether the user wants it; closing the notification means no. For a remote run, the question is asked about one
   * checkpoint.
   */
  readonly ask: Approve = (path, work) => {
    if (!isRemote(path)) return askAboutDisk(path, work);
    const run = this.runOf(path);
    const key = run?.id ?? path;
    const known = this.#answers.get(key);
    if (known) return known;
    const answer = askAboutNetwork(path, work, run?.name).then((wanted) => {
      // A user who has said no may change their mind.
      if (!wanted) this.#answers.delete(key);
      return wanted;
    });
    this.#answers.set(key, answer);
    return answer;
  };
}

function askAboutDisk(path: string, { bytes, seconds }: WorkEstimate): Promise<boolean> {
  return start(
    t(
      'Analyzing {0} reads {1}, which takes {2} or more, depending on the disk.',
      checkpointName(path),
      size(bytes),
      roughTime(seconds),
    ),
  );
}

function askAboutNetwork(path: string, { bytes }: WorkEstimate, run: string | undefined): Promise<boolean> {
  const [name, much] = [checkpointName(path), size(bytes)];
  return start(
    run === undefined
      ? t('All weights of {0} are needed: {1} over the network.', name, much)
      : t(
          'All weights of {0} are needed: {1} over the network, and as much for each other checkpoint of {2}.',
          name,
          much,
          run,
        ),
  );
}

async function start(message: string): Promise<boolean> {
  const yes = t('Start');
  return (await tell('information', message, yes, t('Cancel'))) === yes;
}
