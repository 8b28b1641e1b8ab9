// Joins chunks that are always loaded together: a file takes a quarter of a millisecond to find, to read and to compile.
import { basename } from 'node:path';
import { build } from 'esbuild';

/**
 * @param code what each file contains, by name, as ES modules; changed in place.
 * @param metafile of the build that made these files.
 * @param isLater whether an entry is loaded by few: it does not matter what is loaded with it.
 */
export async function joinChunks(code, { outputs }, isLater) {
  const named = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output]));
  const packs = packsOf(named, isLater).filter((files) => files.length > 1);
  const packOf = new Map(packs.flatMap((files) => files.map((file) => [file, files[0]])));
  // What chunks export has short names, which differ within a pack by the number of the chunk.
  const prefixOf = new Map(packs.flatMap((files) => files.map((file, i) => [file, `p${i}_`])));
  const inPack = (list, file) =>
    list.replace(
      /([\w$]+)( as [\w$]+)?/g,
      (_, name, as = ` as ${name}`) => `${prefixOf.get(file)}${name}${as}`,
    );
  const joined = await Promise.all(
    packs.map(async (files) => {
      const entry = files.map((file) => {
        const { exports } = named.get(file);
        return exports.length === 0
          ? `import "./${file}";`
          : `export { ${exports.map((name) => `${name} as ${prefixOf.get(file)}${name}`).join(', ')} } from "./${file}";`;
      });
      return [files[0], await bundled(entry.join('\n'), files, code)];
    }),
  );
  for (const file of packOf.keys()) code.delete(file);
  for (const [file, text] of joined) code.set(file, text);
  for (const [file, text] of code)
    code.set(
      file,
      text.replace(
        /(?<=^|[;}])import\s*(?:\{([^}]*)\}\s*from\s*)?"\.\/([\w-]+\.js)"/gm,
        (statement, names, from) =>
          packOf.has(from)
            ? `import${names === undefined ? '' : `{${inPack(names, from)}}from`}"./${packOf.get(from)}"`
            : statement,
      ),
    );
}

/** Lists of chunks that the same entries load. */
function packsOf(named, isLater) {
  const loadedBy = new Map();
  for (const [root, { entryPoint }] of named) {
    if (entryPoint === undefined || isLater(entryPoint)) continue;
    const loaded = new Set([root]);
    for (const file of loaded) {
      loadedBy.set(file, `${loadedBy.get(file) ?? ''} ${root}`);
      for (const { path, kind } of named.get(file).imports)
        if (kind === 'import-statement' && named.has(basename(path))) loaded.add(basename(path));
    }
  }
  const packs = new Map();
  for (const [file, roots] of loadedBy)
    if (named.get(file).entryPoint === undefined) packs.set(roots, [...(packs.get(roots) ?? []), file]);
  return [...packs.values()];
}

/** One module of several, which imports what is in none of them. */
async function bundled(entry, files, code) {
  const members = {
    name: 'members',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /./ }, ({ path }) =>
        files.includes(basename(path))
          ? { path: basename(path), namespace: 'member' }
          : { path, external: true },
      );
      onLoad({ filter: /./, namespace: 'member' }, ({ path }) => ({ contents: code.get(path) }));
    },
  };
  const { outputFiles } = await build({
    stdin: { contents: entry },
    ...{ bundle: true, write: false, format: 'esm', platform: 'node', target: 'node20', minify: true },
    plugins: [members],
  });
  return outputFiles[0].text;
}
