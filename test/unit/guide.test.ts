/** The guide and the pages of details and changes, as readers of the package get them: every link and picture is there, every topic has its place. */
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

describe('the guide', () => {
  it('leads only to what the package holds, or to the web', () => {
    expect(targets(guide).length).toBeGreaterThan(0);
    for (const target of targets(guide)) {
      if (target.startsWith('https://')) continue;
      const [file, anchor] = target.split('#');
      const place = file ? join(dirname(GUIDE), file) : GUIDE;
      expect(existsSync(place), target).toBe(true);
      expect(dirname(place), `${target} is not in the package`).toBe('media/guide');
      if (anchor && place === GUIDE) expect([...anchors]).toContain(anchor);
    }
    expect(readFileSync('.vscodeignore', 'utf8')).toContain('!media/guide/*.{md,webp}');
  });
});

// The editor shows no pictures of the package on the page of an extension, and follows no links into it.
describe.each(['docs/details.md', 'CHANGELOG.md'])('%s', (path) => {
  const text = readFileSync(path, 'utf8');

  it('leads only to the web, and has no pictures of the package', () => {
    expect(text.length).toBeGreaterThan(0);
    expect(targets(text).filter((target) => !target.startsWith('https://'))).toEqual([]);
  });

  it('names only commands and titles that there are', () => {
    const titles = Object.values(JSON.parse(readFileSync('package.nls.json', 'utf8')) as object);
    for (const [, title] of text.matchAll(/\*\*NeuroMFA: ([^*]+)\*\*/g)) expect(titles).toContain(title);
  });
});
