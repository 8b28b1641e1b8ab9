/** Whether all weights of something are to be read over the network: users agree to it, having heard what it takes. */
import { NeuroMfaError } from '../protocol/errors';
import { bytes, integer } from '../protocol/format';
import { isRemote } from '../protocol/subject';
import type { Approve } from '../worker/approval';
import type { CliEnvironment } from './environment';
import { tellOf } from './workText';

export class Agreement {
  #asked: Promise<boolean> | null = null;
  /** Why nothing more is to be read. */
  declined: NeuroMfaError | null = null;

  /** @param total how many analyses there will be, once that is known. */
  constructor(
    private readonly env: CliEnvironment,
    private readonly yes: boolean,
    private readonly total: () => number = () => 1,
  ) {}

  /** Asks once for all that are alike. @throws NeuroMfaError `usage` where nobody is there to be asked; `cancelled`. */
  readonly approve: Approve = async (path, work) => {
    const listener = tellOf(this.env)(path, work);
    if (this.yes || !isRemote(path)) return listener;
    const { ask } = this.env;
    if (!ask) throw (this.declined ??= unasked(path, work.bytes));
    const total = this.total();
    const whole =
      total > 1 ? `${bytes(total * work.bytes)} for ${integer(total)} analyses` : bytes(work.bytes);
    this.#asked ??= ask(`Read all weights over the network, ${whole}? [y/N] `);
    if (await this.#asked) return true;
    throw (this.declined ??= new NeuroMfaError('cancelled', path, 'nothing of it was read', ''));
  };
}

function unasked(path: string, read: number): NeuroMfaError {
  return new NeuroMfaError(
    'usage',
    path,
    `all its weights would be read over the network (${bytes(read)}), and there is no terminal to ask at`,
    'Add --yes, or look at the price first with --dry-run',
  );
}
