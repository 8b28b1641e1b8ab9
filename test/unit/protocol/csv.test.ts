/** CSV files as other programs read them: every cell is one cell, and none is a formula. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvComment, csvLine } from '../../../src/protocol/csv';
import { visible } from '../../../src/protocol/visible';
import { parseCsv } from '../support/csv';

/** What would be run; quotes may get lost on the way. */
const runs = (cell: string): boolean => /^[\s"]*[=+\-@＝＋－＠]/u.test(cell);

const HOSTILE = [
  `run,=cmd|'/C calc'!A0,x`,
  '=1+1',
  ' =1+1',
  '\t=1+1',
  '\r\n=1+1',
  'a\n=1+1',
  'a;=1+1',
  'a; @SUM(1)',
  'a"=1',
  '";=1',
  `';+1`,
  '＝1+1',
  '|=1',
  '-2+3',
  '"',
  '""',
  '#',
  ' ',
];

it('is what it says', () => {
  expect(csvLine(['a', 0.1 + 0.2, -1.5, null, NaN, Infinity, 'b c', 'd,e', 'f"g', 'h;i'])).toBe(
    'a,0.30000000000000004,-1.5,,,,b c,"d,e","f""g","h;i"\r\n',
  );
  expect(csvLine(['=1', 'a,=1', 'a - b', 'step-1', 'x = y'])).toBe(`'=1,"a,'=1",a - b,step-1,x = y\r\n`);
  expect(csvComment('Settings: k = 32, q -3 to 3')).toBe('"# Settings: k = 32, q -3 to 3"\r\n');
});

describe('names from outside', () => {
  const piece = fc.constantFrom(
    ...HOSTILE,
    ',',
    ';',
    '|',
    '"',
    "'",
    '\t',
    '\r',
    '\n',
    '=',
    '+',
    '-',
    '@',
    ' ',
    'a',
    '\u202e',
  );
  const text = fc.oneof(
    fc.constantFrom(...HOSTILE),
    fc.array(piece, { maxLength: 6 }).map((list) => list.join('')),
  );

  it('stay in their cell, and can be read from it (seeded)', () => {
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 4 }),
        fc.array(text, { maxLength: 3 }),
        (cells, comments) => {
          const rows = parseCsv(comments.map(csvComment).join('') + csvLine(cells), ',');
          expect(rows.slice(0, -1).map((row) => row.length)).toEqual(comments.map(() => 1));
          const read = rows.at(-1)!;
          // Only apostrophes have been added.
          const bare = (list: readonly string[]): string[] =>
            list.map((each) => visible(each).replaceAll("'", ''));
          expect(bare(read)).toEqual(bare(cells));
          for (const [i, [comment]] of rows.slice(0, -1).entries()) {
            expect(bare([comment!])).toEqual(bare([`# ${comments[i]!}`]));
          }
        },
      ),
      { seed: 13, numRuns: 3000 },
    );
  });

  it('are no formulas, wherever a program splits the lines (seeded)', () => {
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 4 }),
        fc.array(text, { maxLength: 3 }),
        (cells, comments) => {
          const file = comments.map(csvComment).join('') + csvLine(['name', ...cells]);
          for (const delimiter of [',', ';', '\t', '|']) {
            for (const cell of parseCsv(file, delimiter).flat()) expect(runs(cell), cell).toBe(false);
          }
        },
      ),
      { seed: 14, numRuns: 3000 },
    );
  });

  it('would be caught by this test', () => {
    expect(runs(parseCsv('# run,=1+1\r\n', ',')[0]![1]!)).toBe(true);
    expect(runs(parseCsv('x,"a;=1+1"\r\n', ';')[0]![1]!)).toBe(true);
  });
});
