import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MESSAGE_LENGTH,
  NAME_LENGTH,
  plain,
  plainFileName,
  plainTrace,
} from '../../../../src/extension/ui/plain';
import { interpreted } from './interpreted';

const LINK = '[Repair](command:workbench.action.terminal.new?%7B%7D)';

/** Pieces of what the editor interprets, of what is hidden, and of anything. */
const piece = fc.oneof(
  fc.constantFrom(
    ...['[', ']', '(', ')', '](', '$(', '$', 'a', ' ', '"', '\\', '…', 'command:', 'https://', 'file://'],
    ...['verified', 'sync~spin', LINK, '$(verified)', '\\$(verified)', '[a](https://b "c")'],
    ...[
      '\u001b',
      '\u009b',
      '\n',
      '\u202e',
      '\u2066',
      '\u061c',
      '\u200b',
      '\ufeff',
      '\u2028',
      '\ud83d',
      '\udc00',
    ],
    ...['\u{e0041}', '\0', '\u007f', '\u00ad', '😀', 'e\u0301', '層'],
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
);
const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
const limit = fc.integer({ min: 3, max: 80 });

describe('plain text', () => {
  it('holds nothing that the editor interprets, nothing hidden, and is bounded; twice is as once', () => {
    fc.assert(
      fc.property(text, fc.option(limit, { nil: undefined }), (from, most) => {
        const shown = plain(from, most);
        expect(interpreted(shown)).toEqual([]);
        expect(shown.length).toBeLessThanOrEqual(most ?? NAME_LENGTH);
        expect(plain(shown, most)).toBe(shown);
      }),
      { numRuns: 2_000 },
    );
  });

  it('stays plain between other plain texts', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        for (const between of [' ', ': ', ', ', ' · ']) {
          expect(interpreted([plain(one), plain(other)].join(between))).toEqual([]);
        }
      }),
    );
  });

  it.each([
    '',
    'model.layers.0.self_attn.q_proj.weight',
    'neox-1m/step4000',
    'C:\\models\\new (1).safetensors',
    '/home/me/runs/α₀ – “naïve” [v2] 40 % {0} $5',
    '日本語 שלום عربي 😀 e\u0301',
    'F8_E4M3',
    'it ends 10 bytes early. Download it again.',
  ])('leaves ordinary names and sentences: %s', (name) => {
    expect(plain(name)).toBe(name);
  });

  it.each([
    [LINK, '[Repair] (command:workbench.action.terminal.new?%7B%7D)'],
    ['$(verified) Signed', '$ (verified) Signed'],
    ['\\$(verified)', '\\$ (verified)'],
    ['$$(x)](y)', '$$ (x)] (y)'],
    ['see https://example.com/a', 'see https: //example.com/a'],
    ['a\u202egpj.exe', 'a\\u202egpj.exe'],
    ['one\ntwo\u2028three', 'one\\ntwo\\u2028three'],
    ['\u001b[2J\u009b', '\\u001b[2J\\u009b'],
  ])('%j is shown as %s', (from, shown) => {
    expect(plain(from)).toBe(shown);
  });

  it('keeps both ends of a long text, and takes no longer for a longer one', () => {
    const message = `${'x'.repeat(90e6)}: it is damaged. Copy it again.`;
    const shown = plain(message, MESSAGE_LENGTH);
    expect(shown).toMatch(/^x+…x+: it is damaged\. Copy it again\.$/);
    expect(shown).toHaveLength(MESSAGE_LENGTH);
    // Where escapes alone make it too long, and at the limit.
    expect(plain('\u202e'.repeat(NAME_LENGTH - 1))).toHaveLength(NAME_LENGTH);
    expect(plain('x'.repeat(NAME_LENGTH))).toBe('x'.repeat(NAME_LENGTH));
    expect(plain('x'.repeat(NAME_LENGTH + 1))).toMatch(/^x{100}…x{99}$/);
  });

  it('tears no pair of surrogates', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 5, maxLength: 60 }), limit, (from, most) => {
        expect(plain(from, most)).not.toMatch(/\p{Cs}/u);
      }),
    );
  });
});

describe('a trace', () => {
  it('has a line for each frame, and none that a message makes', () => {
    const error = new Error(`one\n2026-01-01 [info] forged ${LINK}`);
    const [message, ...frames] = plainTrace(error.stack!).split('\n');
    expect(message).toBe(plain(`Error: ${error.message}`));
    expect(frames.length).toBeGreaterThan(2);
    for (const frame of frames) expect(frame).toMatch(/^ {4}at /);
  });

  it('is bounded, and takes no longer for what looks like many lines', () => {
    for (const line of ['\n', '\n ', '\n    at a']) {
      expect(plainTrace(line.repeat(5e6), 100).length).toBeLessThan(101 * 110);
    }
  });

  it('holds nothing that the editor interprets', () => {
    const traces = fc.array(fc.oneof(text, fc.constant('\n    at f (file:///a.js:1:2)')), { maxLength: 9 });
    fc.assert(
      fc.property(traces, (pieces) => {
        const lines = plainTrace(pieces.join('')).split('\n');
        for (const line of lines) expect(interpreted(line)).toEqual([]);
        for (const line of lines.slice(1)) expect(line).toMatch(/^ {4}at /);
      }),
    );
  });
});

describe('the name of a file', () => {
  it.each([
    ['neox-1m.neuromfa.json', 'neox-1m.neuromfa.json'],
    ['../../etc/passwd', 'passwd'],
    ['a\\b/c.svg', 'c.svg'],
    ['a\u202egpj\u0000.html', 'a_gpj_.html'],
    ['x\n\t\u{e0041}.csv', 'x____.csv'],
    [`${'層'.repeat(255)}.csv`, `${'層'.repeat(40)}…${'層'.repeat(35)}.csv`],
  ])('%j is proposed as %s', (from, name) => {
    expect(plainFileName(from)).toBe(name);
  });

  it('has no separator and nothing hidden', () => {
    fc.assert(
      fc.property(text, (from) => {
        expect(plainFileName(from)).not.toMatch(/[\\/\p{Cc}\p{Cf}\p{Cs}]/u);
      }),
    );
  });
});
