/** ARCHITECTURE.md names files, and what is in them: both are there. No file depends on itself, not even for a type. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
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

it('no imports of files make a cycle, of types or not', () => {
  const files = ['src', 'webview'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.name.endsWith('.ts') ? [join(entry.parentPath, entry.name)] : [],
    ),
  );
  const known = new Set(files);
  const imported = new Map(
    files.map((file) => {
      const found = ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles;
      const paths = found.map(({ fileName }) => `${join(dirname(file), fileName)}.ts`);
      return [file, paths.filter((path) => known.has(path))];
    }),
  );
  expect([...imported.values()].flat().length).toBeGreaterThan(3 * files.length);
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) cycles.push([...way.slice(way.indexOf(file)), file].join(' > '));
    if (done.has(file)) return;
    done.add(file);
    for (const next of imported.get(file)!) walk(next, [...way, file]);
  };
  for (const file of files) walk(file, []);
  expect(cycles).toEqual([]);
});
