/**
 * Offers the inspect view where the editor opens a checkpoint as text, which it cannot show: once, for whoever clicks on such a
 * file for the first time. The editor of texts stays the usual one unless the user says otherwise.
 */
import { basename, extname } from 'node:path';
import { isCheckpointName } from '../../core/checkpoint/formats/names';
import type { Memory } from '../runs/choices';

const KEY = 'neuromfa.inspectOffered';

export interface InspectOfferHost {
  /** Asks what to do with a file of this name, and with others whose names match the pattern. */
  ask: (name: string, pattern: string) => Promise<'open' | 'always' | undefined>;
  inspect: (path: string) => Promise<void>;
  /** Has the editor open files whose names match in the inspect view. */
  prefer: (pattern: string) => Promise<void>;
}

export class InspectOffer {
  /** @param memory the user's, for all workspaces. */
  constructor(
    private readonly memory: Memory,
    private readonly host: InspectOfferHost,
  ) {}

  /** A file has been opened as text. */
  async opened(path: string): Promise<void> {
    const name = basename(path);
    const ending = extname(name);
    // An index is text, and may well be meant as that.
    if (ending === '.json' || !isCheckpointName(name) || this.memory.get(KEY) === true) return;
    await this.memory.update(KEY, true);
    const pattern = `*${ending}`;
    const answer = await this.host.ask(name, pattern);
    if (answer === 'always') await this.host.prefer(pattern);
    if (answer !== undefined) await this.host.inspect(path);
  }
}
