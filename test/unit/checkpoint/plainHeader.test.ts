import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPlainHeader } from '../../../src/core/checkpoint/formats/plainHeader';
import { levels, parseStrictJson } from '../../../src/core/checkpoint/strictJson';

interface Read {
  entries: { name: string; dtype: string; shape: number[]; data_offsets: number[] }[];
  metadata: unknown;
}

function plain(text: string): Read | null {
  const entries: Read['entries'] = [];
  const metadata = readPlainHeader(text, (name, { dtype, shape }, begin, end) => {
    entries.push({ name, dtype, shape: [...shape], data_offsets: [begin, end] });
  });
  return metadata === null
    ? null
    : {
        entries,
        metadata: parseStrictJson(Buffer.from(metadata), { levels: levels(1, 1000), containers: 1 }),
      };
}

/** What any reader of JSON finds. */
function general(text: string): Read {
  const json = parseStrictJson(Buffer.from(text), { levels: levels(3, 1000), containers: 1000 }) as Record<
    string,
    object
  >;
  const { __metadata__: metadata = {}, ...rest } = json;
  const entries = Object.entries(rest).map(
    ([name, entry]) => ({ name, ...entry }) as Read['entries'][number],
  );
  return { entries, metadata };
}

const byName = ({ entries, metadata }: Read): Read => ({
  entries: entries.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  metadata,
});

const size = fc.oneof(fc.nat(), fc.nat(Number.MAX_SAFE_INTEGER), fc.constantFrom(0, 1, 10));
const entry = fc.record(
  {
    dtype: fc.constantFrom('F32', 'BF16', 'F8_E4M3', ''),
    shape: fc.array(size, { maxLength: 4 }),
    data_offsets: fc.tuple(size, size),
  },
  { noNullPrototype: true },
);
const header = fc.record({
  metadata: fc.option(
    fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), { noNullPrototype: true }),
  ),
  entries: fc.dictionary(
    fc.string({ unit: 'grapheme' }).filter((name) => name !== '__proto__'),
    entry,
    { noNullPrototype: true },
  ),
  padding: fc.nat(8),
});
const written = header.map(({ metadata, entries, padding }) => {
  const fields = Object.entries({ ...(metadata && { __metadata__: metadata }) });
  // Objects would put names that are numbers first.
  const texts = [...fields, ...Object.entries(entries)].map(([name, value]) =>
    [name, value].map((each) => JSON.stringify(each)).join(':'),
  );
  return { text: `{${texts.join(',')}}${' '.repeat(padding)}`, entries };
});

describe('a header as the library writes it', () => {
  it('is read as any reader of JSON would', () => {
    fc.assert(
      fc.property(written, ({ text, entries }) => {
        const read = plain(text);
        if (read) expect(byName(read)).toEqual(byName(general(text)));
        // Only escapes in names, and headers without tensors, are left to others.
        else expect(Object.keys(entries).length === 0 || JSON.stringify(entries).includes('\\')).toBe(true);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('changed in any way, is read the same or not at all', () => {
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      remove: fc.nat(4),
      insert: fc.oneof(
        fc.constantFrom(
          '',
          ' ',
          ',',
          '"',
          '0',
          '-',
          '.',
          'e',
          ']',
          '}',
          '{',
          '[',
          '\\',
          '\u0000',
          '"__metadata__":{},',
        ),
        fc.string({ maxLength: 3 }),
      ),
    });
    fc.assert(
      fc.property(written, fc.array(change, { minLength: 1, maxLength: 3 }), ({ text }, changes) => {
        let changed = text;
        for (const { at, remove, insert } of changes) {
          const begin = Math.floor(at * changed.length);
          changed = changed.slice(0, begin) + insert + changed.slice(begin + remove);
        }
        // Halves of characters are no text that bytes can spell.
        changed = Buffer.from(changed).toString();
        let read: Read | null;
        try {
          read = plain(changed);
        } catch {
          // Its metadata are wrong.
          expect(() => general(changed)).toThrow();
          return;
        }
        if (read) expect(byName(read)).toEqual(byName(general(changed)));
      }),
      { seed: 2, numRuns: 3000 },
    );
  });

  it.each([
    ['spaces', '{"a": {"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'],
    ['another order of fields', '{"a":{"shape":[1],"dtype":"F32","data_offsets":[0,4]}}'],
    [
      'a name twice',
      '{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[],"data_offsets":[4,8]}}',
    ],
    [
      'metadata behind tensors',
      '{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"__metadata__":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}',
    ],
    ['a leading zero', '{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}'],
    ['a list that ends in a comma', '{"a":{"dtype":"F32","shape":[1,],"data_offsets":[0,4]}}'],
    [
      'an offset beyond all numbers',
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,99999999999999999999]}}',
    ],
    ['a third offset', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}'],
    ['a field more', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}'],
    ['more behind its end', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}}'],
    ['nothing behind a comma', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},}'],
    ['metadata in levels', '{"__metadata__":{"a":{}},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'],
    ['an end that is missing', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'],
  ])('with %s is left to the general reader', (_, text) => {
    expect(plain(text)).toBeNull();
  });
});
