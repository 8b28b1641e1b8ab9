// Bundles every target into dist/. `--watch` rebuilds on change, `--production` minifies.
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { context } from 'esbuild';
import { subsetFont, subsetStyles, usedIcons } from './iconFont.mjs';
import { bundledPackages, thirdPartyNotices } from './notices.mjs';
import { COPIED, PAGES, targets } from './targets.mjs';

const watch = process.argv.includes('--watch');
const production = process.argv.includes('--production');
const { version } = JSON.parse(await readFile('package.json', 'utf8'));

await rm('dist', { recursive: true, force: true });
await mkdir(PAGES, { recursive: true });
await Promise.all(COPIED.map((file) => copyFile(file, join(PAGES, basename(file)))));
await packSampleRun();
const contexts = await Promise.all(
  targets({ production, version }).map((target) => context({ ...target, metafile: true })),
);
if (watch) {
  await Promise.all(contexts.map((each) => each.watch()));
  console.log('watching');
} else {
  const built = await Promise.all(contexts.map((each) => each.rebuild()));
  await Promise.all(contexts.map((each) => each.dispose()));
  if (production) await reduceIcons();
  await writeNotices(built.map(({ metafile }) => metafile));
}

/** Compressed as well as Node can, the results of the sample run take half the space in the package. */
async function packSampleRun() {
  await writeFile('dist/sample-run.json.br', brotliCompressSync(await readFile('media/sample-run.json')));
}

/** Removes icons that no page shows. */
async function reduceIcons() {
  const [cssFile, fontFile] = COPIED.map((file) => join(PAGES, basename(file)));
  const scripts = (await readdir(PAGES)).filter((file) => file.endsWith('.js'));
  const css = await readFile(cssFile, 'utf8');
  const icons = usedIcons(css, await Promise.all(scripts.map((file) => readFile(join(PAGES, file), 'utf8'))));
  const { styles, codes } = subsetStyles(css, icons);
  await writeFile(cssFile, styles);
  await writeFile(fontFile, subsetFont(await readFile(fontFile), codes));
}

/** The package and the program include the licenses of what they contain in a file, each report in its script. */
async function writeNotices(metafiles) {
  const inputs = (metafile) => Object.keys(metafile.inputs);
  const all = bundledPackages([...metafiles.flatMap(inputs), ...COPIED]);
  await writeFile('dist/ThirdPartyNotices.txt', `${await thirdPartyNotices(all, '.')}\n`);
}
