import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { directionless, quoted, shortened, visible, visibleJson } from '../../../src/protocol/visible';

/** By hand, from the code charts: the module's own class is Unicode's properties. */
const RANGES: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad], // soft hyphen
  [0x34f, 0x34f], // combining grapheme joiner
  [0x61c, 0x61c], // Arabic letter mark
  [0x115f, 0x1160], // Hangul fillers
  [0x17b4, 0x17b5],
  [0x180b, 0x180f], // Mongolian selectors
  [0x200b, 0x200f], // of no width, and marks of direction
  [0x2028, 0x202e], // separators, embeddings and overrides
  [0x2060, 0x206f], // joiners, isolates, deprecated formats
  [0x3164, 0x3164],
  [0xd800, 0xdfff], // lone surrogates
  [0xfe00, 0xfe0f], // variation selectors
  [0xfeff, 0xfeff], // byte order mark
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffb],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff], // tags
];
const HIDDEN = RANGES.flatMap(([low, high]) =>
  Array.from({ length: high - low + 1 }, (_, i) => String.fromCodePoint(low + i)),
);
/** Whether a hidden character is left in `text`. */
const hides = (text: string): boolean =>
  Array.from(text).some((character) => {
    const point = character.codePointAt(0)!;
    return RANGES.some(([low, high]) => point >= low && point <= high);
  });

const LONE = /\p{Cs}/u;

const unit = fc.oneof(
  fc.constantFrom(...HIDDEN.slice(0, 400), '\u{e0001}', '\u{1d173}'),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
  fc.constantFrom('\\', '"', '\\u202e', '😀', '\ud83d', '\udc00', '[a](command:b)'),
);
const texts = fc.array(unit, { maxLength: 40 }).map((units) => units.join(''));

describe('visible', () => {
  it('escapes each of them', () => {
    for (const character of HIDDEN) {
      const shown = visible(`a${character}b`);
      expect(hides(shown)).toBe(false);
      expect(JSON.parse(`"${shown}"`)).toBe(`a${character}b`);
    }
  });
  it('has nothing hidden in it, on one line, whatever the text; twice is as once', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const shown = visible(text);
        expect(hides(shown)).toBe(false);
        expect(visible(shown)).toBe(shown);
      }),
    );
  });
  it.each(['', 'model.layers.0/α₀ ± sd – “naïve” 40 %', 'C:\\models\\new', '日本語 שלום عربي 😀', 'e\u0301'])(
    'leaves what can be seen: %s',
    (text) => {
      expect(visible(text)).toBe(text);
    },
  );
});

describe('quoted', () => {
  it('is the name as JSON writes it', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const shown = quoted(text, 10_000);
        expect(hides(shown)).toBe(false);
        expect(JSON.parse(shown)).toBe(text);
      }),
    );
  });
  it('keeps beginning and end of a long name, and says how much is left out', () => {
    expect(quoted('abcdefghij', 10)).toBe('"abcdefghij"');
    expect(quoted('abcdefghijk', 10)).toBe('"abcde…ghijk" (1 characters left out)');
    expect(quoted('x'.repeat(90e6))).toBe(
      `"${'x'.repeat(100)}…${'x'.repeat(100)}" (89999800 characters left out)`,
    );
  });
  it('tears no pair of surrogates, and loses none', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 30 }), (text, limit) => {
        const shown = quoted(text, limit);
        const [, json, leftOut = '0'] = /^(".*")(?: \((\d+) characters left out\))?$/.exec(shown)!;
        const kept = JSON.parse(json!) as string;
        expect(kept.length).toBeLessThanOrEqual(limit + 1);
        if (text.length <= limit) expect(kept).toBe(text);
        else expect(kept.length - 1 + Number(leftOut)).toBe(text.length);
        if (!LONE.test(text)) expect(LONE.test(kept)).toBe(false);
      }),
    );
  });
  it('is bounded when every character has to be escaped', () => {
    expect(quoted('\u{e0001}'.repeat(1000)).length).toBeLessThan(200 * 6 + 50);
  });
});

it('shortened is the same without quotes', () => {
  expect(shortened('a\u001b"b')).toBe('a\\u001b"b');
  expect(shortened('abcdefghijk', 4)).toBe('ab…jk (7 characters left out)');
});

describe('visibleJson', () => {
  it('has nothing hidden but its line feeds, and the same value', () => {
    const values = fc.oneof(
      fc.dictionary(
        texts,
        fc.oneof(texts, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean()),
      ),
      fc.array(texts),
    );
    fc.assert(
      fc.property(values, fc.constantFrom(0, 2), (value, indent) => {
        const json = visibleJson(value, indent);
        expect(hides(json.replaceAll('\n', ''))).toBe(false);
        if (indent === 0) expect(json).not.toContain('\n');
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
  it('is what JSON.stringify gives where nothing is hidden', () => {
    const value = { name: 'α₀ "quoted" \\', list: [1, null, { a: [] }] };
    expect(visibleJson(value)).toBe(JSON.stringify(value));
    expect(visibleJson(value, 2)).toBe(JSON.stringify(value, null, 2));
  });
});

it('marks of direction are escaped alone where the rest is shown as it is', () => {
  expect(directionless('a\u202eb\u2067c\u200f')).toBe('a\\u202eb\\u2067c\\u200f');
  expect(directionless('שלום\u200d\n')).toBe('שלום\u200d\n');
});
