/** The states of checkpoints' files, of an index with those of its own shards. */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isCheckpointName } from '../../core/checkpoint/formats/names';
import { namedShards } from '../../core/checkpoint/formats/namedShards';
import { stampAt } from '../../core/storage/stamp';

/** A file that names others: their states count as well. */
const INDEX = /\.index\.json$|manifest\.json$/;

export class FileStates {
  /** What each index names, as long as it is in the state in which it was read. */
  readonly #named = new Map<string, { stamp: string; names: readonly string[] | null }>();

  /** Identifies the state of a checkpoint's files; null where it does not exist. */
  of(path: string): string | null {
    try {
      const { stamp } = stampAt(path);
      if (stamp === null || !INDEX.test(basename(path))) return stamp;
      const folder = dirname(path);
      const shards = this.#shardsOf(path, stamp) ?? readdirSync(folder).filter(isCheckpointName).sort();
      return [stamp, ...shards.map((name) => `${name} ${stampAt(join(folder, name)).stamp}`)].join('\n');
    } catch {
      // Perhaps nobody may read it any more.
      return null;
    }
  }

  #shardsOf(path: string, stamp: string): readonly string[] | null {
    const known = this.#named.get(path);
    if (known?.stamp === stamp) return known.names;
    const names = namedShards(path);
    this.#named.set(path, { stamp, names });
    return names;
  }
}
