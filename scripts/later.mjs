// Has modules loaded when one of their functions is called first: most commands need few of them, and each thread reads what it
// loads anew.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative, sep } from 'node:path';

const root = join(import.meta.dirname, '..');
const require = createRequire(import.meta.url);

/** Modules of Node that take a millisecond or more. */
const OF_NODE = /^node:(?:child_process|fs\/promises|readline\/promises|stream\/promises|v8|zlib)$/;

/** Files of `src`, without their ending, that are loaded together. All others see their functions alone. */
export const LATER = {
  /** What the readers of formats do once it is known that a file is theirs. */
  formats: [
    'core/checkpoint/formats/ggufFile',
    'core/checkpoint/formats/kerasFile',
    'core/checkpoint/formats/npyFile',
    'core/checkpoint/formats/onnxFile',
    'core/checkpoint/formats/tfjsFile',
    'core/checkpoint/formats/torch/dcpFile',
    'core/checkpoint/formats/torch/torchFile',
    'core/checkpoint/formats/torch/torchNote',
    'core/checkpoint/formats/torch/zeroFile',
  ],
  runs: ['core/run/findRun'],
  remote: ['remote/remoteListing'],
};

const FUNCTION = /^export (?:async )?function (\w+)/gm;
const IN_GROUP = 'later group ';
const aliasOf = (name) => name.split('/').at(-1);
const nameIn = (path) => relative(join(root, 'src'), path).split(sep).join('/').replace(/\.ts$/, '');
const stub = (name) => `export const ${name} = (...words) => at().${name}(...words);`;

/**
 * For builds with `splitting`, before `commonjsPlugin`.
 * @param groups of {@link LATER}. Each makes a file more, and some of what it shares with others.
 */
export function laterPlugin(groups) {
  const groupOf = new Map(groups.flatMap((group) => LATER[group].map((name) => [name, group])));
  return {
    name: 'later',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\.?\// }, ({ path, importer, resolveDir, namespace, kind }) => {
        if (namespace !== 'file' || kind !== 'import-statement') return undefined;
        const file = `${join(resolveDir, path)}.ts`;
        // Among each other they are loaded as usual.
        if (!groupOf.has(nameIn(file)) || groupOf.has(nameIn(importer))) return undefined;
        return { path: file, namespace: 'later' };
      });
      onLoad({ filter: /\.ts$/, namespace: 'later' }, async ({ path }) => {
        const names = [...(await readFile(path, 'utf8')).matchAll(FUNCTION)].map(([, name]) => name);
        const group = `${IN_GROUP}${groupOf.get(nameIn(path))}`;
        // Becomes a plain `require` where modules become CommonJS.
        const loading = `__requireLater(import("${group}")).${aliasOf(nameIn(path))}`;
        const lines = ['let loaded;', `const at = () => loaded ??= ${loading};`, ...names.map(stub)];
        return { contents: lines.join('\n'), resolveDir: root };
      });
      onResolve({ filter: new RegExp(`^${IN_GROUP}`) }, ({ path }) => ({ path, namespace: 'later' }));
      onLoad({ filter: new RegExp(`^${IN_GROUP}`), namespace: 'later' }, ({ path }) => {
        const lines = LATER[path.slice(IN_GROUP.length)].map(
          (name) => `export * as ${aliasOf(name)} from "./src/${name}.ts";`,
        );
        return { contents: lines.join('\n'), resolveDir: root };
      });
      onResolve({ filter: OF_NODE }, ({ path, importer, kind }) =>
        kind === 'import-statement' &&
        importer.startsWith(join(root, 'src')) &&
        !groupOf.has(nameIn(importer))
          ? { path, namespace: 'later' }
          : undefined,
      );
      onLoad({ filter: OF_NODE, namespace: 'later' }, ({ path }) => {
        const functions = Object.entries(require(path)).filter(([, each]) => typeof each === 'function');
        const lines = [`const at = () => require(${JSON.stringify(path)});`];
        return { contents: [...lines, ...functions.map(([name]) => stub(name))].join('\n') };
      });
    },
  };
}

/** Loads at once what {@link laterPlugin} has put into a file of its own. */
export function requireLater(code) {
  return code.replace(/\b__requireLater\(\s*import\(("[^"]+")\)\s*\)/g, 'require($1)');
}

/** Whether a file that the build makes, by the name of its entry, is one of {@link laterPlugin}. */
export const isLaterEntry = (entryPoint) => entryPoint.startsWith(`later:${IN_GROUP}`);
