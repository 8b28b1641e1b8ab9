/** Third-party notices, of packages made up for the purpose. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { asComment, bundledPackages, thirdPartyNotices } from '../../scripts/notices.mjs';

const root = mkdtempSync(join(tmpdir(), 'neuromfa-notices-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

const GOOD = { version: '1.2.3', license: 'MIT', author: 'Ada', repository: 'git+https://host/good.git' };

/** Writes a package. @returns the path of a file of it, as esbuild names its inputs. */
function packageOf(name: string, manifest: object, files: Readonly<Record<string, string>> = {}): string {
  const folder = `node_modules/${name}`;
  for (const [file, text] of Object.entries({
    'package.json': JSON.stringify({ name, ...manifest }),
    'lib/index.js': '',
    ...files,
  })) {
    mkdirSync(join(root, folder, dirname(file)), { recursive: true });
    writeFileSync(join(root, folder, file), text);
  }
  return `${folder}/lib/index.js`;
}
const noticesOf = (...inputs: string[]): Promise<string> => thirdPartyNotices(bundledPackages(inputs), root);

describe('the packages of a build', () => {
  it('are those that its inputs come from, each once, nested ones too', () => {
    const inputs = [
      'src/cli/main.ts',
      'node_modules/b/index.js',
      'node_modules/@scope/a/x.js',
      'node_modules/@scope/a/y/z.js',
      'node_modules/b/node_modules/inner/index.js',
      'webview/main.ts',
      '(disabled):node_modules/never/index.js',
    ];
    expect(bundledPackages(inputs)).toEqual([
      'node_modules/@scope/a',
      'node_modules/b',
      'node_modules/b/node_modules/inner',
    ]);
  });

  it('have the compiler’s library among them where the kernel is', () => {
    expect(bundledPackages(['src/core/multifractal/kernel/kernel.wasm'])).toEqual([
      'node_modules/assemblyscript',
    ]);
  });
});

describe('third-party notices', () => {
  it('name each package, its author and source, and hold its license and its notice', async () => {
    const good = packageOf('good', GOOD, {
      'LICENSE.md': '\uFEFFDo as you like.\r\nReally.',
      NOTICE: 'By Ada.',
    });
    const other = packageOf(
      '@scope/other',
      { version: '2.0.0', license: 'ISC', author: { name: 'Bob', email: 'b@host' } },
      { 'licence.txt': 'Terms of Bob.' },
    );
    const text = await noticesOf(good, other);
    expect(text).toContain(
      'good 1.2.3\nAuthor: Ada\nSource: https://host/good\nLicense: MIT\n\nDo as you like.\nReally.\n\nBy Ada.',
    );
    expect(text).toContain('@scope/other 2.0.0\nAuthor: Bob <b@host>\nLicense: ISC\n\nTerms of Bob.');
  });

  it.each([
    ['carries no license text', GOOD, {}, 'no license text lies in its folder'],
    ['carries an empty license text', GOOD, { LICENSE: ' \n' }, 'no license text lies in its folder'],
    ['names no license', { ...GOOD, license: undefined }, { LICENSE: 'x' }, 'names no license'],
    [
      'wants an author named and names none',
      { ...GOOD, license: 'CC-BY-4.0', author: undefined },
      { LICENSE: 'x' },
      'does not name the author',
    ],
  ])('fail for a package that %s, and say what to do', async (_, manifest, files, cause) => {
    const bad = packageOf('bad', manifest, files);
    await expect(noticesOf(bad)).rejects.toThrow(
      new RegExp(`^bad 1\\.2\\.3 is bundled, but .*${cause}.*look for them at https://host/good`),
    );
    rmSync(join(root, 'node_modules/bad'), { recursive: true });
  });

  it('give an address with a license that wants it', async () => {
    const font = packageOf('font', { ...GOOD, license: 'CC-BY-4.0' }, { LICENSE: 'x' });
    expect(await noticesOf(font)).toContain(
      'License: CC-BY-4.0, https://creativecommons.org/licenses/by/4.0/',
    );
  });

  it('end no comment, script or page in whose midst they stand', () => {
    const comment = asComment('a */ b </script> c <!-- d');
    expect(comment.startsWith('/*!')).toBe(true);
    expect(comment.indexOf('*/')).toBe(comment.length - 3);
    expect(comment).not.toMatch(/<\/|<!--/);
  });
});
