/** Makes bundles know the format of tests: nothing but the table is another one. */
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { ROOT } from './golden';

const TABLE = join(ROOT, 'src/core/checkpoint/formats/table');
const OTHER_TABLE = join(import.meta.dirname, 'dummyTable.ts');

export const withDummyFormat: Plugin = {
  name: 'with dummy format',
  setup(build) {
    build.onResolve({ filter: /\/table$/ }, ({ path, importer, resolveDir }) =>
      join(resolveDir, path) === TABLE && importer !== OTHER_TABLE ? { path: OTHER_TABLE } : undefined,
    );
  },
};
