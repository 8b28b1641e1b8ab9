import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { HeaderFault, readHeader } from '../../../src/core/checkpoint/formats/header';
import { levels, parseStrictJson } from '../../../src/core/checkpoint/strictJson';
import { isTextMap } from '../../../src/core/checkpoint/textMap';

interface Read {
  entries: { name: string; dtype: string; shape: number[]; data_offsets: number[] }[];
  metadata: unknown;
}

/** @throws HeaderFault */
function read(text: string): Read {
  const entries: Read['entries'] = [];
  const metadata = readHeader(Buffer.from(text), (name, { dtype, shape, begin, end }) => {
    entries.push({ name, dtype, shape: [...shape], data_offsets: [begin, end] });
  });
  return { entries, metadata };
}

const sizeSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const entrySchema = v.object({
  dtype: v.string(),
  shape: v.array(sizeSchema),
  data_offsets: v.tuple([sizeSchema, sizeSchema]),
});

/** What any reader of JSON finds. @throws Error for what is no header. */
function general(text: string): Read {
  const json = parseStrictJson(Buffer.from(text), { levels: levels(3, 1000), containers: 1000 }) as Record<
    string,
    object
  >;
  const { __metadata__: metadata = {}, ...rest } = json;
  if (!isTextMap(metadata)) throw new Error('no metadata');
  const entries = Object.entries(rest).map(([name, entry]) => {
    const { dtype, shape, data_offsets } = v.parse(entrySchema, entry);
    return { name, dtype, shape, data_offsets };
  });
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
/** As the format's own library writes it, or in one of the other ways. */
const written = fc
  .tuple(
    header,
    fc.array(fc.constantFrom('', ' ', '\n', '\t\r '), { minLength: 1, maxLength: 5 }),
    fc.boolean(),
  )
  .map(([{ metadata, entries, padding }, spaces, usual]) => {
    const fields = Object.entries({ ...(metadata && { __metadata__: metadata }) });
    // Objects would put names that are numbers first.
    const texts = [...fields, ...Object.entries(entries)].map(([name, value]) =>
      [name, value].map((each) => JSON.stringify(each)).join(':'),
    );
    const text = `{${texts.join(',')}}${' '.repeat(padding)}`;
    if (usual) return text;
    let place = 0;
    // Spaces where no text is cut in two.
    return text.replace(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g, (token) => {
      const space = spaces[place++ % spaces.length]!;
      return `${text.startsWith(token) && place === 1 ? '' : space}${token}${space}`;
    });
  });

/** What a reader makes of a text; null for what it refuses. */
function outcome(reader: (text: string) => Read, text: string): Read | null {
  try {
    return byName(reader(text));
  } catch {
    return null;
  }
}

describe('a header', () => {
  it('is read as any reader of JSON would', () => {
    fc.assert(
      fc.property(written, (text) => {
        const expected = outcome(general, text);
        expect(expected).not.toBeNull();
        expect(byName(read(text))).toEqual(expected);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('changed in any way, is read or refused as by any reader of JSON', () => {
    let readable = 0;
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      remove: fc.nat(4),
      insert: fc.oneof(
        fc.constantFrom(
          ...['', ' ', ',', '"', '0', '-', '.', 'e', ']', '}', '{', '[', '\\', '\u0000'],
          ...['"__metadata__":{},', '"x":[1],', '"x":1,', '1e2,', ',"y":{"z":null}'],
        ),
        fc.string({ maxLength: 3 }),
      ),
    });
    fc.assert(
      fc.property(written, fc.array(change, { minLength: 1, maxLength: 3 }), (text, changes) => {
        let changed = text;
        for (const { at, remove, insert } of changes) {
          const begin = Math.floor(at * changed.length);
          changed = changed.slice(0, begin) + insert + changed.slice(begin + remove);
        }
        // Halves of characters are no text that bytes can spell.
        changed = Buffer.from(changed).toString();
        const expected = outcome(general, changed);
        if (expected) readable++;
        expect(outcome(read, changed)).toEqual(expected);
      }),
      { seed: 2, numRuns: 3000 },
    );
    expect(readable).toBeGreaterThan(50);
  });

  const entryText = (fields: string): string => `{"a":{${fields}}}`;
  const SOUND = '"dtype":"F32","shape":[1],"data_offsets":[0,4]';
  it.each([
    ['spaces', '{"a": {"dtype":"F32" ,"shape":[ 1],"data_offsets":[0,4 ]}}\n'],
    ['another order of fields', entryText('"shape":[1],"data_offsets":[0,4],"dtype":"F32"')],
    ['numbers written in other ways', entryText('"dtype":"F32","shape":[1e0,1.0],"data_offsets":[-0,40e-1]')],
    ['escapes', '{"\\u0061":{"dt\\u0079pe":"F\\u00332","shape":[1],"data_offsets":[0,4]}}'],
    ['a field more', entryText(`${SOUND},"x":1,"y":[1,{}]`.replace(',{}', ''))],
    ['a bracket in a field more', entryText(`"x]":"]}",${SOUND}`)],
    ['metadata behind tensors', `{"a":{${SOUND}},"__metadata__":{"a":"}"}}`],
  ])('may have %s', (_, text) => {
    expect(outcome(read, text)).toEqual(outcome(general, text));
    expect(read(text).entries).toMatchObject([{ name: 'a', dtype: 'F32' }]);
  });

  it.each([
    ['a name twice', `{"a":{${SOUND}},"a":{${SOUND}}}`, /names "a" twice/],
    ['a field twice', entryText(`${SOUND},"dtype":"F32"`), /names "dtype" twice/],
    ['a leading zero', entryText('"dtype":"F32","shape":[01],"data_offsets":[0,4]'), /not valid JSON/],
    [
      'a list that ends in a comma',
      entryText('"dtype":"F32","shape":[1,],"data_offsets":[0,4]'),
      /not valid JSON/,
    ],
    [
      'an offset beyond all numbers',
      entryText('"dtype":"F32","shape":[1],"data_offsets":[0,99999999999999999999]'),
      /entry for "a"/,
    ],
    ['a third offset', entryText('"dtype":"F32","shape":[1],"data_offsets":[0,4,8]'), /entry for "a"/],
    ['more behind its end', `{"a":{${SOUND}}}}`, /not valid JSON/],
    ['nothing behind a comma', `{"a":{${SOUND}},}`, /not valid JSON/],
    ['metadata in levels', `{"__metadata__":{"a":{}},"a":{${SOUND}}}`, /__metadata__ is not a map/],
    ['an end that is missing', `{"a":{${SOUND}}`, /not valid JSON/],
  ])('with %s is refused', (_, text, words) => {
    expect(() => read(text)).toThrow(HeaderFault);
    expect(() => read(text)).toThrow(words);
  });

  it('does not take one long beginning of an entry for another', () => {
    const of = (name: string, width: number): string =>
      `"${name}":{${' '.repeat(1000)}"dtype":"U8","shape":[${width}],"data_offsets":[0,${width}]}`;
    expect(read(`{${of('a', 3)},${of('b', 4)}}`).entries.map(({ shape }) => shape)).toEqual([[3], [4]]);
  });
});
