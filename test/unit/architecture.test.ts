/** ARCHITECTURE.md names files, and what is in them: both are there. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const text = readFileSync('ARCHITECTURE.md', 'utf8');
const PATH = /`((?:src|webview|test|docs|scripts)\/[\w./-]+)`/g;

it('every file and folder that it names is there', () => {
  const named = [...text.matchAll(PATH)].map(([, path]) => path!);
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((path) => !existsSync(path))).toEqual([]);
});

it('what its glossary finds in a file is in that file', () => {
  // "`name` (`path`)": the name is a word of the file.
  const found = [...text.matchAll(/`(\w+)` \(`([\w./-]+\.ts)`\)/g)];
  expect(found.length).toBeGreaterThan(20);
  const missing = found.filter(
    ([, name, path]) => !new RegExp(`\\b${name!}\\b`).test(readFileSync(path!, 'utf8')),
  );
  expect(missing.map(([each]) => each)).toEqual([]);
});
