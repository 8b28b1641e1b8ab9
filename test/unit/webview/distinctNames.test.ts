import { expect, it } from 'vitest';
import { distinctNames } from '../../../webview/data/distinctNames';

const named = (...paths: string[]): string[] =>
  distinctNames(paths.map((path) => ({ name: path.split('/').at(-1)!, path })));

it('names that differ stay', () => {
  expect(named('/a/one', '/a/two')).toEqual(['one', 'two']);
});

it('the same names take as many folders as tell them apart', () => {
  expect(named('/seed1/run', '/seed2/run', '/other')).toEqual(['run (seed1)', 'run (seed2)', 'other']);
  expect(named('/a/x/run', '/b/x/run')).toEqual(['run (a/x)', 'run (b/x)']);
  expect(named('/a/run', '/b/a/run')).toEqual(['run (/a/run)', 'run (b/a)']);
});

it('the same run twice is numbered', () => {
  expect(named('/a/run', '/a/run')).toEqual(['run (1)', 'run (2)']);
  expect(named('/a/run', '/a/run', '/b/run')).toEqual(['run (a, 1)', 'run (a, 2)', 'run (b)']);
});
