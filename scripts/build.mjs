// Bundles every target into dist/. `--watch` rebuilds on change, `--production` minifies.
import { appendFile, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { context } from 'esbuild';
import { asComment, bundledPackages, thirdPartyNotices } from './notices.mjs';
import { COPIED, REPORT_SCRIPT, targets } from './targets.mjs';

const watch = process.argv.includes('--watch');
const production = process.argv.includes('--production');
const { version } = JSON.parse(await readFile('package.json', 'utf8'));

await rm('dist', { recursive: true, force: true });
await mkdir('dist/webview', { recursive: true });
await Promise.all(COPIED.map((file) => copyFile(file, join('dist/webview', basename(file)))));
const contexts = await Promise.all(
  targets({ production, version }).map((target) => context({ ...target, metafile: true })),
);
if (watch) {
  await Promise.all(contexts.map((each) => each.watch()));
  console.log('watching');
} else {
  const built = await Promise.all(contexts.map((each) => each.rebuild()));
  await Promise.all(contexts.map((each) => each.dispose()));
  await writeNotices(built.map(({ metafile }) => metafile));
}

/** What is passed on carries its licenses: the package and the program in a file, and each report in its script. */
async function writeNotices(metafiles) {
  const inputs = (metafile) => Object.keys(metafile.inputs);
  const all = bundledPackages([...metafiles.flatMap(inputs), ...COPIED]);
  await writeFile('dist/ThirdPartyNotices.txt', `${await thirdPartyNotices(all, '.')}\n`);
  const report = metafiles.find(({ outputs }) => REPORT_SCRIPT in outputs);
  await appendFile(REPORT_SCRIPT, asComment(await thirdPartyNotices(bundledPackages(inputs(report)), '.')));
}
