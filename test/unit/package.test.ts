/** What ships: the packaged extension, where `npm run package` has made it (as `npm test` does first). */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const MAX_BYTES = 1_000_000;

const root = join(import.meta.dirname, '../..');
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
  string,
  string
>;
const vsix = join(root, 'dist', `${name}-${version}.vsix`);

describe.skipIf(!existsSync(vsix))('the package', () => {
  it('stays small', () => {
    expect(statSync(vsix).size).toBeLessThan(MAX_BYTES);
  });

  it('holds what runs and what readers need, and nothing else', () => {
    const files = zipEntries(readFileSync(vsix)).map((entry) => entry.replace(/^extension\//, ''));
    const needed = [
      'package.json',
      'package.nls.json',
      'readme.md',
      'changelog.md',
      'LICENSE.txt',
      'media/icon.png',
    ];
    const pages = ['spectrum', 'trends', 'dashboard', 'inspect', 'report'].flatMap((page) => [
      `webview/${page}.js`,
      `webview/${page}.css`,
    ]);
    const bundles = ['extension.js', 'job.js', 'worker.js', ...pages];
    expect(files).toEqual(expect.arrayContaining([...needed, ...bundles.map((file) => `dist/${file}`)]));
    expect(files.filter((file) => /node_modules|\.map$|\.ts$|^(samples|test|src|docs)\//.test(file))).toEqual(
      [],
    );
  });
});

/** The names in a zip file, from its central directory. */
function zipEntries(zip: Buffer): string[] {
  const END = 0x06054b50;
  const ENTRY = 0x02014b50;
  let end = zip.length - 22;
  while (zip.readUInt32LE(end) !== END) end--;
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  return Array.from({ length: count }, () => {
    expect(zip.readUInt32LE(at)).toBe(ENTRY);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
      zip.readUInt16LE(at + offset),
    );
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength!);
    at += 46 + nameLength! + extraLength! + commentLength!;
    return name;
  });
}
