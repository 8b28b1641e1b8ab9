/** What ships: the packaged extension, where `npm run package` has made it (as `npm test` does first). */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, inflateRawSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { COPIED, REPORT_SCRIPT, targets } from '../../scripts/targets.mjs';

const MAX_BYTES = 1_000_000;
/**
 * Packed bytes that each part may take, less than the package together: what grows faster than the rest is seen where it grows.
 * The first pattern that fits a file counts.
 */
const BUDGETS: readonly [part: string, files: RegExp, bytes: number][] = [
  ['pages', /^extension\/dist\/webview\//, 368_000],
  ['network', /^extension\/dist\/remote\.js$/, 20_000],
  // The host loads them in parts, which share code with jobs.
  ['extension host, jobs and worker threads', /^extension\/dist\/.*\.js$/, 374_500],
  ['pictures and the sample run', /^extension\/(media\/|dist\/sample-run)/, 192_500],
  ['manifest, texts and licenses', /./, 37_000],
];

const root = join(import.meta.dirname, '../..');
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
  string,
  string
>;
const vsix = join(root, 'dist', `${name}-${version}.vsix`);

// `npm test` makes the package first; single tests run without one.
describe.skipIf(!existsSync(vsix))('the package', () => {
  it('stays small', () => {
    expect(statSync(vsix).size).toBeLessThan(MAX_BYTES);
  });

  it('has parts that keep to their budgets', () => {
    const taken = new Map(BUDGETS.map(([part]) => [part, 0]));
    for (const [file, { stored }] of zipEntries(readFileSync(vsix))) {
      const [part] = BUDGETS.find(([, files]) => files.test(file))!;
      taken.set(part, taken.get(part)! + stored);
    }
    for (const [part, , bytes] of BUDGETS) {
      expect(taken.get(part), part).toBeGreaterThan(0);
      expect(taken.get(part), part).toBeLessThan(bytes);
    }
  });

  it('wakes up with a small script, which loads the rest while others start', () => {
    const packaged = zipEntries(readFileSync(vsix));
    const loaded = new Map<string, number>();
    const load = (file: string): void => {
      if (loaded.has(file)) return;
      const code = packaged.get(`extension/dist/${file}`)!.content.toString();
      loaded.set(file, code.length);
      // What is required within a function is loaded later.
      for (const [, name] of code.replace(/\.then\([^;]*/g, '').matchAll(/require\("\.\/([^"]+)"\)/g))
        load(name!);
    };
    load('extension.js');
    expect([...loaded.values()].reduce((a, b) => a + b)).toBeLessThan(5000);
    expect(packaged.get('extension/dist/extension.js')!.content.toString()).toContain('./editor.js');
  });

  it('holds what runs and what readers need, and nothing else', () => {
    const files = [...zipEntries(readFileSync(vsix)).keys()].map((entry) =>
      entry.replace(/^extension\//, ''),
    );
    const needed = [
      'package.json',
      'package.nls.json',
      'readme.md',
      'changelog.md',
      'LICENSE.txt',
      'media/icon.png',
    ];
    const scripts = ['spectrum', 'runs', 'dashboard', 'inspect', 'compare'].map((page) => `${page}.js`);
    const styles = ['panel.css', 'inspect.css', 'dashboard.css'];
    const pages = [...scripts, ...styles, 'report.js.br', 'report.css.br'].map((file) => `webview/${file}`);
    const bundles = [
      'extension.js',
      'editor.js',
      'job.js',
      'remote.js',
      'worker.js',
      'ThirdPartyNotices.txt',
      ...pages,
    ];
    expect(files).toEqual(expect.arrayContaining([...needed, ...bundles.map((file) => `dist/${file}`)]));
    expect(files.filter((file) => /node_modules|\.map$|\.ts$|^(samples|test|src|docs)\//.test(file))).toEqual(
      [],
    );
  });

  it('carries the license of everything in it, and so do the reports that it writes', async () => {
    const packaged = zipEntries(readFileSync(vsix));
    const notices = packaged.get('extension/dist/ThirdPartyNotices.txt')!.content.toString();
    expect(notices).toBe(readFileSync(join(root, 'dist/ThirdPartyNotices.txt'), 'utf8'));
    const builds = await Promise.all(
      targets({ production: true, version: version! }).map((target) =>
        build({ ...target, absWorkingDir: root, write: false, metafile: true }),
      ),
    );
    const ofOthers = (files: readonly string[]): string[] =>
      files.flatMap((file) => file.split('node_modules/').slice(1));
    const inputs = builds.flatMap(({ metafile }) => Object.keys(metafile.inputs));
    const bundled = ofOthers([...inputs, ...COPIED, 'node_modules/assemblyscript/']);
    expect(bundled.length).toBeGreaterThan(100);
    for (const file of bundled) expect(notices).toContain(headingOf(file));
    // The icons are under a license that wants their source and its own address named.
    expect(notices).toMatch(
      /\n@vscode\/codicons [^]*?Author: Microsoft[^]*?Source: https:[^]*?creativecommons\.org\/licenses\/by\/4\.0[^]*?codicon\.ttf/,
    );

    const script = brotliDecompressSync(packaged.get(`extension/${REPORT_SCRIPT}.br`)!.content).toString();
    const report = builds.find(({ metafile }) => REPORT_SCRIPT in metafile.outputs)!;
    const inReport = ofOthers(Object.keys(report.metafile.inputs));
    expect(inReport.length).toBeGreaterThan(0);
    for (const file of inReport) expect(script).toContain(headingOf(file));
  });
});

/** How the notices begin about the package that a file (without `node_modules/`) belongs to. */
function headingOf(file: string): string {
  const name = file.split('/', file.startsWith('@') ? 2 : 1).join('/');
  const manifest = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8');
  return `\n${name} ${(JSON.parse(manifest) as { version: string }).version}\n`;
}

/** The files in a zip file by name, from its central directory. */
function zipEntries(zip: Buffer): Map<string, { content: Buffer; stored: number }> {
  const END = 0x06054b50;
  const ENTRY = 0x02014b50;
  const STORED = 0;
  let end = zip.length - 22;
  while (zip.readUInt32LE(end) !== END) end--;
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  const entries = new Map<string, { content: Buffer; stored: number }>();
  for (let i = 0; i < count; i++) {
    expect(zip.readUInt32LE(at)).toBe(ENTRY);
    const method = zip.readUInt16LE(at + 10);
    const [size, local] = [20, 42].map((offset) => zip.readUInt32LE(at + offset));
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
      zip.readUInt16LE(at + offset),
    );
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength!);
    // The local header repeats the name, with an extra field of its own length.
    const start = local! + 30 + zip.readUInt16LE(local! + 26) + zip.readUInt16LE(local! + 28);
    const packed = zip.subarray(start, start + size!);
    entries.set(name, { content: method === STORED ? packed : inflateRawSync(packed), stored: size! });
    at += 46 + nameLength! + extraLength! + commentLength!;
  }
  return entries;
}
