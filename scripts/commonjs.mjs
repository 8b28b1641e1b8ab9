// esbuild shares code between bundles only as ES modules. The extension host loads CommonJS, so each file is turned
// after it was built.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { transform } from 'esbuild';

/** Turns the ES modules that a build with `format: 'esm'` and `splitting` makes into CommonJS modules. */
export const commonjsPlugin = {
  name: 'commonjs',
  setup({ initialOptions, onEnd }) {
    const { minify, platform, target, write = true } = initialOptions;
    const sourcemap = initialOptions.sourcemap ? 'inline' : false;
    // A map within the file is followed by what turns it.
    Object.assign(initialOptions, { write: false, sourcemap });
    const options = { format: 'cjs', minify, platform, target, sourcemap };
    onEnd(async ({ outputFiles, errors }) => {
      if (errors.length > 0) return;
      await Promise.all(
        outputFiles.map(async (file) => {
          if (file.path.endsWith('.js')) {
            const { code } = await transform(requireShared(file.text), options);
            file.contents = Buffer.from(code);
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
 * Shared code is taken over into constants: esbuild itself would look each function up at each call, and samples took
 * 4 % more time. Nothing in the source exports what is assigned again, so the constants hold for good.
 */
function requireShared(code) {
  return code.replace(
    /(?<=^|;)import\s*\{([^}]*)\}\s*from\s*("\.\/[^"]+");/gm,
    (_, names, file) => `const {${names.replaceAll(' as ', ': ')}} = require(${file});`,
  );
}
