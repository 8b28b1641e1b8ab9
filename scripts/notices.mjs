// The notices of the packages in dist/, made from what esbuild reports as bundled. License texts come from the packages
// themselves, so that they are those of the versions in use.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KERNEL_FILE, KERNEL_PACKAGE } from './kernel.mjs';

/** The folder of a package in a path; the innermost one for nested packages. */
const PACKAGE_FOLDER = /^(?!\(disabled\):)(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
const LICENSE_TEXT = /^(licen[cs]e|copying)/i;
const NOTICE_TEXT = /^notice/i;

/** Licenses under which a work may be distributed where its author, its source and the license are named with it. */
const ATTRIBUTED = { 'CC-BY-4.0': 'https://creativecommons.org/licenses/by/4.0/' };
/** The parts of a package under each of several licenses. */
const REMARKS = {
  '@vscode/codicons':
    'The icon font codicon.ttf (“Codicons”) is under the first of these licenses; of it, the package has the icons that it ' +
    'shows, otherwise without changes. Its style sheet codicon.css is under the second.',
};

/**
 * The packages that parts of a build come from.
 * @param {Iterable<string>} inputs paths, relative to the repository: those of metafiles, and of files that are copied.
 * @returns {string[]} their folders, each once, in the order of their names.
 */
export function bundledPackages(inputs) {
  const folders = new Set();
  for (const input of inputs) {
    // The kernel is compiled from our own source and parts of the compiler's library.
    const folder = KERNEL_FILE.test(input) ? KERNEL_PACKAGE : PACKAGE_FOLDER.exec(input)?.[0];
    if (folder !== undefined) folders.add(folder);
  }
  return [...folders].sort();
}

/**
 * @param {readonly string[]} packages their folders, relative to `root`.
 * @param {string} root where the folders are.
 * @returns {Promise<string>} a text that names each package and holds its license.
 * @throws {Error} where a package does not say its license, its text, or whom it wants named.
 */
export async function thirdPartyNotices(packages, root) {
  const entries = await Promise.all(packages.map((folder) => noticeOf(join(root, folder))));
  return [
    'NeuroMFA contains parts of the following packages, which are others’ work under the licenses given with each.',
    ...entries,
  ].join(`\n\n${'='.repeat(80)}\n\n`);
}

/** The same as a comment for a script, also for one inside a page. */
export function asComment(notices) {
  const harmless = notices.replaceAll('*/', '* /').replaceAll('</', '< /').replaceAll('<!--', '< !--');
  return `/*!\n${harmless}\n*/\n`;
}

async function noticeOf(folder) {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const { name, version, license, homepage } = manifest;
  const author = personOf(manifest.author);
  const source = sourceOf(manifest.repository) ?? homepage;
  const fail = (what) => {
    throw new Error(
      `${name} ${version} is bundled, but ${what}. Its terms have to be known before it can be shipped: ` +
        `look for them at ${source ?? 'its authors'}, and bundle a version that carries them or another package.`,
    );
  };
  if (typeof license !== 'string' || license === '') fail('its package.json names no license');
  const files = (await readdir(folder)).sort();
  const texts = async (pattern) =>
    (
      await Promise.all(files.filter((file) => pattern.test(file)).map((file) => textOf(join(folder, file))))
    ).filter((text) => text !== '');
  const licenseTexts = await texts(LICENSE_TEXT);
  if (licenseTexts.length === 0) fail('no license text lies in its folder');
  const address = ATTRIBUTED[license];
  if (address && !(author && source))
    fail('it does not name the author and the source that its license wants named');
  return [
    [
      `${name} ${version}`,
      ...(author ? [`Author: ${author}`] : []),
      ...(source ? [`Source: ${source}`] : []),
      `License: ${license}${address ? `, ${address}` : ''}`,
      ...(name in REMARKS ? [REMARKS[name]] : []),
    ].join('\n'),
    ...licenseTexts,
    ...(await texts(NOTICE_TEXT)),
  ].join('\n\n');
}

async function textOf(file) {
  const text = await readFile(file, 'utf8');
  return text
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .trim();
}

/** People are given as text, or in parts. */
function personOf(author) {
  if (typeof author !== 'object' || author === null) return author;
  return author.email ? `${author.name} <${author.email}>` : author.name;
}

/** An address that a browser opens. */
function sourceOf(repository) {
  const url = typeof repository === 'object' ? repository?.url : repository;
  return url
    ?.replace(/^git\+/, '')
    .replace(/^git:/, 'https:')
    .replace(/\.git$/, '');
}
