/** The guide and the page of details, as readers of the package get them: every link and picture is there, every topic has its place. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { headingOf } from '../../src/extension/services/guideHeadings';
import { SYMBOL_IDS } from '../../webview/symbols';

const GUIDE = 'media/guide/guide.md';
const guide = readFileSync(GUIDE, 'utf8');
const anchors = new Set([...guide.matchAll(/<a id="([\w-]+)"><\/a>/g)].map(([, id]) => id));
const targets = (text: string): string[] => [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target!);

describe('the guide', () => {
  it('has a place for every symbol', () => {
    expect([...anchors]).toEqual(expect.arrayContaining([...SYMBOL_IDS]));
  });

  // Editors of different versions make the same fragment of such a heading, and no other has the same.
  it('has a heading of plain words for every place', () => {
    const headings = [...anchors].map((id) => headingOf(guide, id!));
    expect(headings.filter((heading) => !/^[a-z][a-z-]+$/.test(heading))).toEqual([]);
    const all = guide.match(/^#+ .*$/gm)!.map((line) => line.replace(/^#+ /, '').toLowerCase());
    expect(new Set(all).size).toBe(all.length);
    expect(headingOf(guide, 'tau')).toBe('mass-exponent');
    expect(headingOf(guide, '')).toBe('');
    expect(headingOf(guide, '../x"')).toBe('');
  });

  it('has a place for every chart', () => {
    const figures = readdirSync('webview/figures').flatMap((file) => {
      const text = readFileSync(join('webview/figures', file), 'utf8');
      if (text.includes('Plugin')) return [];
      return [...text.matchAll(/^ +id: ['`]([a-z][\w-]*?)(?:-\$\{\w+\})?['`],$/gm)].map(
        ([, id]) => `chart-${id!}`,
      );
    });
    expect(figures.length).toBeGreaterThan(15);
    expect([...anchors]).toEqual(
      expect.arrayContaining([...figures, 'chart-beyond-width', 'chart-beyond-alpha0']),
    );
  });
});

// The page of details is at the top of the package, whatever folder it is written in.
describe.each([
  [GUIDE, dirname(GUIDE)],
  ['docs/details.md', '.'],
])('%s', (path, folder) => {
  const text = readFileSync(path, 'utf8');
  const ignored = readFileSync('.vscodeignore', 'utf8');

  it('leads only to what the package holds, or to the web', () => {
    expect(targets(text).length).toBeGreaterThan(0);
    for (const target of targets(text)) {
      if (target.startsWith('https://')) continue;
      const [file, anchor] = target.split('#');
      const place = file ? join(folder, file) : path;
      expect(existsSync(place), target).toBe(true);
      const packaged = ['CHANGELOG.md', 'LICENSE'].includes(place) || dirname(place) === 'media/guide';
      expect(packaged, `${target} is not in the package`).toBe(true);
      if (anchor && place === GUIDE) expect([...anchors]).toContain(anchor);
    }
    expect(ignored).toContain('!media/guide/*.{md,webp}');
  });
});
