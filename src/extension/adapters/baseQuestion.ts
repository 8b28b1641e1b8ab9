/** Decides which adapters' bases to ask about before an analysis, and for which checkpoints an answer holds. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import pLimit from 'p-limit';
import { isRemote, namedPlace } from '../../core/adapter/declaredBase';
import { isBelow, liesWithin } from '../../core/storage/withinFolders';
import type { AdapterInfo } from '../../protocol/analysis';
import { resolveCheckpoints } from '../panelCheckpoints';
import type { Bases } from './bases';

/** Number of headers read at a time. */
const LOOKS_AT_A_TIME = 4;

/** Checkpoints of one model, such as those of a run: one answer holds for all of them. */
export type Alike = readonly string[];

/** The question, asked once for all adapters that are analyzed together. */
export interface BaseQuestion {
  adapters: readonly string[];
  /**
   * The base that their own configuration names; null where it is known not to exist, and for one on another machine.
   */
  declared: { path: string; outside: boolean } | null;
  /** The name in that configuration, wherever the base is. */
  name: string | null;
  /** Checkpoints of the workspace that it fits, without the declared one. */
  fitting: Promise<readonly string[]>;
}

/** The user's answer: a path; null for the updates alone; undefined to do nothing. */
export type AskBase = (question: BaseQuestion) => Promise<string | null | undefined>;

export class BaseChooser {
  /**
   * @param adapterOf returns a checkpoint's facts as an adapter, or null; may reject where it cannot be read.
   * @param fitting the checkpoints of the workspace that an adapter can be added to.
   */
  constructor(
    private readonly bases: Bases,
    private readonly adapterOf: (path: string) => Promise<AdapterInfo | null>,
    private readonly ask: AskBase,
    private readonly folders: () => readonly string[],
    private readonly fitting: (adapter: string) => Promise<readonly string[]> = () => Promise.resolve([]),
  ) {}

  /**
   * Asks for the bases of adapters for which nobody has chosen one, or whose base no longer exists.
   * @returns false when the user cancels.
   */
  async settle(groups: readonly Alike[]): Promise<boolean> {
    const open: Alike[] = [];
    for (const group of groups) {
      const known = group.map((path) => this.bases.of(path)).find((base) => isThere(base));
      if (known === undefined) open.push(group);
      else await this.bases.choose(group, known);
    }
    return open.length === 0 || (await this.chooseAnew(open)) !== 'cancelled';
  }

  /** Asks, whatever has been chosen before. @returns whether there was anything to ask about. */
  async chooseAnew(groups: readonly Alike[]): Promise<'chosen' | 'cancelled' | 'no adapters'> {
    const found: { group: Alike; adapter: AdapterInfo }[] = [];
    await pLimit(LOOKS_AT_A_TIME).map(groups, async (group) => {
      // An unreadable one is no adapter here: its analysis says why.
      const adapter = await this.adapterOf(group[0]!).catch(() => null);
      if (adapter) found.push({ group, adapter });
    });
    const [first] = found;
    if (!first) return 'no adapters';
    const adapters = found.flatMap(({ group }) => group);
    const names = new Set(found.map(({ adapter }) => adapter.baseName));
    const name = names.size === 1 ? first.adapter.baseName : null;
    const declared = name === null ? null : this.#declared(first.group[0]!, name);
    // It may be named by its folder. Nothing outside is looked up.
    const named = declared === null || declared.outside ? null : resolveCheckpoints([declared.path])[0]!.path;
    const fitting = this.fitting(first.group[0]!).then((paths) => {
      return paths.filter((path) => path !== named && !adapters.includes(path));
    });
    const base = await this.ask({ adapters, name, declared, fitting });
    if (base === undefined) return 'cancelled';
    await this.bases.choose(adapters, base);
    return 'chosen';
  }

  /** Outside of the user's folders and the adapter's own, nothing is looked up before the user has answered. */
  #declared(adapter: string, name: string): BaseQuestion['declared'] {
    const path = namedPlace(adapter, name);
    const folders = [...this.folders(), dirname(adapter)];
    if (liesWithin(path, folders)) return { path, outside: false };
    const known = isRemote(path) || folders.some((folder) => isBelow(path, folder));
    return known ? null : { path, outside: true };
  }
}

/** Whether this choice still holds; that of the updates alone always does. */
function isThere(base: string | null | undefined): base is string | null {
  return base === null || (base !== undefined && existsSync(base));
}
