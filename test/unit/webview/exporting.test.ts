import { describe, expect, it } from 'vitest';
import type { AdapterInfo } from '../../../src/protocol/analysis';
import { CITATION } from '../../../src/protocol/citation';
import { toCsv } from '../../../webview/exporting/csv';
import { safeFileName } from '../../../webview/exporting/fileName';
import { toJson } from '../../../webview/exporting/json';
import { withText } from '../../../webview/exporting/png';
import { provenance } from '../../../webview/exporting/provenance';
import { DEFAULT_CHOICES, tablesOf } from '../../../webview/spectrum/views';
import type { Table } from '../../../webview/tables/table';
import { failOnConsole, item, run } from './support';
import { spokenResult } from '../../../src/protocol/factWords';

failOnConsole();

describe('a file name', () => {
  it.each([
    ['neox-1m/step4000', 'neuromfa-neox-1m-step4000-tau'],
    ['..a b\u202e.', 'neuromfa-a-b-tau'],
    ['///', 'neuromfa-checkpoint-tau'],
    ['x'.repeat(100), `neuromfa-${'x'.repeat(80)}-tau`],
  ])('of %j is %s', (what, name) => {
    expect(safeFileName(what, 'tau')).toBe(name);
  });

  it('is found in ten million marks', () => {
    const marks = '.-'.repeat(5_000_000);
    expect(safeFileName(`${marks}a${marks}b${marks}`, 'tau')).toMatch(/^neuromfa-a[.-]{79}-tau$/);
  });
});

const table = (rows: Table['rows']): Table => ({
  id: 'x',
  title: 'x',
  columns: [
    { key: 'name', label: 'Name' },
    { key: 'value', label: 'Wert' },
  ],
  rows,
});

describe('CSV', () => {
  it('has comments, stable names and full precision', () => {
    expect(toCsv(table([['a', 0.1 + 0.2]]), ['about'])).toBe(
      '"# about"\r\nname,value\r\na,0.30000000000000004\r\n',
    );
  });
  it('leaves undefined values empty', () => {
    expect(
      toCsv(
        table([
          ['a', null],
          ['b', Number.NaN],
        ]),
        [],
      ),
    ).toBe('name,value\r\na,\r\nb,\r\n');
  });
  it('quotes, and disarms names that a spreadsheet would run', () => {
    expect(toCsv(table([['=cmd|"x",1', 1]]), [])).toContain(`"'=cmd|""x"",1",1`);
  });
});

it('JSON hides nothing, and has the same value', () => {
  const { result } = item({ name: 'evil\u009b31m\u202e\u200b\u001b' });
  const json = toJson([result]);
  expect(json).toContain('evil\\u009b31m\\u202e\\u200b\\u001b');
  expect((JSON.parse(json) as { results: unknown[] }).results).toEqual([spokenResult(result)]);
});

describe('provenance', () => {
  const facts = provenance([item().result]);
  it('names checkpoint, settings, version and citation', () => {
    expect(facts.join('\n')).toMatch(
      /neox-1m\/step4000.*\nSettings: .*k = 32.*\nUncertainty: 95 % interval over 4 samples\.\n.*NeuroMFA 0\.1\.0, algorithm 1\n/,
    );
    expect(facts.at(-1)).toContain(CITATION.text);
  });
  it('is one line per fact, whatever a checkpoint is called', () => {
    const [first] = provenance([item({ name: 'evil\n# fake: 1\u2028x' }).result]);
    expect(first).not.toMatch(/[\n\u2028]/);
  });
  it('names what a low-rank adapter was added to', () => {
    const { result } = item();
    const base = { path: '/models/llama', name: 'models/llama', fingerprint: 'f' };
    const adapter = { updates: 1, rank: [4, 4], scale: null, base, baseName: null } satisfies AdapterInfo;
    const [first] = provenance([{ ...result, checkpoint: { ...result.checkpoint, adapter } }]);
    expect(first).toMatch(/gpt_neox with a low-rank adapter on models\/llama, F16/);
  });
  it('stays short for many checkpoints', () => {
    const [first] = provenance(run(...Array.from({ length: 30 }, (_, i) => i)).map(({ result }) => result));
    expect(first).toMatch(/and 25 more$/);
  });
});

it('JSON holds whole results and the citation', () => {
  const { result } = item();
  expect(JSON.parse(toJson([result]))).toEqual({ citation: CITATION, results: [spokenResult(result)] });
});

describe('PNG text', () => {
  // A header chunk of 25 bytes after the signature, then IEND.
  const png = Uint8Array.from([
    ...Array.from({ length: 33 }, (_, index) => index),
    0,
    0,
    0,
    0,
    73,
    69,
    78,
    68,
    0xae,
    0x42,
    0x60,
    0x82,
  ]);
  it('is a valid iTXt chunk between header and data', () => {
    const made = withText(png, { Title: 'α₀' });
    const view = new DataView(made.buffer);
    const length = view.getUint32(33);
    expect(new TextDecoder().decode(made.subarray(37, 41 + length))).toBe('iTXtTitle\0\0\0\0\0α₀');
    expect(made.subarray(0, 33)).toEqual(png.subarray(0, 33));
    expect(made.subarray(45 + length)).toEqual(png.subarray(33));
  });
  it('has the checksum that PNG asks for', () => {
    // Computed with zlib's crc32 over type and data.
    const made = withText(png, { a: 'b' });
    expect(new DataView(made.buffer).getUint32(33 + 8 + 7)).toBe(0x9f0c0442);
  });
});

describe('tables of charts', () => {
  const items = run(0, 1000);
  const tables = tablesOf(items, DEFAULT_CHOICES);
  it('exist for every chart, with one cell per column', () => {
    expect(tables.map(({ id }) => id)).toEqual([
      'samples',
      'comparison',
      'spectrum',
      'exponents',
      'fit',
      'nfd',
      'nfd-quantiles',
    ]);
    for (const { columns, rows } of tables) for (const row of rows) expect(row).toHaveLength(columns.length);
  });
  it('hold what is drawn', () => {
    const rows = (id: string) => tables.find((each) => each.id === id)!.rows;
    expect(rows('spectrum')).toHaveLength(2 * 60);
    expect(rows('exponents')).toHaveLength(2 * 61);
    expect(rows('fit')).toHaveLength(4 * 22);
    expect(rows('samples')).toHaveLength(8);
    expect(rows('comparison')[1]!.slice(0, 3)).toEqual([
      'run/step1000',
      1000,
      items[1]!.result.summary.alpha0.mean,
    ]);
  });
  it('have names that any program reads', () => {
    for (const { columns } of tables) for (const { key } of columns) expect(key).toMatch(/^[a-z][a-z0-9_]*$/);
  });
  it('never hold NaN', () => {
    for (const { rows } of tables) for (const cell of rows.flat()) expect(cell).not.toBeNaN();
  });
});
