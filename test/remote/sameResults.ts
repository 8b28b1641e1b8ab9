/** Whether two stores hold the same results, bit for bit, under the same keys. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseEntry } from '../../src/core/store/storedEntry';

/** Key → what is stored, without what names the place it was read from and the time it took. */
export function storedResults(store: string): Map<string, { arrays: string; result: unknown }> {
  const names = readdirSync(store).filter((name) => name.endsWith('.json'));
  return new Map(
    names.sort().map((name) => {
      const { arrays, content } = parseEntry(basename(name, '.json'), readFileSync(join(store, name)))!;
      const { result } = content;
      const { path: _path, name: _name, ...checkpoint } = result.checkpoint;
      const { timing: _timing, ...rest } = result;
      return [
        name,
        {
          arrays: readFileSync(join(store, arrays.name)).toString('base64'),
          result: { ...rest, checkpoint },
        },
      ];
    }),
  );
}

/** The numbers of `--csv`: without the columns of names. */
export function numbersOf(csv: string): string[][] {
  const rows = csv
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  const named = new Set(['run', 'checkpoint'].map((name) => rows[0]!.indexOf(name)));
  return rows.map((row) => row.filter((_, column) => !named.has(column)));
}
