// esbuild shares code between bundles only as ES modules. The extension host loads CommonJS, so each file is converted
// after it was built.
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { transform } from 'esbuild';
import { isLaterEntry, requireLater } from './later.mjs';
import { joinChunks } from './packs.mjs';

/** Commands that may load what they do without, so that `analyze` and what all share are a few files. */
const OTHER_COMMAND = /^src\/cli\/(?!analyze)\w+Command\.ts$/;

/** Converts the ES modules of a build with `format: 'esm'` and `splitting` to CommonJS modules. */
export const commonjsPlugin = {
  name: 'commonjs',
  setup({ initialOptions, onEnd }) {
    const { minify, platform, target, write = true } = initialOptions;
    const sourcemap = initialOptions.sourcemap ? 'inline' : false;
    // An inline source map goes through the conversion.
    Object.assign(initialOptions, { write: false, sourcemap, metafile: true });
    // Including what is loaded later: the editor provides `vscode` only to `require`.
    const options = {
      ...{ format: 'cjs', minify, platform, target, sourcemap },
      supported: { 'dynamic-import': false },
    };
    onEnd(async ({ outputFiles, metafile, errors }) => {
      if (errors.length > 0) return;
      const scripts = outputFiles.filter(({ path }) => path.endsWith('.js'));
      const code = new Map(scripts.map(({ path, text }) => [basename(path), text]));
      // A map of a file says nothing about files that it has become a part of.
      if (minify)
        await joinChunks(code, metafile, (entry) => isLaterEntry(entry) || OTHER_COMMAND.test(entry));
      const isKept = ({ path }) => !path.endsWith('.js') || code.has(basename(path));
      outputFiles.splice(0, outputFiles.length, ...outputFiles.filter(isKept));
      await Promise.all(
        outputFiles.map(async (file) => {
          const own = code.get(basename(file.path));
          if (own !== undefined) {
            const converted = await transform(requireLater(requireAtOnce(own)), options);
            file.contents = Buffer.from(converted.code);
          }
          if (!write) return;
          await mkdir(dirname(file.path), { recursive: true });
          await writeFile(file.path, file.contents);
        }),
      );
    });
  },
};

/**
 * Imports become constants: esbuild itself would look each function up at each call, and samples took 4 % more time. Nothing
 * in the source exports what is assigned again, so the constants hold for good. It would also copy `vscode` and the modules
 * of Node for each file that imports them, name by name, which took a third of the time in which the extension loads.
 */
function requireAtOnce(code) {
  return code
    .replace(
      /(?<=^|[;}])import\s*\{([^}]*)\}\s*from\s*("(?:\.\/|node:)[^"]+");/gm,
      (_, names, file) => `const {${names.replaceAll(' as ', ': ')}} = require(${file});`,
    )
    .replace(
      /(?<=^|[;}])import\s*\*\s*as\s+([\w$]+)\s+from\s*("(?:vscode|node:[^"]+)");/gm,
      (_, name, file) => `const ${name} = require(${file});`,
    );
}
